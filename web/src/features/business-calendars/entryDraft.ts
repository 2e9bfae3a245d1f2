/** An entry of a calendar while it is edited: every sort of time keeps its own values, so switching loses nothing. */
import type { CalendarEntry, CalendarTime, Weekday } from '@/api/model';

export const timeTypes = ['dates', 'yearly', 'weekly', 'cron', 'span', 'recurrence'] as const;
export type TimeType = (typeof timeTypes)[number];

export interface EntryDraft {
  name: string;
  nameAr: string;
  kind: CalendarEntry['kind'];
  type: TimeType;
  /** `YYYY-MM-DD`. */
  from: string;
  to: string;
  month: number;
  day: number;
  days: number;
  weekdays: Weekday[];
  fromTime: string;
  toTime: string;
  expression: string;
  durationMinutes: number;
  spanFrom: string | null;
  spanTo: string | null;
  rule: string;
  at: string;
  except: string[];
  /** Of a recurrence that names its own zone. */
  timezone: string | null;
}

export function newEntry(today: string): EntryDraft {
  return {
    name: '',
    nameAr: '',
    kind: 'holiday',
    type: 'dates',
    from: today,
    to: '',
    month: Number(today.slice(5, 7)),
    day: Number(today.slice(8, 10)),
    days: 1,
    weekdays: ['friday'],
    fromTime: '22:00',
    toTime: '06:00',
    expression: '0 22 * * 5',
    durationMinutes: 120,
    spanFrom: null,
    spanTo: null,
    rule: 'FREQ=YEARLY',
    at: '',
    except: [],
    timezone: null,
  };
}

export function draftOfEntry(entry: CalendarEntry, today: string): EntryDraft {
  const draft = { ...newEntry(today), name: entry.name, nameAr: entry.nameAr ?? '', kind: entry.kind };
  const { when } = entry;
  switch (when.type) {
    case 'dates':
      return { ...draft, type: 'dates', from: when.from, to: when.to ?? '' };
    case 'yearly':
      return { ...draft, type: 'yearly', month: when.month, day: when.day, days: when.days ?? 1 };
    case 'weekly':
      return { ...draft, type: 'weekly', weekdays: when.days, fromTime: when.from, toTime: when.to };
    case 'cron':
      return {
        ...draft,
        type: 'cron',
        expression: when.expression,
        durationMinutes: Math.max(1, Math.round(when.durationSeconds / 60)),
      };
    case 'span':
      return { ...draft, type: 'span', spanFrom: when.from, spanTo: when.to };
    case 'recurrence':
      return {
        ...draft,
        type: 'recurrence',
        from: when.from,
        rule: when.rule,
        at: when.at ?? '',
        days: when.days ?? 1,
        durationMinutes: when.durationSeconds ? Math.max(1, Math.round(when.durationSeconds / 60)) : 60,
        except: when.except ?? [],
        timezone: when.timezone ?? null,
      };
  }
}

export function entryOf(draft: EntryDraft): CalendarEntry {
  return {
    name: draft.name.trim(),
    ...(draft.nameAr.trim() ? { nameAr: draft.nameAr.trim() } : {}),
    kind: draft.kind,
    when: timeOf(draft),
  };
}

function timeOf(draft: EntryDraft): CalendarTime {
  switch (draft.type) {
    case 'dates':
      return { type: 'dates', from: draft.from, ...(draft.to && draft.to !== draft.from ? { to: draft.to } : {}) };
    case 'yearly':
      return {
        type: 'yearly',
        month: draft.month,
        day: draft.day,
        ...(draft.days > 1 ? { days: draft.days } : {}),
      };
    case 'weekly':
      return { type: 'weekly', days: draft.weekdays, from: draft.fromTime, to: draft.toTime };
    case 'cron':
      return { type: 'cron', expression: draft.expression.trim(), durationSeconds: draft.durationMinutes * 60 };
    case 'span':
      return { type: 'span', from: draft.spanFrom ?? '', to: draft.spanTo ?? '' };
    case 'recurrence':
      return {
        type: 'recurrence',
        from: draft.from,
        rule: draft.rule.trim(),
        ...(draft.at ? { at: draft.at, durationSeconds: draft.durationMinutes * 60 } : {}),
        ...(!draft.at && draft.days > 1 ? { days: draft.days } : {}),
        ...(draft.except.length > 0 ? { except: draft.except } : {}),
        ...(draft.timezone ? { timezone: draft.timezone } : {}),
      };
  }
}

export type EntryProblem = 'name' | 'from' | 'order' | 'weekdays' | 'expression' | 'span' | 'rule';

/** What is missing before the server is asked. */
export function entryProblem(draft: EntryDraft): EntryProblem | null {
  if (draft.name.trim() === '') return 'name';
  switch (draft.type) {
    case 'dates':
      if (!draft.from) return 'from';
      return draft.to && draft.to < draft.from ? 'order' : null;
    case 'weekly':
      return draft.weekdays.length === 0 ? 'weekdays' : null;
    case 'cron':
      return draft.expression.trim() === '' ? 'expression' : null;
    case 'span':
      if (!draft.spanFrom || !draft.spanTo) return 'span';
      return Date.parse(draft.spanTo) <= Date.parse(draft.spanFrom) ? 'order' : null;
    case 'recurrence':
      if (!draft.from) return 'from';
      return draft.rule.trim() === '' ? 'rule' : null;
    default:
      return null;
  }
}
