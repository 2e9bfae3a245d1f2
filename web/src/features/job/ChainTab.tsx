import { Alert, Box, Stack, Text } from '@mantine/core';
import { IconBinaryTree2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { chainQuery } from '@/api/jobs';
import type { ChainJob, Job } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { paths } from '@/paths';
import { useFormat } from '@/shared/format/useFormat';
import { Relative } from '@/shared/time/Time';
import { type Column, DataTable } from '@/ui/DataTable';
import { LinkAnchor, LinkButton } from '@/ui/links';
import { StatusBadge } from '@/ui/StatusBadge';
import { EmptyState, ErrorState, LoadingState } from '@/ui/states';
import { ChainGraph, useAfterText, useChainName } from './ChainGraph';

/** What leads to a job and what follows from it: as a picture, and beneath it the same in words, with what waits. */
export function ChainTab({ job }: { job: Job }) {
  const { t } = useTranslation();
  const canWrite = useCanWrite();
  const query = useQuery(chainQuery(job.id));
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  const chain = query.data;
  if (!chain) return <LoadingState />;
  if (chain.jobs.length < 2)
    return (
      <EmptyState
        icon={<IconBinaryTree2 size={28} stroke={1.6} />}
        title={t('chain.empty')}
        action={
          canWrite ? (
            <LinkButton to={paths.editJob} params={{ jobId: String(job.id) }}>
              {t('chain.choose')}
            </LinkButton>
          ) : undefined
        }
      >
        {t('chain.emptyText')}
      </EmptyState>
    );
  return (
    <>
      {chain.truncated ? (
        <Alert variant="light" color="gray" m="sm" p="xs">
          {t('chain.truncated')}
        </Alert>
      ) : null}
      <ChainGraph chain={chain} />
      <Box style={{ borderBlockStart: '1px solid var(--o-line)' }}>
        <ChainList jobs={chain.jobs} own={job.id} zone={job.timezone} />
      </Box>
    </>
  );
}

function ChainList({ jobs, own, zone }: { jobs: ChainJob[]; own: number; zone: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useChainName();
  const after = useAfterText();
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const columns: Column<ChainJob>[] = [
    {
      key: 'job',
      header: t('jobs.column.name'),
      phone: 'title',
      render: (job) =>
        job.isDeleted || job.id === own ? (
          <Text span fw={600} dir="auto">
            {name(job)}
          </Text>
        ) : (
          <LinkAnchor to={paths.job} params={{ jobId: String(job.id) }} search={{ tab: 'chain' }} dir="auto">
            {name(job)}
          </LinkAnchor>
        ),
    },
    {
      key: 'after',
      header: t('chain.column.after'),
      render: (job) => (
        <Stack gap={0}>
          <span>{after(job, byId) || '—'}</span>
          {(job.after?.parents.length ?? 0) > 1 ? (
            <Text fz="xs" c="dimmed">
              {t(`chain.join.${job.after?.mode ?? 'all'}`)}
              {job.after?.withinSeconds
                ? ` · ${t('chain.within', { duration: format.duration(job.after.withinSeconds * 1000) })}`
                : null}
            </Text>
          ) : null}
        </Stack>
      ),
    },
    {
      key: 'last',
      header: t('jobs.column.last'),
      render: (job) => {
        const status = job.currentExecutionStatus ?? job.lastStatus;
        return status ? <StatusBadge status={status} size="sm" /> : t('jobs.neverRun');
      },
    },
    {
      key: 'waiting',
      header: t('chain.column.waiting'),
      render: (job) =>
        job.waiting.length === 0 ? (
          '—'
        ) : (
          <Stack gap={2} align="flex-start">
            {job.waiting.map((end) => {
              const parent = byId.get(end.jobId);
              return (
                <LinkAnchor
                  key={end.executionId}
                  to={paths.execution}
                  params={{ executionId: end.executionId }}
                  search={{}}
                  fz="sm"
                >
                  <bdi>{parent ? name(parent) : `#${end.jobId}`}</bdi> · {t(`status.${end.statusName}`)} ·{' '}
                  <Relative at={end.finishedAt} zone={zone} />
                </LinkAnchor>
              );
            })}
          </Stack>
        ),
    },
  ];
  return <DataTable caption={t('chain.list')} columns={columns} rows={jobs} rowKey={({ id }) => id} />;
}
