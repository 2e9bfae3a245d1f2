/** The handful of cron expressions that have a plain choice behind them, both ways. Everything else is "custom" and stays text. */

export type SimpleKind = 'minutes' | 'hourly' | 'daily' | 'weekdays' | 'weekly' | 'monthly';

export interface SimpleCron {
  kind: SimpleKind;
  /** For `minutes`: every so many. */
  every: number;
  minute: number;
  hour: number;
  /** 0 = Sunday. */
  dayOfWeek: number;
  dayOfMonth: number;
}

export const simpleDefaults: SimpleCron = { kind: 'daily', every: 15, minute: 0, hour: 9, dayOfWeek: 1, dayOfMonth: 1 };
/** Steps that divide an hour evenly; others would leave a short gap at its end. */
export const evenSteps = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];

export function formatSimple(cron: SimpleCron): string {
  const { kind, every, minute, hour, dayOfWeek, dayOfMonth } = cron;
  switch (kind) {
    case 'minutes':
      return every === 1 ? '* * * * *' : `*/${every} * * * *`;
    case 'hourly':
      return `${minute} * * * *`;
    case 'daily':
      return `${minute} ${hour} * * *`;
    case 'weekdays':
      return `${minute} ${hour} * * 1-5`;
    case 'weekly':
      return `${minute} ${hour} * * ${dayOfWeek}`;
    case 'monthly':
      return `${minute} ${hour} ${dayOfMonth} * *`;
  }
}

const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

function numberIn(text: string, low: number, high: number): number | null {
  if (!/^\d{1,2}$/.test(text)) return null;
  const value = Number(text);
  return value >= low && value <= high ? value : null;
}

function weekday(text: string): number | null {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named;
  const value = numberIn(text, 0, 7);
  return value === null ? null : value % 7;
}

/** The choice behind an expression, or null when there is none. */
export function parseSimple(expression: string): SimpleCron | null {
  const words: Record<string, string> = {
    '@hourly': '0 * * * *',
    '@daily': '0 0 * * *',
    '@midnight': '0 0 * * *',
    '@weekly': '0 0 * * 0',
    '@monthly': '0 0 1 * *',
  };
  const text = expression.trim().replace(/\s+/g, ' ');
  const fields = (words[text.toLowerCase()] ?? text).split(' ');
  if (fields.length !== 5) return null;
  const [minuteText = '', hourText = '', dayText = '', monthText = '', weekText = ''] = fields;
  if (monthText !== '*') return null;
  const open = (field: string) => field === '*' || field === '?';

  if (hourText === '*' && open(dayText) && open(weekText)) {
    if (minuteText === '*') return { ...simpleDefaults, kind: 'minutes', every: 1 };
    const step = /^(?:\*|0)\/(\d{1,2})$/.exec(minuteText)?.[1];
    if (step && evenSteps.includes(Number(step))) return { ...simpleDefaults, kind: 'minutes', every: Number(step) };
    const minute = numberIn(minuteText, 0, 59);
    return minute === null ? null : { ...simpleDefaults, kind: 'hourly', minute };
  }
  const minute = numberIn(minuteText, 0, 59);
  const hour = numberIn(hourText, 0, 23);
  if (minute === null || hour === null) return null;
  const base = { ...simpleDefaults, minute, hour };
  if (open(dayText) && open(weekText)) return { ...base, kind: 'daily' };
  if (open(dayText) && /^(1-5|mon-fri)$/i.test(weekText)) return { ...base, kind: 'weekdays' };
  if (open(dayText)) {
    const dayOfWeek = weekday(weekText);
    return dayOfWeek === null ? null : { ...base, kind: 'weekly', dayOfWeek };
  }
  const dayOfMonth = numberIn(dayText, 1, 31);
  return open(weekText) && dayOfMonth !== null ? { ...base, kind: 'monthly', dayOfMonth } : null;
}
