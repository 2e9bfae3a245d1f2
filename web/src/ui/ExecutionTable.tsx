import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Execution } from '@/api/model';
import { paths } from '@/paths';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { LiveDuration, Relative, Time } from '@/shared/time/Time';
import { type Column, DataTable } from './DataTable';
import { LinkAnchor } from './links';
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
  const columns: Column<Execution>[] = [
    {
      key: 'status',
      header: t('runs.column.status'),
      phone: 'title',
      render: (run) => (
        <LinkAnchor
          to={paths.execution}
          params={{ executionId: run.executionId }}
          search={{}}
          data-row-link
          underline="never"
          aria-label={`${t(`status.${run.statusName}`)} · ${localized({ en: run.jobName, ar: run.jobNameAr ?? null })}`}
        >
          <StatusBadge status={run.statusName} />
        </LinkAnchor>
      ),
    },
    ...(showJob
      ? [
          {
            key: 'job',
            header: t('runs.column.job'),
            phone: 'title' as const,
            render: (run: Execution) => (
              <LinkAnchor
                to={paths.job}
                params={{ jobId: String(run.jobId) }}
                search={{}}
                dir="auto"
                lineClamp={2}
                maw={320}
                miw={140}
              >
                {localized({ en: run.jobName, ar: run.jobNameAr ?? null })}
              </LinkAnchor>
            ),
          },
        ]
      : []),
    {
      key: 'due',
      header: t('runs.column.due'),
      render: (run) => (
        <Stack gap={0}>
          <Time at={run.scheduledAt} zone={zone ?? null} style="dateTimeSeconds" />
          <Text fz="xs" c="dimmed">
            <Relative at={run.scheduledAt} zone={zone ?? null} />
          </Text>
        </Stack>
      ),
    },
    {
      key: 'duration',
      header: t('runs.column.duration'),
      render: (run) =>
        run.statusName === 'running' ? <LiveDuration from={run.startedAt} /> : format.duration(run.durationMs),
    },
    { key: 'trigger', header: t('runs.column.trigger'), render: (run) => t(`trigger.${run.triggeredBy}`) },
    {
      key: 'attempt',
      header: t('runs.column.attempt'),
      align: 'end',
      phone: 'hide',
      render: (run) => format.number(run.attempt),
    },
    {
      key: 'host',
      header: t('runs.column.host'),
      phone: 'hide',
      render: (run) => (run.hostName ? <bdi dir="ltr">{run.hostName}</bdi> : '—'),
    },
    {
      key: 'result',
      header: t('runs.column.result'),
      render: (run) => (
        <Text inherit lineClamp={2} maw={380} c={run.errorMessage ? 'var(--o-failed-text)' : undefined}>
          <bdi>{run.errorMessage ?? run.resultSummary ?? reasonText(run.reason)}</bdi>
        </Text>
      ),
    },
  ];
  return (
    <DataTable
      caption={t('runs.title')}
      columns={brief ? columns.filter(({ key }) => !['attempt', 'host', 'trigger'].includes(key)) : columns}
      rows={rows}
      rowKey={(run) => run.executionId}
      stale={stale}
    />
  );
}
