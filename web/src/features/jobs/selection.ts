import { useCallback, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useJobName } from '@/api/jobs';
import type { Job } from '@/api/model';
import { isolate } from '@/shared/format/formatter';

/** Which rows are ticked; shift ticks everything since the last one. */
export function useSelection(rows: Job[]) {
  const { t } = useTranslation();
  const jobName = useJobName();
  const [ids, setIds] = useState<ReadonlySet<number>>(new Set());
  const last = useRef<number | null>(null);
  const clear = useCallback(() => setIds((current) => (current.size === 0 ? current : new Set())), []);

  const toggle = (id: number, range: boolean) => {
    const next = new Set(ids);
    const on = !ids.has(id);
    const from = last.current === null ? -1 : rows.findIndex((row) => row.id === last.current);
    const to = rows.findIndex((row) => row.id === id);
    const touched =
      range && from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1).map((row) => row.id) : [id];
    for (const each of touched) {
      if (on) next.add(each);
      else next.delete(each);
    }
    last.current = id;
    setIds(next);
  };

  const toggleAll = () => {
    const all = rows.every((row) => ids.has(row.id));
    setIds(all ? new Set() : new Set(rows.map((row) => row.id)));
  };

  return {
    ids,
    clear,
    forTable: {
      ids,
      toggle,
      toggleAll,
      idOf: (job: Job) => job.id,
      label: (job: Job) => t('table.selectRow', { name: isolate(jobName(job)) }),
    },
  };
}
