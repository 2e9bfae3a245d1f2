import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Execution } from '@/api/model';
import { paths } from '@/paths';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { LiveDuration, Relative, Time } from '@/shared/time/Time';
import cells from './cells.module.css';
import { type Column, DataTable } from './DataTable';
import { RowLink } from './links';
import { useReasonText } from './reason';
import { StatusBadge } from './StatusBadge';

/** Runs as rows, with or without the job they belong to. */
export function ExecutionTable({
  rows,
  showJob,
  stale = false,
  zone,
  brief = false,
}: {
  rows: Execution[];
  showJob: boolean;
  stale?: boolean;
  zone?: string;
  /** Without the columns that only matter when one looks closely. */
  brief?: boolean;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const reasonText = useReasonText();
  const columns = useMemo(() => {
    const all: (Column<Execution> & { close?: boolean })[] = [
      {
        key: 'status',
        header: t('runs.column.status'),
        phone: 'title',
        render: (run) => (
          <RowLink
            to={paths.execution}
            params={{ executionId: run.executionId }}
            data-row-link
            aria-label={`${t(`status.${run.statusName}`)} · ${localized({ en: run.jobName, ar: run.jobNameAr ?? null })}`}
          >
            <StatusBadge status={run.statusName} />
          </RowLink>
        ),
      },
      {
        key: 'job',
        header: t('runs.column.job'),
        phone: 'title',
        render: (run) => (
          <RowLink to={paths.job} params={{ jobId: String(run.jobId) }} className={`${cells.job} ${cells.clamp2}`}>
            <bdi>{localized({ en: run.jobName, ar: run.jobNameAr ?? null })}</bdi>
          </RowLink>
        ),
      },
      {
        key: 'due',
        header: t('runs.column.due'),
        render: (run) => (
          <>
            <div>
              <Time at={run.scheduledAt} zone={zone ?? null} style="dateTimeSeconds" />
            </div>
            <div className={cells.minor}>
              <Relative at={run.scheduledAt} zone={zone ?? null} />
            </div>
          </>
        ),
      },
      {
        key: 'duration',
        header: t('runs.column.duration'),
        render: (run) =>
          run.statusName === 'running' ? (
            <LiveDuration from={run.startedAt} />
          ) : (
            <span className={cells.nowrap}>{format.duration(run.durationMs)}</span>
          ),
      },
      {
        key: 'trigger',
        close: true,
        header: t('runs.column.trigger'),
        render: (run) => t(`trigger.${run.triggeredBy}`),
      },
      {
        key: 'attempt',
        close: true,
        header: t('runs.column.attempt'),
        align: 'end',
        phone: 'hide',
        render: (run) => format.number(run.attempt),
      },
      {
        key: 'host',
        close: true,
        header: t('runs.column.host'),
        phone: 'hide',
        render: (run) => (run.hostName ? <bdi dir="ltr">{run.hostName}</bdi> : '—'),
      },
      {
        key: 'result',
        header: t('runs.column.result'),
        render: (run) => (
          <div
            className={`${cells.result} ${cells.clamp2}`}
            data-brief={brief || undefined}
            data-failed={run.errorMessage ? true : undefined}
          >
            <bdi>
              {localized({ en: run.errorMessage, ar: run.errorMessageAr }) ||
                localized({ en: run.resultSummary, ar: run.resultSummaryAr }) ||
                reasonText(run.reason)}
            </bdi>
          </div>
        ),
      },
    ];
    return all.filter(({ key, close }) => (showJob || key !== 'job') && !(brief && close));
  }, [t, format, localized, reasonText, zone, showJob, brief]);
  return (
    <DataTable
      caption={t('runs.title')}
      columns={columns}
      rows={rows}
      rowKey={(run) => run.executionId}
      stale={stale}
    />
  );
}
