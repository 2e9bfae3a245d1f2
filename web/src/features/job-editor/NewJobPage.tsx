import { Alert, Button, Group, Stepper, Text } from '@mantine/core';
import { useDebouncedCallback, useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import { jobQuery, useCreateJob, useJobAction } from '@/api/jobs';
import { isProblem } from '@/api/problem';
import { useCanWrite } from '@/api/session';
import { paths } from '@/paths';
import { useFormat } from '@/shared/format/useFormat';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { draftProblem } from '@/shared/schedule/draft';
import { ScheduleBuilder } from '@/shared/schedule/ScheduleBuilder';
import { useSchemaErrors } from '@/shared/schema-form/SchemaForm';
import { PageHeader, Section } from '@/ui/Page';
import { NoPermission } from '@/ui/states';
import { failureText, toastFailure, toastSuccess } from '@/ui/toast';
import { AfterFields } from './AfterFields';
import { dropDraft, loadDraft, saveDraft } from './draftStorage';
import classes from './editor.module.css';
import { emptyForm, formOf, inputOf, type JobForm, stepNames, stepOf, withTask } from './form';
import { OptionsForm } from './OptionsForm';
import { ParametersStep } from './ParametersStep';
import { ReviewStep } from './ReviewStep';
import { TaskStep } from './TaskStep';
import { TimingStep } from './TimingStep';

function readObject(json: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json ?? '{}');
    return value && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** A job in four steps: what, with what, when, and a last look. */
export default function NewJobPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const canWrite = useCanWrite();
  const { myZone } = usePreferences();
  const search = useSearch({ from: '/app/jobs/new' });
  const phone = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const tasks = useTaskFunctions();
  const source = useQuery({ ...jobQuery(search.from ?? 0), enabled: search.from !== undefined });
  const [resumable, setResumable] = useState(() => (search.from || search.task ? null : loadDraft(myZone)));
  const [form, setForm] = useState<JobForm>(() => emptyForm(myZone));
  const [step, setStep] = useState(0);
  const [tried, setTried] = useState(false);
  const [runNow, setRunNow] = useState(false);
  const create = useCreateJob();
  const action = useJobAction();

  const task = form.taskFunctionKey ? tasks.find(form.taskFunctionKey) : undefined;
  const schemaErrors = useSchemaErrors(task?.schema, form.parameters);
  const remember = useDebouncedCallback(
    (next: JobForm) => saveDraft(next, next.taskFunctionKey ? tasks.find(next.taskFunctionKey) : undefined),
    400,
  );
  const change = (next: JobForm) => {
    setForm(next);
    setResumable(null);
    remember(next);
  };

  // A copy takes everything but the marks of its original.
  const copied = source.data?.job;
  useEffect(() => {
    if (!copied) return;
    const copy = formOf(copied);
    setForm({
      ...copy,
      nameEn: copy.nameEn ? `${copy.nameEn} (copy)` : '',
      nameAr: copy.nameAr ? `${copy.nameAr} (نسخة)` : '',
      options: { ...copy.options, isPrimary: false },
    });
    setStep(1);
  }, [copied]);

  const wantedTask = search.task ? tasks.find(search.task) : undefined;
  useEffect(() => {
    if (!wantedTask) return;
    setForm((current) => {
      const next = withTask(current, wantedTask);
      return {
        ...next,
        nameEn: search.name ?? next.nameEn,
        parameters: { ...next.parameters, ...readObject(search.parameters) },
      };
    });
    setStep(1);
  }, [wantedTask, search.name, search.parameters]);

  if (!canWrite) return <NoPermission />;

  const errors = isProblem(create.error) ? create.error.fields : [];
  const blocked = (at: number): boolean => {
    if (at === 0) return !form.taskFunctionKey;
    if (at === 1) return schemaErrors.length > 0;
    return at === 2 ? draftProblem(form.schedule) !== null : false;
  };
  const go = (to: number) => {
    for (let at = 0; at < to; at += 1) {
      if (blocked(at)) {
        setTried(true);
        setStep(at);
        return;
      }
    }
    setTried(false);
    setStep(to);
    window.scrollTo({ top: 0 });
  };
  const submit = () =>
    create.mutate(inputOf(form), {
      onSuccess: async (job) => {
        dropDraft();
        toastSuccess(t('jobs.toast.created'));
        if (runNow) {
          try {
            const { executionId } = await action.mutateAsync({ id: job.id, action: 'trigger' });
            if (executionId) return void navigate({ to: paths.execution, params: { executionId }, search: {} });
          } catch (error) {
            toastFailure(error);
          }
        }
        void navigate({ to: paths.job, params: { jobId: String(job.id) }, search: {} });
      },
      onError: (error) => {
        const first = isProblem(error)
          ? error.fields.map(stepOf).sort((a, b) => stepNames.indexOf(a) - stepNames.indexOf(b))[0]
          : undefined;
        if (first) setStep(stepNames.indexOf(first));
        setTried(true);
      },
    });

  return (
    <>
      <PageHeader
        title={search.from ? t('editor.duplicateTitle') : t('editor.newTitle')}
        description={
          phone
            ? t('editor.stepOf', {
                n: format.number(step + 1),
                total: format.number(stepNames.length),
                name: t(`editor.step.${stepNames[step] ?? 'task'}`),
              })
            : undefined
        }
      />
      {resumable ? (
        <Alert
          mb="md"
          color="gray"
          withCloseButton
          closeButtonLabel={t('action.close')}
          onClose={() => setResumable(null)}
        >
          <Group justify="space-between">
            <Text inherit>{t('editor.resume')}</Text>
            <Group gap="xs">
              <Button
                size="xs"
                onClick={() => {
                  dropDraft();
                  setResumable(null);
                }}
              >
                {t('action.discard')}
              </Button>
              <Button
                size="xs"
                variant="filled"
                onClick={() => {
                  setForm(resumable);
                  setStep(1);
                  setResumable(null);
                }}
              >
                {t('editor.resumeYes')}
              </Button>
            </Group>
          </Group>
        </Alert>
      ) : null}
      <Stepper active={step} onStepClick={go} size="sm" mb="lg" visibleFrom="sm">
        {stepNames.map((name, index) => (
          <Stepper.Step
            key={name}
            label={t(`editor.step.${name}`)}
            {...(name === 'task' && task ? { description: tasks.name(task.key) } : {})}
            {...(errors.some((error) => stepOf(error) === name) ? { color: 'red' } : {})}
            aria-current={index === step ? 'step' : undefined}
          />
        ))}
      </Stepper>
      {create.error && step < 3 ? (
        <Alert color="red" mb="md" role="alert">
          {failureText(create.error)}
        </Alert>
      ) : null}
      {step === 0 ? (
        <TaskStep
          value={form.taskFunctionKey}
          onChange={(chosen) => {
            change(withTask(form, chosen));
            setTried(false);
            setStep(1);
          }}
        />
      ) : null}
      {step === 1 ? <ParametersStep form={form} onChange={change} task={task} errors={errors} showAll={tried} /> : null}
      {step === 2 ? (
        <>
          <Section title={t('editor.step.schedule')}>
            <ScheduleBuilder
              draft={form.schedule}
              onChange={(schedule) => change({ ...form, schedule })}
              errors={errors}
              showProblems={tried}
              timing={form.options.timing}
            />
            <TimingStep form={form} onChange={change} errors={errors} />
            <AfterFields
              value={form.options.after}
              onChange={(after) => change({ ...form, options: { ...form.options, after } })}
              errors={errors}
            />
          </Section>
          <Section title={t('editor.options')}>
            <OptionsForm options={form.options} onChange={(options) => change({ ...form, options })} errors={errors} />
          </Section>
        </>
      ) : null}
      {step === 3 ? (
        <ReviewStep
          form={form}
          task={task}
          runNow={runNow}
          onRunNow={setRunNow}
          failure={create.error ? failureText(create.error) : null}
        />
      ) : null}
      <div className={classes.footer}>
        <Button onClick={() => (step === 0 ? void navigate({ to: paths.jobs, search: {} }) : setStep(step - 1))}>
          {step === 0 ? t('action.cancel') : t('action.back')}
        </Button>
        {step < 3 ? (
          <Button variant="filled" onClick={() => go(step + 1)} disabled={step === 0 && !form.taskFunctionKey}>
            {t('action.next')}
          </Button>
        ) : (
          <Button variant="filled" onClick={submit} loading={create.isPending || action.isPending}>
            {t('editor.create')}
          </Button>
        )}
      </div>
    </>
  );
}
