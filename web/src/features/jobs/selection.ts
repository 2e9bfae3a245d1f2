import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useJobName } from '@/api/jobs';
import type { Job } from '@/api/model';
import { isolate } from '@/shared/format/formatter';
import type { RowSelection } from '@/ui/DataTable';

/** Which rows are ticked; shift ticks everything since the last one. */
export function useSelection(rows: Job[]) {
  const { t } = useTranslation();
  const jobName = useJobName();
  const [ids, setIds] = useState<ReadonlySet<number>>(new Set());
  const last = useRef<number | null>(null);
  const shown = useRef(rows);
  useEffect(() => {
    shown.current = rows;
  }, [rows]);
  const clear = useCallback(() => setIds((current) => (current.size === 0 ? current : new Set())), []);

  const toggle = useCallback((id: number, range: boolean) => {
    const list = shown.current;
    const from = last.current === null ? -1 : list.findIndex((row) => row.id === last.current);
    const to = list.findIndex((row) => row.id === id);
    const touched =
      range && from >= 0 ? list.slice(Math.min(from, to), Math.max(from, to) + 1).map((row) => row.id) : [id];
    last.current = id;
    setIds((current) => {
      const next = new Set(current);
      const on = !current.has(id);
      for (const each of touched) {
        if (on) next.add(each);
        else next.delete(each);
      }
      return next;
    });
  }, []);

  const toggleAll = () => {
    const all = rows.every((row) => ids.has(row.id));
    setIds(all ? new Set() : new Set(rows.map((row) => row.id)));
  };

  const row = useMemo<RowSelection<Job>>(
    () => ({
      toggle,
      idOf: (job) => job.id,
      label: (job) => t('table.selectRow', { name: isolate(jobName(job)) }),
    }),
    [toggle, t, jobName],
  );
  return { ids, clear, forTable: { ids, toggleAll, row } };
}
