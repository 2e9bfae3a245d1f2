/** A schedule while it is edited: every choice keeps its own values, so switching back and forth loses nothing. */
import type { DstPolicy, JobKind, Recurrence, ScheduleFields, Weekday } from '@/api/model';

export const weekdays: Weekday[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
export const modes = ['interval', 'daily', 'weekly', 'monthly', 'cron', 'once', 'manual'] as const;
export type Mode = (typeof modes)[number];

export interface ScheduleDraft {
  mode: Mode;
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
  times: string[];
  daysOfWeek: Weekday[];
  /** 1 to 31, or -1 for the last. */
  daysOfMonth: number[];
  cron: string;
  /** Six named fields of an imported job; kept until the expression is edited. */
  cronFields: ScheduleFields['cronFields'];
  runAt: string | null;
  timezone: string;
  startAt: string | null;
  endAt: string | null;
  dst: Required<DstPolicy>;
}

export function newDraft(timezone: string): ScheduleDraft {
  return {
    mode: 'interval',
    days: 0,
    hours: 0,
    minutes: 30,
    seconds: 0,
    times: ['09:00'],
    daysOfWeek: ['monday'],
    daysOfMonth: [1],
    cron: '0 9 * * *',
    cronFields: null,
    runAt: null,
    timezone,
    startAt: null,
    endAt: null,
    dst: { gap: 'run_after', overlap: 'first' },
  };
}

export function draftOf(job: ScheduleFields & { jobTypeName: JobKind }): ScheduleDraft {
  const draft = newDraft(job.timezone ?? 'UTC');
  return {
    ...draft,
    mode: job.jobTypeName,
    ...(job.jobTypeName === 'interval'
      ? {
          days: job.intervalDays ?? 0,
          hours: job.intervalHours ?? 0,
          minutes: job.intervalMinutes ?? 0,
          seconds: job.intervalSeconds ?? 0,
        }
      : {}),
    times: job.recurrence?.times ?? draft.times,
    daysOfWeek: job.recurrence?.daysOfWeek ?? draft.daysOfWeek,
    daysOfMonth: job.recurrence?.daysOfMonth ?? draft.daysOfMonth,
    cron: job.cronExpression ?? (job.cronFields ? '' : draft.cron),
    cronFields: job.cronFields ?? null,
    runAt: job.runAt ?? null,
    startAt: job.startAt ?? null,
    endAt: job.endAt ?? null,
    dst: { gap: job.dst?.gap ?? 'run_after', overlap: job.dst?.overlap ?? 'first' },
  };
}

export type DraftProblem = 'interval' | 'times' | 'daysOfWeek' | 'daysOfMonth' | 'cron' | 'runAt' | 'order';

/** What is missing before the server can be asked. */
export function draftProblem(draft: ScheduleDraft): DraftProblem | null {
  const { mode } = draft;
  if (mode === 'interval' && draft.days + draft.hours + draft.minutes + draft.seconds < 1) return 'interval';
  if ((mode === 'daily' || mode === 'weekly' || mode === 'monthly') && draft.times.length === 0) return 'times';
  if (mode === 'weekly' && draft.daysOfWeek.length === 0) return 'daysOfWeek';
  if (mode === 'monthly' && draft.daysOfMonth.length === 0) return 'daysOfMonth';
  if (mode === 'cron' && draft.cron.trim() === '' && !draft.cronFields) return 'cron';
  if (mode === 'once' && !draft.runAt) return 'runAt';
  if (draft.startAt && draft.endAt && Date.parse(draft.endAt) <= Date.parse(draft.startAt)) return 'order';
  return null;
}

/** What the API takes: only the members of the chosen kind. */
export function fieldsOf(draft: ScheduleDraft): ScheduleFields {
  const fields: ScheduleFields = { timezone: draft.timezone, dst: draft.dst };
  if (draft.startAt && draft.mode !== 'once' && draft.mode !== 'manual') fields.startAt = draft.startAt;
  if (draft.endAt && draft.mode !== 'once' && draft.mode !== 'manual') fields.endAt = draft.endAt;
  const recurrence = (kind: Recurrence['kind'], more: Partial<Recurrence> = {}): Recurrence => ({
    kind,
    times: draft.times,
    ...more,
  });
  switch (draft.mode) {
    case 'interval':
      if (draft.days) fields.intervalDays = draft.days;
      if (draft.hours) fields.intervalHours = draft.hours;
      if (draft.minutes) fields.intervalMinutes = draft.minutes;
      if (draft.seconds) fields.intervalSeconds = draft.seconds;
      break;
    case 'daily':
      fields.recurrence = recurrence('daily');
      break;
    case 'weekly':
      fields.recurrence = recurrence('weekly', { daysOfWeek: draft.daysOfWeek });
      break;
    case 'monthly':
      fields.recurrence = recurrence('monthly', { daysOfMonth: draft.daysOfMonth });
      break;
    case 'cron':
      if (draft.cronFields && draft.cron.trim() === '') fields.cronFields = draft.cronFields;
      else fields.cronExpression = draft.cron.trim();
      break;
    case 'once':
      if (draft.runAt) fields.runAt = draft.runAt;
      break;
    case 'manual':
      fields.manual = true;
      break;
  }
  return fields;
}

const all = ['intervalSeconds', 'intervalMinutes', 'intervalHours', 'intervalDays', 'startAt', 'endAt'] as const;

/** The same for a partial update, where a member left out keeps its old value and null clears it. */
export function changeOf(draft: ScheduleDraft): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...fieldsOf(draft) };
  for (const name of all) {
    if (name.startsWith('interval') && draft.mode !== 'interval') continue;
    if (!(name in fields)) fields[name] = null;
  }
  return fields;
}
