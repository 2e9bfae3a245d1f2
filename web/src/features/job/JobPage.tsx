import { Alert, Badge, Button, Group, Tabs, Text } from '@mantine/core';
import { IconEdit, IconLock, IconPlayerPause, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import { historyQuery } from '@/api/executions';
import { jobQuery, useJobAction, useJobName } from '@/api/jobs';
import type { Job } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { paths } from '@/paths';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { useShortcuts } from '@/shared/keys/shortcuts';
import { Relative, Time } from '@/shared/time/Time';
import { DurationChart } from '@/ui/DurationChart';
import { EnabledSwitch } from '@/ui/EnabledSwitch';
import { JobActions } from '@/ui/JobActions';
import { useJobDoing } from '@/ui/jobDoing';
import { LinkButton } from '@/ui/links';
import { Facts, PageHeader, Section } from '@/ui/Page';
import { ScheduleText } from '@/ui/ScheduleText';
import { StatusBadge } from '@/ui/StatusBadge';
import { ErrorState, LoadingState } from '@/ui/states';
import { TaskIcon } from '@/ui/TaskIcon';
import { toastFailure, toastSuccess } from '@/ui/toast';
import { ChainTab } from './ChainTab';
import { CopyAs } from './CopyAs';
import { LedgerTab } from './LedgerTab';
import { NextRuns } from './NextRuns';
import { RunsTab } from './RunsTab';
import { SettingsTab } from './SettingsTab';
import { VersionsTab } from './VersionsTab';

const tabs = ['runs', 'chain', 'ledger', 'settings', 'versions'] as const;

export default function JobPage() {
  const { jobId } = useParams({ from: '/app/jobs/$jobId' });
  const query = useQuery(jobQuery(Number(jobId)));
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState />;
  return <Content job={query.data.job} etag={query.data.etag} />;
}

function Content({ job, etag }: { job: Job; etag: string | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const navigate = useNavigate();
  const canWrite = useCanWrite();
  const jobName = useJobName();
  const tasks = useTaskFunctions();
  const action = useJobAction();
  const doing = useJobDoing();
  const search = useSearch({ from: '/app/jobs/$jobId' });
  const recent = useQuery(historyQuery({ job: job.id, perPage: 60 }));
  const name = jobName(job);
  const tab = search.tab ?? 'runs';
  const task = tasks.find(job.taskFunctionKey);
  const finished = (recent.data?.items ?? []).filter(
    ({ statusName }) => !['pending', 'running', 'missed', 'skipped'].includes(statusName),
  );
  const good = finished.filter(({ statusName }) => statusName === 'success').length;

  const run = () =>
    action.mutate(
      { id: job.id, action: 'trigger' },
      {
        onSuccess: ({ executionId }) => {
          if (executionId) void navigate({ to: paths.execution, params: { executionId }, search: {} });
        },
        onError: toastFailure,
      },
    );
  useShortcuts({
    r: () => {
      if (canWrite) run();
    },
    e: () => {
      if (canWrite) void navigate({ to: paths.editJob, params: { jobId: String(job.id) } });
    },
  });
  const status = job.currentExecutionStatus ?? job.lastStatus;

  return (
    <>
      <PageHeader
        title={
          <Group gap="sm" component="span" style={{ display: 'inline-flex' }}>
            <bdi>{name}</bdi>
            {job.isPrimary ? (
              <Badge variant="light" color="gray" leftSection={<IconLock size={12} />}>
                {t('jobs.primary')}
              </Badge>
            ) : null}
          </Group>
        }
        tabTitle={name}
        description={
          <span dir="auto">{localized({ en: job.descriptionEn ?? null, ar: job.descriptionAr ?? null })}</span>
        }
        actions={
          <>
            <EnabledSwitch job={job} doing={doing} />
            {canWrite ? (
              <Button
                variant="filled"
                leftSection={<IconPlayerPlayFilled size={16} />}
                loading={action.isPending}
                onClick={run}
              >
                {t('jobs.action.run')}
              </Button>
            ) : null}
            {canWrite ? (
              <LinkButton to={paths.editJob} params={{ jobId: String(job.id) }} leftSection={<IconEdit size={16} />}>
                {t('jobs.action.edit')}
              </LinkButton>
            ) : null}
            <JobActions job={job} doing={doing} onDeleted={() => void navigate({ to: paths.jobs, search: {} })} />
          </>
        }
      />
      {job.isPaused ? (
        <Alert
          color="orange"
          icon={<IconPlayerPause />}
          mb="md"
          title={job.pausedUntil ? t('jobs.pausedUntil') : t('jobs.paused')}
        >
          <Group justify="space-between">
            <Text inherit>
              {job.pausedUntil ? <Time at={job.pausedUntil} zone={job.timezone} /> : null}{' '}
              {job.pauseReason ? <bdi>{job.pauseReason}</bdi> : null}
            </Text>
            {canWrite ? (
              <Button
                size="xs"
                onClick={() =>
                  action.mutate(
                    { id: job.id, action: 'resume' },
                    { onSuccess: () => toastSuccess(t('jobs.toast.resumed')), onError: toastFailure },
                  )
                }
              >
                {t('jobs.action.resume')}
              </Button>
            ) : null}
          </Group>
        </Alert>
      ) : null}
      <Section>
        <Facts
          items={[
            [t('jobs.column.schedule'), <ScheduleText key="s" job={job} />],
            [
              t('jobs.column.next'),
              <span key="n">
                <Relative at={job.nextRunAt} zone={job.timezone} countdown empty={t('word.none')} />
                {job.nextRunAt ? (
                  <Text fz="xs" c="dimmed">
                    <Time at={job.nextRunAt} zone={job.timezone} style="full" />
                  </Text>
                ) : null}
              </span>,
            ],
            [
              t('jobs.column.last'),
              status ? (
                <Group key="l" gap={6}>
                  <StatusBadge status={status} />
                  {job.lastRunAt ? (
                    <Text span c="dimmed">
                      <Relative at={job.lastRunAt} zone={job.timezone} />
                    </Text>
                  ) : null}
                </Group>
              ) : (
                t('jobs.neverRun')
              ),
            ],
            [
              t('jobs.successRate'),
              finished.length > 0
                ? `${format.percent((100 * good) / finished.length)} · ${t('jobs.ofRuns', { count: finished.length, n: format.number(finished.length) })}`
                : '—',
            ],
            [
              t('jobs.column.task'),
              <Group key="t" gap={6}>
                <TaskIcon name={task?.icon} size={16} />
                {tasks.name(job.taskFunctionKey)}
              </Group>,
            ],
            [
              t('schedule.timezone'),
              <bdi key="z" dir="ltr">
                {job.timezone}
              </bdi>,
            ],
            [t('jobs.column.owner'), <bdi key="o">{job.ownerName}</bdi>],
            ...(job.tags.length > 0
              ? [
                  [
                    t('jobs.filter.tags'),
                    <Group key="g" gap={4}>
                      {job.tags.map((tag) => (
                        <Badge key={tag} variant="light" color="gray">
                          {tag}
                        </Badge>
                      ))}
                    </Group>,
                  ] as [string, React.ReactNode],
                ]
              : []),
          ]}
        />
      </Section>
      {recent.data && recent.data.items.length > 1 ? (
        <Section title={t('runs.chart')}>
          <DurationChart runs={recent.data.items} zone={job.timezone} />
        </Section>
      ) : null}
      <NextRuns job={job} />
      <Section flush>
        <Tabs
          value={tab}
          onChange={(value) =>
            void navigate({
              to: paths.job,
              params: { jobId: String(job.id) },
              search: value === 'runs' ? {} : { tab: value as 'ledger' },
              replace: true,
            })
          }
          keepMounted={false}
        >
          <Group justify="space-between" wrap="wrap" gap={0} style={{ borderBlockEnd: '1px solid var(--o-line)' }}>
            <Tabs.List px="sm" className="o-tabs">
              {tabs.map((key) => (
                <Tabs.Tab key={key} value={key} py="sm">
                  {t(`jobs.tab.${key}`)}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            <Group px="sm" py={6} data-noprint>
              <CopyAs job={job} />
            </Group>
          </Group>
          <Tabs.Panel value="runs">
            <RunsTab job={job} />
          </Tabs.Panel>
          <Tabs.Panel value="chain">
            <ChainTab job={job} />
          </Tabs.Panel>
          <Tabs.Panel value="ledger">
            <LedgerTab job={job} />
          </Tabs.Panel>
          <Tabs.Panel value="settings">
            <SettingsTab job={job} schema={task?.schema} />
          </Tabs.Panel>
          <Tabs.Panel value="versions">
            <VersionsTab job={job} etag={etag} />
          </Tabs.Panel>
        </Tabs>
      </Section>
    </>
  );
}
