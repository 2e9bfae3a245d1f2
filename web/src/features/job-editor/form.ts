/** A job while it is edited, and the way from it to what the API takes. */
import type {
  After,
  Job,
  JobChange,
  JobInput,
  NotificationPolicy,
  RetryPolicy,
  TaskFunction,
  TestRun,
} from '@/api/model';
import type { FieldProblem } from '@/api/problem';
import { tidyPolicy } from '@/shared/notify/policy';
import { changeOf, draftOf, fieldsOf, newDraft, type ScheduleDraft } from '@/shared/schedule/draft';
import { initialValue, readSchema } from '@/shared/schema-form/model';
import { noTiming, type Timing } from '@/shared/timing/rules';

export interface JobForm {
  taskFunctionKey: string | null;
  nameEn: string;
  nameAr: string;
  descriptionEn: string;
  descriptionAr: string;
  tags: string[];
  parameters: Record<string, unknown>;
  schedule: ScheduleDraft;
  options: JobOptions;
}

export interface JobOptions {
  isEnabled: boolean;
  isPrimary: boolean;
  priority: number;
  maxInstances: number;
  overlap: 'skip' | 'queue' | 'cancel_running';
  /** Seconds; null means any lateness is fine. */
  misfireGraceTime: number | null;
  coalesce: boolean;
  delivery: 'at_most_once' | 'at_least_once' | null;
  timeoutSeconds: number | null;
  totalTimeoutSeconds: number | null;
  retry: Required<RetryPolicy>;
  retentionDays: number | null;
  notifications: NotificationPolicy[];
  timing: Timing;
  after: After | null;
}

const retryDefaults: Required<RetryPolicy> = {
  maxAttempts: 1,
  delaySeconds: 10,
  backoff: 'fixed',
  maxDelaySeconds: 3600,
  jitter: 0,
  on: [],
  exitCodes: [],
  httpStatuses: [],
};

export function emptyForm(timezone: string): JobForm {
  return {
    taskFunctionKey: null,
    nameEn: '',
    nameAr: '',
    descriptionEn: '',
    descriptionAr: '',
    tags: [],
    parameters: {},
    schedule: newDraft(timezone),
    options: {
      isEnabled: true,
      isPrimary: false,
      priority: 0,
      maxInstances: 1,
      overlap: 'skip',
      misfireGraceTime: 60,
      coalesce: true,
      delivery: null,
      timeoutSeconds: null,
      totalTimeoutSeconds: null,
      retry: retryDefaults,
      retentionDays: null,
      notifications: [],
      timing: noTiming,
      after: null,
    },
  };
}

export function formOf(job: Job): JobForm {
  return {
    taskFunctionKey: job.taskFunctionKey,
    nameEn: job.nameEn ?? '',
    nameAr: job.nameAr ?? '',
    descriptionEn: job.descriptionEn ?? '',
    descriptionAr: job.descriptionAr ?? '',
    tags: job.tags,
    parameters: job.parameters,
    schedule: draftOf(job),
    options: {
      isEnabled: job.isEnabled,
      isPrimary: job.isPrimary,
      priority: job.priority,
      maxInstances: job.maxInstances,
      overlap: job.overlap,
      misfireGraceTime: job.misfireGraceTime ?? null,
      coalesce: job.coalesce,
      delivery: job.delivery,
      timeoutSeconds: job.timeoutSeconds ?? null,
      totalTimeoutSeconds: job.totalTimeoutSeconds ?? null,
      retry: { ...retryDefaults, ...job.retryPolicy },
      retentionDays: job.retention.days ?? null,
      notifications: job.notifications,
      timing: {
        calendars: job.calendars,
        executionWindows: job.executionWindows,
        outsideWindows: job.outsideWindows,
      },
      after: job.after ?? null,
    },
  };
}

/** Choosing another task function starts its parameters afresh. */
export function withTask(form: JobForm, task: TaskFunction): JobForm {
  if (form.taskFunctionKey === task.key) return form;
  const start = initialValue(readSchema(task.schema));
  return {
    ...form,
    taskFunctionKey: task.key,
    parameters: (start && typeof start === 'object' ? start : {}) as Record<string, unknown>,
    options: { ...form.options, delivery: task.defaultDelivery, timeoutSeconds: task.defaultTimeoutSeconds ?? null },
  };
}

