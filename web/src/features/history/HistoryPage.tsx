import { Button, Chip, CloseButton, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import { historyQuery } from '@/api/executions';
import { jobQuery, useJobName } from '@/api/jobs';
import { executionStatuses } from '@/api/model';
import { paths } from '@/paths';
import { type HistorySearch, historySearch } from '@/searches';
import { useFormat } from '@/shared/format/useFormat';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { ZonedDateTimeInput } from '@/shared/time/ZonedDateTimeInput';
import { ExecutionTable } from '@/ui/ExecutionTable';
import { PageHeader, Section } from '@/ui/Page';
import { Pager } from '@/ui/Pager';
import { SavedViews } from '@/ui/SavedViews';
import { EmptyState, Fetched } from '@/ui/states';

const triggers = ['schedule', 'manual', 'api', 'retry', 'dependency', 'rerun'] as const;

/** Every run of every job one may see. */
export default function HistoryPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const tasks = useTaskFunctions();
  const { myZone } = usePreferences();
  const search = useSearch({ from: '/app/history' });
  const page = search.page ?? 1;
  const perPage = search.perPage ?? 20;
  const query = useQuery(historyQuery({ ...search, page, perPage }));
  const [text, setText] = useState(search.q ?? '');
  useEffect(() => setText(search.q ?? ''), [search.q]);
  const go = (patch: Record<string, unknown>) =>
    void navigate({ to: paths.history, search: { ...search, page: undefined, ...patch } as HistorySearch });
  const apply = useDebouncedCallback((q: string) => go({ q: q.trim() || undefined }), 300);
  const { page: _p, perPage: _pp, ...filters } = search;
  const filtered = Object.keys(filters).length > 0;
  const total = query.data?.total ?? 0;
  return (
    <>
      <PageHeader
        title={t('history.title')}
        description={query.data ? t('history.count', { count: total, n: format.number(total) }) : undefined}
        actions={
          <SavedViews
            list="history"
            search={search}
            read={historySearch}
            presets={[
              { label: t('status.failed'), search: { status: 'failed' } },
              { label: t('status.missed'), search: { status: 'missed' } },
              { label: t('views.running'), search: { status: 'running' } },
              { label: t('views.byHand'), search: { trigger: 'manual' } },
            ]}
            onOpen={(next) => void navigate({ to: paths.history, search: next })}
          />
        }
      />
      <Section flush>
        <Group p="sm" gap="sm" align="flex-start" data-noprint>
          <TextInput
            flex={1}
            miw={200}
            size="xs"
            label={t('action.search')}
            description={'\u00a0'}
            descriptionProps={{ visibleFrom: 'sm' }}
            data-page-search
            leftSection={<IconSearch size={15} />}
            placeholder={t('history.search')}
            value={text}
            rightSection={
              text ? (
                <CloseButton
                  size="xs"
                  aria-label={t('action.clear')}
                  onClick={() => {
                    setText('');
                    go({ q: undefined });
                  }}
                />
              ) : null
            }
            onChange={(event) => {
              setText(event.currentTarget.value);
              apply(event.currentTarget.value);
            }}
          />
          <Select
            size="xs"
            w={{ base: '46%', xs: 170 }}
            label={t('jobs.column.task')}
            description={'\u00a0'}
            descriptionProps={{ visibleFrom: 'sm' }}
            placeholder={t('word.all')}
            clearable
            clearButtonProps={{ 'aria-label': t('action.clear') }}
            data={tasks.list.map(({ key }) => ({ value: key, label: tasks.name(key) }))}
            value={search.task ?? null}
            onChange={(task) => go({ task: task ?? undefined })}
          />
          <Select
            size="xs"
            w={{ base: '46%', xs: 150 }}
            label={t('runs.column.trigger')}
            description={'\u00a0'}
            descriptionProps={{ visibleFrom: 'sm' }}
            placeholder={t('word.all')}
            clearable
            clearButtonProps={{ 'aria-label': t('action.clear') }}
            data={triggers.map((trigger) => ({ value: trigger, label: t(`trigger.${trigger}`) }))}
            value={search.trigger ?? null}
            onChange={(trigger) => go({ trigger: trigger ?? undefined })}
          />
          {search.job ? <ChosenJob id={search.job} onClear={() => go({ job: undefined })} /> : null}
          <ZonedDateTimeInput
            size="xs"
            miw={{ base: '46%', xs: 190 }}
            label={t('ledger.from')}
            zone={myZone}
            value={search.from ?? null}
            onChange={(from) => go({ from: from ?? undefined })}
          />
          <ZonedDateTimeInput
            size="xs"
            miw={{ base: '46%', xs: 190 }}
            label={t('ledger.to')}
            zone={myZone}
            value={search.to ?? null}
            onChange={(to) => go({ to: to ?? undefined })}
          />
        </Group>
        <Chip.Group
          multiple={false}
          value={search.status ?? ''}
          onChange={(status) => go({ status: status || undefined })}
        >
          <Group
            gap={6}
            px="sm"
            pb="sm"
            role="group"
            aria-label={t('runs.column.status')}
            data-noprint
            style={{ borderBlockEnd: '1px solid var(--o-line)' }}
          >
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
        <Fetched
          query={query}
          empty={
            <EmptyState
              title={filtered ? t('history.noneMatch') : t('runs.empty')}
              {...(filtered
                ? {
                    action: (
                      <Button onClick={() => void navigate({ to: paths.history, search: {} })}>
                        {t('jobs.clearFilters')}
                      </Button>
                    ),
                  }
                : {})}
            >
              {filtered ? undefined : t('runs.emptyText')}
            </EmptyState>
          }
        >
          {(data) => (
            <>
              <ExecutionTable rows={data.items} showJob stale={query.isPlaceholderData} />
              <Pager
                page={page}
                perPage={perPage}
                total={total}
                onPage={(next) => void navigate({ to: paths.history, search: { ...search, page: next } })}
                onPerPage={(next) => go({ perPage: next })}
              />
            </>
          )}
        </Fetched>{' '}
      </Section>
    </>
  );
}

/** The job whose runs are shown, when an address names one. */
function ChosenJob({ id, onClear }: { id: number; onClear(): void }) {
  const { t } = useTranslation();
  const jobName = useJobName();
  const { data } = useQuery({ ...jobQuery(id), retry: false });
  return (
    <TextInput
      size="xs"
      w={{ base: '46%', xs: 190 }}
      readOnly
      label={t('runs.column.job')}
      description={'\u00a0'}
      descriptionProps={{ visibleFrom: 'sm' }}
      dir="auto"
      value={data ? jobName(data.job) : `#${id}`}
      rightSection={<CloseButton size="xs" aria-label={t('action.clear')} onClick={onClear} />}
    />
  );
}
