import { Button, Group, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { jobsQuery } from '@/api/jobs';
import type { Job } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { sparklinesQuery } from '@/api/stats';
import { paths } from '@/paths';
import { type JobsSearch, jobsSearch } from '@/searches';
import { useFormat } from '@/shared/format/useFormat';
import { useShortcuts } from '@/shared/keys/shortcuts';
import { DataTable } from '@/ui/DataTable';
import { LinkButton } from '@/ui/links';
import { PageHeader, Section } from '@/ui/Page';
import { Pager } from '@/ui/Pager';
import { SavedViews } from '@/ui/SavedViews';
import { EmptyState, ErrorState, LoadingState } from '@/ui/states';
import { BulkBar } from './BulkBar';
import { ColumnMenu, useHiddenColumns } from './ColumnMenu';
import { Sparks, useJobColumns } from './columns';
import { ExportMenu } from './ExportMenu';
import { JobFilters } from './JobFilters';
import { useSelection } from './selection';

const noRows: Job[] = [];

/** All jobs one may see. Filters, order and page live in the address. */
export default function JobsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const canWrite = useCanWrite();
  const search = useSearch({ from: '/app/jobs' });
  const perPage = search.perPage ?? 20;
  const page = search.page ?? 1;
  const jobs = useQuery(jobsQuery({ ...search, page, perPage }));
  const rows = jobs.data?.items ?? noRows;
  const total = jobs.data?.total ?? 0;
  const sparks = useQuery(sparklinesQuery(rows.map(({ id }) => id)));
  const sparkById = useMemo(() => new Map(sparks.data?.items.map(({ jobId, runs }) => [jobId, runs])), [sparks.data]);
  const [hidden, setHidden] = useHiddenColumns();
  const columns = useJobColumns();
  const shownColumns = useMemo(() => columns.filter(({ key }) => !hidden.has(key)), [columns, hidden]);
  const selection = useSelection(rows);
  const [allMatching, setAllMatching] = useState(false);

  // A changed filter starts at its first page, and what was selected under the old one is let go.
  const change = (patch: Partial<JobsSearch>) => {
    selection.clear();
    setAllMatching(false);
    void navigate({ to: paths.jobs, search: { ...search, page: undefined, ...patch } as JobsSearch });
  };

  useShortcuts({
    x: () =>
      document.activeElement?.closest('[data-row]')?.querySelector<HTMLInputElement>('[data-row-check]')?.click(),
  });

  const { page: _p, perPage: _pp, sort: _s, ...filters } = search;
  const filtered = Object.keys(filters).length > 0;
  return (
    <>
      <PageHeader
        title={t('jobs.title')}
        description={jobs.data ? t('jobs.count', { count: total, n: format.number(total) }) : undefined}
        actions={
          <>
            <SavedViews
              list="jobs"
              search={search}
              read={jobsSearch}
              presets={[
                { label: t('views.failed'), search: { status: 'failed' } },
                { label: t('views.running'), search: { status: 'running' } },
                { label: t('views.paused'), search: { paused: true } },
                { label: t('views.disabled'), search: { enabled: false } },
              ]}
              onOpen={(next) => void navigate({ to: paths.jobs, search: next })}
            />
            <ExportMenu search={search} />
            <ColumnMenu columns={columns} hidden={hidden} onChange={setHidden} />
            {canWrite ? (
              <LinkButton to={paths.newJob} variant="filled" leftSection={<IconPlus size={16} />}>
                {t('jobs.new')}
              </LinkButton>
            ) : null}
          </>
        }
      />
      <Section flush>
        <JobFilters search={search} onChange={change} />
        {canWrite && selection.ids.size > 0 ? (
          <BulkBar
            ids={[...selection.ids]}
            search={search}
            total={total}
            allMatching={allMatching}
            onAllMatching={setAllMatching}
            onClear={() => {
              selection.clear();
              setAllMatching(false);
            }}
          />
        ) : null}
        {jobs.isPending ? <LoadingState /> : null}
        {jobs.error ? <ErrorState error={jobs.error} onRetry={() => void jobs.refetch()} /> : null}
        {jobs.data && rows.length === 0 ? (
          filtered ? (
            <EmptyState
              title={t('jobs.noneMatch')}
              action={
                <Button onClick={() => void navigate({ to: paths.jobs, search: {} })}>{t('jobs.clearFilters')}</Button>
              }
            >
              {t('jobs.noneMatchText')}
            </EmptyState>
          ) : (
            <EmptyState
              title={t('jobs.empty')}
              action={
                canWrite ? (
                  <LinkButton to={paths.newJob} variant="filled">
                    {t('jobs.new')}
                  </LinkButton>
                ) : undefined
              }
            >
              {t('jobs.emptyText')}
            </EmptyState>
          )
        ) : null}
        {rows.length > 0 ? (
          <>
            <Sparks value={sparkById}>
              <DataTable
                caption={t('jobs.title')}
                columns={shownColumns}
                rows={rows}
                rowKey={(job) => job.id}
                sort={search.sort}
                onSort={(sort) => change({ sort: sort as NonNullable<JobsSearch['sort']> })}
                {...(canWrite ? { selection: selection.forTable } : {})}
                stale={jobs.isPlaceholderData}
              />
            </Sparks>
            <Pager
              page={page}
              perPage={perPage}
              total={total}
              onPage={(next) => void navigate({ to: paths.jobs, search: { ...search, page: next } })}
              onPerPage={(next) => change({ perPage: next })}
            />
          </>
        ) : null}
      </Section>
      <Group justify="flex-end" visibleFrom="md" data-noprint>
        <Text fz="xs" c="dimmed">
          {t('jobs.keysHint')}
        </Text>
      </Group>
    </>
  );
}