function text(value: string): string | null {
  return value.trim() === '' ? null : value.trim();
}

function settingsOf({ options, tags, parameters }: JobForm) {
  const { retry, retentionDays, delivery, isPrimary, notifications, timing, after, ...plain } = options;
  return {
    ...plain,
    ...(delivery ? { delivery } : {}),
    ...(isPrimary ? { isPrimary } : {}),
    retryPolicy: retry,
    notifications: notifications.map(tidyPolicy),
    tags,
    parameters,
    ...timing,
    after: tidyAfter(after),
    ...(retentionDays ? { retention: { days: retentionDays } } : {}),
  };
}

/** Without what has no meaning for so many jobs, and without empty words. */
export function tidyAfter(after: After | null): After | null {
  if (!after || after.parents.length === 0) return null;
  const parents = after.parents.map(({ jobId, on, alias }) => ({
    jobId,
    on,
    ...(alias?.trim() ? { alias: alias.trim() } : {}),
  }));
  const mode = after.mode ?? 'all';
  return { parents, mode, ...(mode === 'all' && after.withinSeconds ? { withinSeconds: after.withinSeconds } : {}) };
}

/** What parameters can take over: the parents, by the word or number that refers to each. */
export function resultSources(after: After | null): { job: string | number; jobId: number }[] {
  return (after?.parents ?? []).map(({ jobId, alias }) => ({ job: alias?.trim() || jobId, jobId }));
}

export function inputOf(form: JobForm): JobInput {
  const body: Record<string, unknown> = {
    taskFunctionKey: form.taskFunctionKey,
    nameEn: text(form.nameEn),
    nameAr: text(form.nameAr),
    descriptionEn: text(form.descriptionEn),
    descriptionAr: text(form.descriptionAr),
    ...fieldsOf(form.schedule),
    ...settingsOf(form),
  };
  // Left out, a member takes its default; only "any lateness" has to be said as null.
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => value !== null || name === 'misfireGraceTime'),
  ) as JobInput;
}

/** Whether a task function can say what it would do without doing it. */
export function knowsDryRun(schema: TaskFunction['schema']): boolean {
  const properties = schema.properties as Record<string, { type?: unknown } | undefined> | undefined;
  return properties?.dryRun?.type === 'boolean';
}

/** What the job would do, to be done once; `dry` overrules its parameters. */
export function trialOf(form: JobForm, dry: boolean): TestRun {
  const nameEn = text(form.nameEn);
  const nameAr = text(form.nameAr);
  return {
    taskFunctionKey: form.taskFunctionKey,
    ...(nameEn ? { nameEn } : {}),
    ...(nameAr ? { nameAr } : {}),
    parameters: dry ? { ...form.parameters, dryRun: true } : form.parameters,
    ...(form.options.timeoutSeconds ? { timeoutSeconds: form.options.timeoutSeconds } : {}),
  } as TestRun;
}

/** The whole definition as a change: null clears what is empty now. */
export function changeBody(form: JobForm): JobChange {
  return {
    nameEn: text(form.nameEn),
    nameAr: text(form.nameAr),
    descriptionEn: text(form.descriptionEn),
    descriptionAr: text(form.descriptionAr),
    ...changeOf(form.schedule),
    ...settingsOf(form),
    isPrimary: form.options.isPrimary,
    retention: form.options.retentionDays ? { days: form.options.retentionDays } : null,
  } as JobChange;
}

export const stepNames = ['task', 'parameters', 'schedule', 'review'] as const;
export type StepName = (typeof stepNames)[number];

/** Where a complaint of the server belongs. */
export function stepOf({ pointer }: Pick<FieldProblem, 'pointer'>): StepName {
  const member = pointer.split('/')[1] ?? '';
  if (member.startsWith('taskFunction')) return 'task';
  if (/^(parameters|name|description|tags)/.test(member)) return 'parameters';
  return member === '' ? 'review' : 'schedule';
}
