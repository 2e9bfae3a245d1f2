import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker, useNavigate, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import { jobQuery, type TaggedJob, useJobName, useUpdateJob } from '@/api/jobs';
import { isProblem } from '@/api/problem';
import { useCanWrite } from '@/api/session';
import { paths } from '@/paths';
import { DiffTable } from '@/shared/diff/DiffTable';
import { diff } from '@/shared/diff/diff';
import { useFormat } from '@/shared/format/useFormat';
import { draftProblem } from '@/shared/schedule/draft';
import { ScheduleBuilder } from '@/shared/schedule/ScheduleBuilder';
import { useSchemaErrors } from '@/shared/schema-form/SchemaForm';
import { Confirm } from '@/ui/confirm';
import { LinkAnchor } from '@/ui/links';
import { PageHeader, Section } from '@/ui/Page';
import { ErrorState, LoadingState, NoPermission } from '@/ui/states';
import { failureText, toastSuccess } from '@/ui/toast';
import { AfterFields } from './AfterFields';
import classes from './editor.module.css';
import { changeBody, formOf } from './form';
import { OptionsForm } from './OptionsForm';
import { ParametersStep } from './ParametersStep';
import { TimingStep } from './TimingStep';

export default function EditJobPage() {
  const { jobId } = useParams({ from: '/app/jobs/$jobId/edit' });
  const canWrite = useCanWrite();
  const query = useQuery({
    ...jobQuery(Number(jobId)),
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (!canWrite) return <NoPermission />;
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState />;
  return <Editor key={jobId} loaded={query.data} />;
}

/** The same inputs as the wizard on one page; what will change is shown before it is saved. */
function Editor({ loaded }: { loaded: TaggedJob }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const client = useQueryClient();
  const tasks = useTaskFunctions();
  const jobName = useJobName();
  // Live updates must not pull the ground away under what is being typed: the first answer is the base until it is saved.
  const [base, setBase] = useState(loaded);
  const [form, setForm] = useState(() => formOf(loaded.job));
  const [tried, setTried] = useState(false);
  const [reviewing, setReviewing] = useState(false);
  const update = useUpdateJob(base.job.id);
  const task = tasks.find(base.job.taskFunctionKey);
  const schemaErrors = useSchemaErrors(task?.schema, form.parameters);
  const changes = useMemo(() => diff(changeBody(formOf(base.job)), changeBody(form)), [base, form]);
  const errors = isProblem(update.error) ? update.error.fields : [];
  const stale = isProblem(update.error, 409);
  const toJob = () =>
    void navigate({ to: paths.job, params: { jobId: String(base.job.id) }, search: {}, ignoreBlocker: true });
  const blocker = useBlocker({
    shouldBlockFn: () => changes.length > 0 && !update.isSuccess,
    enableBeforeUnload: () => changes.length > 0 && !update.isSuccess,
    withResolver: true,
  });

  const save = () =>
    update.mutate(
      { input: changeBody(form), etag: base.etag },
      {
        onSuccess: () => {
          toastSuccess(t('jobs.toast.saved'));
          toJob();
        },
        onError: () => {
          setReviewing(false);
          setTried(true);
          window.scrollTo({ top: 0 });
        },
      },
    );
  const takeTheirs = async (keepMine: boolean) => {
    const fresh = await client.fetchQuery({ ...jobQuery(base.job.id), staleTime: 0 });
    setBase(fresh);
    if (!keepMine) setForm(formOf(fresh.job));
    update.reset();
  };

  return (
    <>
      <PageHeader
        title={t('editor.editTitle')}
        description={
          <LinkAnchor to={paths.job} params={{ jobId: String(base.job.id) }} dir="auto">
            {jobName(base.job)}
          </LinkAnchor>
        }
      />
      {stale ? (
        <Alert color="yellow" mb="md" title={t('editor.conflictTitle')} role="alert">
          <Stack gap="xs" align="flex-start">
            <Text inherit>{t('editor.conflictText')}</Text>
            <Group gap="xs">
              <Button size="xs" onClick={() => void takeTheirs(true)}>
                {t('editor.keepMine')}
              </Button>
              <Button size="xs" onClick={() => void takeTheirs(false)}>
                {t('editor.takeTheirs')}
              </Button>
            </Group>
          </Stack>
        </Alert>
      ) : update.error ? (
        <Alert color="red" mb="md" role="alert">
          {failureText(update.error)}
        </Alert>
      ) : null}
      <ParametersStep form={form} onChange={setForm} task={task} errors={errors} showAll={tried} />
      <Section title={t('editor.step.schedule')}>
        <ScheduleBuilder
          draft={form.schedule}
          onChange={(schedule) => setForm({ ...form, schedule })}
          errors={errors}
          jobId={base.job.id}
          showProblems={tried}
          timing={form.options.timing}
        />
        <TimingStep form={form} onChange={setForm} errors={errors} />
        <AfterFields
          value={form.options.after}
          onChange={(after) => setForm({ ...form, options: { ...form.options, after } })}
          errors={errors}
          own={base.job.id}
        />
      </Section>
      <Section title={t('editor.options')}>
        <OptionsForm options={form.options} onChange={(options) => setForm({ ...form, options })} errors={errors} />
      </Section>
      <div className={classes.footer}>
        <Button onClick={toJob}>{t('action.cancel')}</Button>
        <Group gap="sm">
          <Text c="dimmed" fz="sm">
            {t('editor.changes', { count: changes.length, n: format.number(changes.length) })}
          </Text>
          <Button
            variant="filled"
            disabled={changes.length === 0}
            onClick={() => {
              setTried(true);
              if (schemaErrors.length === 0 && !draftProblem(form.schedule)) setReviewing(true);
            }}
          >
            {t('editor.reviewChanges')}
          </Button>
        </Group>
      </div>
      <Modal
        opened={reviewing}
        onClose={() => setReviewing(false)}
        size="xl"
        title={<Text fw={600}>{t('editor.reviewChanges')}</Text>}
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        <DiffTable changes={changes} />
        <Group justify="flex-end" mt="md">
          <Button onClick={() => setReviewing(false)}>{t('action.back')}</Button>
          <Button variant="filled" loading={update.isPending} onClick={save}>
            {t('action.save')}
          </Button>
        </Group>
      </Modal>
      <Confirm
        opened={blocker.status === 'blocked'}
        onClose={() => blocker.reset?.()}
        title={t('editor.leaveTitle')}
        confirmLabel={t('action.discard')}
        danger
        onConfirm={() => blocker.proceed?.()}
      >
        {t('editor.leaveText')}
      </Confirm>
    </>
  );
}
