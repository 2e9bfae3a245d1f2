import { Chip, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { historyQuery } from '@/api/executions';
import { executionStatuses, type Job } from '@/api/model';
import { paths } from '@/paths';
import { ExecutionTable } from '@/ui/ExecutionTable';
import { Pager } from '@/ui/Pager';
import { EmptyState, ErrorState, LoadingState } from '@/ui/states';

export function RunsTab({ job }: { job: Job }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: '/app/jobs/$jobId' });
  const page = search.page ?? 1;
  const query = useQuery(
    historyQuery({ job: job.id, page, perPage: 20, ...(search.status ? { status: search.status } : {}) }),
  );
  const go = (next: Record<string, unknown>) =>
    void navigate({
      to: paths.job,
      params: { jobId: String(job.id) },
      search: { ...search, ...next } as typeof search,
      replace: true,
    });
  return (
    <>
      <Chip.Group
        multiple={false}
        value={search.status ?? ''}
        onChange={(status) => go({ status: status || undefined, page: undefined })}
      >
        <Group gap={6} p="sm" role="group" aria-label={t('runs.column.status')} data-noprint>
          <Chip value="" size="xs" variant="light">
            {t('word.all')}
          </Chip>
          {executionStatuses.map((status) => (
            <Chip key={status} value={status} size="xs" variant="light">
              {t(`status.${status}`)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <LoadingState /> : null}
      {query.data && query.data.items.length === 0 ? (
        <EmptyState title={t('runs.empty')}>{t('runs.emptyText')}</EmptyState>
      ) : null}
      {query.data && query.data.items.length > 0 ? (
        <>
          <ExecutionTable rows={query.data.items} showJob={false} stale={query.isPlaceholderData} zone={job.timezone} />
          <Pager page={page} perPage={20} total={query.data.total} onPage={(next) => go({ page: next })} />
        </>
      ) : null}
    </>
  );
}
