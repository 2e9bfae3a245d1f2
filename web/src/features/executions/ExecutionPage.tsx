import { Alert, Button, Code, Group, List, Progress, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconPlayerStop, IconPrinter, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import {
  attemptsQuery,
  executionQuery,
  isLive,
  logDownloadUrl,
  logFetcher,
  logFollower,
  useCancel,
  useRerun,
} from '@/api/executions';
import { jobQuery } from '@/api/jobs';
import type { Execution } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { ExecutionDevices } from '@/features/fleet/ExecutionDevices';
import { worksOnDevices } from '@/features/fleet/orders';
import { paths } from '@/paths';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { LogViewer } from '@/shared/log/LogViewer';
import { LiveDuration, Time } from '@/shared/time/Time';
import { CopyButton } from '@/ui/CopyButton';
import { Confirm } from '@/ui/confirm';
import { Disclosure } from '@/ui/Disclosure';
import { useNamesOf } from '@/ui/JobsSelect';
import { Ltr } from '@/ui/Ltr';
import { LinkAnchor } from '@/ui/links';
import { Facts, PageHeader, Section } from '@/ui/Page';
import { ParameterList } from '@/ui/ParameterList';
import { useReasonText } from '@/ui/reason';
import { StatusBadge } from '@/ui/StatusBadge';
import { ErrorState, LoadingState } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';
import { ArtifactList } from './ArtifactList';
import { AttemptTimeline } from './AttemptTimeline';
import classes from './execution.module.css';
import { RerunDialog } from './RerunDialog';

export default function ExecutionPage() {
  const { executionId } = useParams({ from: '/app/executions/$executionId' });
  const query = useQuery(executionQuery(executionId));
  if (query.error && !query.data) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState />;
  return <Run key={executionId} id={executionId} run={query.data} />;
}

function Run({ id, run }: { id: string; run: Execution }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const localized = useLocalized();
  const canWrite = useCanWrite();
  const reasonText = useReasonText();
  const search = useSearch({ from: '/app/executions/$executionId' });
  const attempts = useQuery(attemptsQuery(id));
  const job = useQuery({ ...jobQuery(run.jobId), retry: false });
  const cancel = useCancel(id);
  const rerun = useRerun(id);
  const [dialog, setDialog] = useState<'cancel' | 'rerun' | null>(null);
  const [reason, setReason] = useState('');
  const fetcher = useMemo(() => logFetcher(id), [id]);
  const follower = useMemo(() => logFollower(id), [id]);
  const live = isLive(run);
  const zone = job.data?.job.timezone;
  const name = localized({ en: run.jobName, ar: run.jobNameAr ?? null });
  const openRun = (next: Execution) =>
    void navigate({ to: paths.execution, params: { executionId: next.executionId }, search: {} });
  const go = (next: Record<string, unknown>) =>
    void navigate({
      to: paths.execution,
      params: { executionId: id },
      search: { ...search, ...next } as typeof search,
      replace: true,
      resetScroll: false,
    });

  return (
    <>
      <div className={classes.sticky}>
        <PageHeader
          tabTitle={`${t(`status.${run.statusName}`)} · ${name}`}
          title={
            <Group gap="sm" component="span" style={{ display: 'inline-flex' }}>
              <StatusBadge status={run.statusName} size="lg" />
              <LinkAnchor to={paths.job} params={{ jobId: String(run.jobId) }} search={{}} inherit dir="auto">
                {name}
              </LinkAnchor>
            </Group>
          }
          description={
            <Group gap="0.125rem 1rem" fz="sm">
              <span>
                {t('runs.startedAgo')} <Time at={run.startedAt} zone={zone ?? null} style="dateTimeSeconds" />
              </span>
              <span>
                {t('runs.column.duration')}: <LiveDuration from={run.startedAt} to={run.completedAt} />
              </span>
              <span>
                {t(`trigger.${run.triggeredBy}`)}
                {run.triggeredByName ? (
                  <>
                    {' · '}
                    <bdi>{run.triggeredByName}</bdi>
                  </>
                ) : null}
              </span>
            </Group>
          }
          actions={
            canWrite ? (
              <>
                {live ? (
                  <Button
                    color="red"
                    variant="light"
                    leftSection={<IconPlayerStop size={16} />}
                    onClick={() => setDialog('cancel')}
                  >
                    {t('runs.cancel')}
                  </Button>
                ) : null}
                {!live ? (
                  <>
                    <Button
                      leftSection={<IconRefresh size={16} />}
                      loading={rerun.isPending}
                      onClick={() => rerun.mutate(null, { onSuccess: openRun, onError: toastFailure })}
                    >
                      {t('runs.rerun')}
                    </Button>
                    <Button onClick={() => setDialog('rerun')}>{t('runs.rerunWith')}</Button>
                  </>
                ) : null}
                <Button visibleFrom="md" leftSection={<IconPrinter size={16} />} onClick={() => window.print()}>
                  {t('transfer.print')}
                </Button>
              </>
            ) : undefined
          }
        />
        {live && run.progress != null ? (
          <Progress value={run.progress} size="sm" animated mb="sm" aria-label={t('runs.progress')} />
        ) : null}
      </div>
      <Failure run={run} />
      <Section>
        <Facts
          items={[
            [t('runs.column.due'), <Time key="d" at={run.scheduledAt} zone={zone ?? null} style="full" />],
            [t('runs.started'), <Time key="s" at={run.startedAt} zone={zone ?? null} style="full" />],
            [t('runs.completed'), <Time key="c" at={run.completedAt} zone={zone ?? null} style="full" />],
            [
              t('runs.column.attempt'),
              <AttemptCount key="a" run={run} maximum={job.data?.job.retryPolicy.maxAttempts ?? null} />,
            ],
            [t('runs.column.host'), run.hostName ? <Ltr key="h">{run.hostName}</Ltr> : '—'],
            [
              t('runs.id'),
              <Group key="i" gap={2} wrap="nowrap">
                <Ltr truncate maw={220}>
                  {run.executionId}
                </Ltr>
                <CopyButton value={run.executionId} />
              </Group>,
            ],
            ...(run.recordsProcessed != null
              ? [[t('runs.processed'), <Count key="p" value={run.recordsProcessed} />] as [string, React.ReactNode]]
              : []),
            ...(run.recordsAffected != null
              ? [[t('runs.affected'), <Count key="f" value={run.recordsAffected} />] as [string, React.ReactNode]]
              : []),
            ...(run.parents && run.parents.length > 0
              ? [[t('chain.parents'), <Parents key="parents" run={run} />] as [string, React.ReactNode]]
              : []),
            ...(run.reason
              ? [[t('runs.reason'), <bdi key="r">{reasonText(run.reason)}</bdi>] as [string, React.ReactNode]]
              : []),
            ...(run.nextAttemptAt
              ? [
                  [t('runs.nextAttempt'), <Time key="n" at={run.nextAttemptAt} zone={zone ?? null} style="full" />] as [
                    string,
                    React.ReactNode,
                  ],
                ]
              : []),
          ]}
        />
      </Section>
      {attempts.data && attempts.data.length > 1 ? (
        <Section title={t('runs.attempts')}>
          <AttemptTimeline attempts={attempts.data} zone={zone} />
        </Section>
      ) : null}
      <Result run={run} />
      <ArtifactList run={run} />
      {worksOnDevices(run.taskFunctionKey) ? <ExecutionDevices execution={id} live={live} onRerun={openRun} /> : null}
      <Section title={t('log.title')} flush>
        <LogViewer
          fetcher={fetcher}
          follower={follower}
          live={live}
          downloadUrl={logDownloadUrl(id)}
          zone={zone ?? null}
          selected={search.line ? { from: search.line, to: Math.max(search.line, search.to ?? search.line) } : null}
          onSelect={(range) => go({ line: range?.from, to: range && range.to > range.from ? range.to : undefined })}
          search={search.q ?? ''}
          onSearch={(q) => go({ q: q || undefined })}
        />
        {run.logTruncated ? (
          <Alert color="yellow" m="sm" p="xs">
            {t('log.truncated')}
          </Alert>
        ) : null}
      </Section>
      <Confirm
        opened={dialog === 'cancel'}
        onClose={() => setDialog(null)}
        title={t('runs.cancelTitle')}
        confirmLabel={t('runs.cancel')}
        danger
        loading={cancel.isPending}
        onConfirm={() =>
          cancel.mutate(reason.trim(), {
            onSuccess: () => {
              setDialog(null);
              toastSuccess(t('runs.cancelling'));
            },
            onError: toastFailure,
          })
        }
      >
        <Text inherit mb="sm">
          {t('runs.cancelText')}
        </Text>
        <TextInput
          label={t('pause.reason')}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </Confirm>
      {dialog === 'rerun' ? (
        <RerunDialog
          run={run}
          base={run.parameters ?? job.data?.job.parameters ?? {}}
          onClose={() => setDialog(null)}
          onStarted={openRun}
        />
      ) : null}
    </>
  );
}

function Count({ value }: { value: number }) {
  const format = useFormat();
  return <>{format.number(value)}</>;
}

function AttemptCount({ run, maximum }: { run: Execution; maximum: number | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <>
      {maximum && maximum > 1
        ? t('runs.attemptOf', { n: format.number(run.attempt), of: format.number(maximum) })
        : format.number(run.attempt)}
    </>
  );
}

/** What went wrong, before anything else. */
/** The runs of other jobs whose ends started this one. */
function Parents({ run }: { run: Execution }) {
  const parents = run.parents ?? [];
  const names = useNamesOf(parents.map(({ jobId }) => jobId));
  return (
    <Stack gap={0} align="flex-start">
      {parents.map(({ executionId, jobId }) => (
        <LinkAnchor key={executionId} to={paths.execution} params={{ executionId }} search={{}} dir="auto">
          {names.get(jobId)}
        </LinkAnchor>
      ))}
    </Stack>
  );
}

function Failure({ run }: { run: Execution }) {
  const { t } = useTranslation();
  const localized = useLocalized();
  const errors = run.errors.filter((error) => error !== run.errorMessage);
  if (!run.errorMessage && errors.length === 0 && !run.errorTraceback) return null;
  return (
    <Alert color="red" mb="md" title={t('runs.failure')}>
      <Stack gap="xs">
        {run.errorMessage ? (
          <Text inherit>
            <bdi>{localized({ en: run.errorMessage, ar: run.errorMessageAr })}</bdi>
          </Text>
        ) : null}
        {errors.length > 0 ? (
          <List size="sm">
            {errors.slice(0, 20).map((error, index) => (
              <List.Item key={index}>
                <bdi>{error}</bdi>
              </List.Item>
            ))}
          </List>
        ) : null}
        {run.errorTraceback ? (
          <Disclosure title={t('runs.details')} initiallyOpen={run.errorTraceback.length < 1200}>
            <Code block dir="ltr" mah={320} style={{ overflow: 'auto' }} tabIndex={0}>
              {run.errorTraceback}
            </Code>
          </Disclosure>
        ) : null}
      </Stack>
    </Alert>
  );
}

function Result({ run }: { run: Execution }) {
  const { t } = useTranslation();
  const localized = useLocalized();
  const tasks = useTaskFunctions();
  // Said already, in red, above.
  const summary =
    run.resultSummary === run.errorMessage ? '' : localized({ en: run.resultSummary, ar: run.resultSummaryAr });
  const hasResult = summary || run.result != null || run.warnings.length > 0 || run.parameters;
  if (!hasResult) return null;
  return (
    <Section title={t('runs.result')}>
      <Stack gap="sm">
        {summary ? (
          <Text>
            <bdi>{summary}</bdi>
          </Text>
        ) : null}
        {run.warnings.length > 0 ? (
          <Alert color="yellow" p="xs" title={t('runs.warnings')}>
            <List size="sm">
              {run.warnings.slice(0, 20).map((warning, index) => (
                <List.Item key={index}>
                  <bdi>{warning}</bdi>
                </List.Item>
              ))}
            </List>
          </Alert>
        ) : null}
        {run.result != null ? (
          <Disclosure title={t('runs.resultData')}>
            <Code block dir="ltr" mah={360} style={{ overflow: 'auto' }} tabIndex={0}>
              {JSON.stringify(run.result, null, 2)}
            </Code>
          </Disclosure>
        ) : null}
        {run.parameters ? (
          <>
            <Title order={3}>{t('runs.ownParameters')}</Title>
            <ParameterList parameters={run.parameters} schema={tasks.find(run.taskFunctionKey)?.schema} />
          </>
        ) : null}
      </Stack>
    </Section>
  );
}
