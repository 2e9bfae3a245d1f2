/** Numbers, dates and sizes in the viewer's language, digits and calendar. One place, so no page invents its own. */
import type { Digits, Language } from '@/shared/preferences/preferences';

export type DateStyle =
  | 'full'
  | 'dateTime'
  | 'dateTimeSeconds'
  | 'date'
  | 'dayMonth'
  | 'time'
  | 'timeSeconds'
  | 'monthYear'
  | 'weekday'
  | 'weekdayShort';

const styles: Record<DateStyle, Intl.DateTimeFormatOptions> = {
  full: {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  },
  dateTime: { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  dateTimeSeconds: {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  },
  date: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
  dayMonth: { day: 'numeric', month: 'short' },
  time: { hour: '2-digit', minute: '2-digit' },
  timeSeconds: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  monthYear: { month: 'long', year: 'numeric' },
  weekday: { weekday: 'long' },
  weekdayShort: { weekday: 'short' },
};

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

export class Formatter {
  /** BCP 47 tag with calendar and digits fixed: browsers differ in what plain `ar` means. */
  readonly locale: string;
  private readonly dates = new Map<string, Intl.DateTimeFormat>();
  private readonly numbers = new Map<string, Intl.NumberFormat>();
  private readonly relativeFormat: Intl.RelativeTimeFormat;

  constructor(
    readonly language: Language,
    readonly digits: Digits,
  ) {
    this.locale = `${language === 'ar' ? 'ar' : 'en-GB'}-u-ca-gregory-nu-${language === 'ar' ? digits : 'latn'}`;
    this.relativeFormat = new Intl.RelativeTimeFormat(this.locale, { numeric: 'auto', style: 'long' });
  }

  date(value: string | number | Date | null | undefined, style: DateStyle, timeZone: string): string {
    const at = toDate(value);
    if (!at) return '—';
    const key = `${style}|${timeZone}`;
    let format = this.dates.get(key);
    if (!format) {
      format = new Intl.DateTimeFormat(this.locale, { ...styles[style], timeZone, hourCycle: 'h23' });
      this.dates.set(key, format);
    }
    return format.format(at);
  }

  number(value: number, options: Intl.NumberFormatOptions = {}): string {
    const key = JSON.stringify(options);
    let format = this.numbers.get(key);
    if (!format) {
      format = new Intl.NumberFormat(this.locale, options);
      this.numbers.set(key, format);
    }
    return format.format(value);
  }

  /** `value` in per cent, 0 to 100. */
  percent(value: number | null | undefined): string {
    if (value === null || value === undefined || Number.isNaN(value)) return '—';
    return this.number(value / 100, { style: 'percent', maximumFractionDigits: 1 });
  }

  bytes(value: number): string {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
    let unit = 0;
    let amount = value;
    while (amount >= 1000 && unit < units.length - 1) {
      amount /= 1000;
      unit += 1;
    }
    return this.number(amount, {
      style: 'unit',
      unit: units[unit],
      unitDisplay: 'short',
      maximumFractionDigits: unit === 0 ? 0 : 1,
    });
  }

  /** A length of time in words short enough for a table: at most two units. */
  duration(milliseconds: number | null | undefined): string {
    if (milliseconds === null || milliseconds === undefined) return '—';
    const ms = Math.max(0, milliseconds);
    const unit = (amount: number, name: string, fraction = 0) =>
      this.number(amount, {
        style: 'unit',
        unit: name,
        unitDisplay: this.language === 'ar' ? 'short' : 'narrow',
        maximumFractionDigits: fraction,
      });
    if (ms < 1000) return unit(Math.round(ms), 'millisecond');
    const seconds = ms / 1000;
    if (seconds < 10) return unit(seconds, 'second', 1);
    const whole = Math.floor(seconds);
    const parts: [number, string][] = [
      [Math.floor(whole / 86_400), 'day'],
      [Math.floor(whole / 3600) % 24, 'hour'],
      [Math.floor(whole / 60) % 60, 'minute'],
      [whole % 60, 'second'],
    ];
    const first = parts.findIndex(([amount]) => amount > 0);
    return parts
      .slice(first, first + 2)
      .filter(([amount]) => amount > 0)
      .map(([amount, name]) => unit(amount, name))
      .join(' ');
  }

  /** "in 3 minutes", "yesterday". */
  relative(value: string | number | Date | null | undefined, now: number): string {
    const at = toDate(value);
    if (!at) return '—';
    const seconds = Math.round((at.getTime() - now) / 1000);
    const size = Math.abs(seconds);
    const [unit, length] = steps.find(([, length]) => size >= length) ?? ['second', 1];
    return this.relativeFormat.format(Math.trunc(seconds / length), unit);
  }

  /** Digits of a countdown, hours:minutes:seconds, always left to right. */
  countdown(milliseconds: number): string {
    const total = Math.max(0, Math.ceil(milliseconds / 1000));
    const two = (n: number) => this.number(n, { minimumIntegerDigits: 2, useGrouping: false });
    const hours = Math.floor(total / 3600);
    const rest = `${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
    return hours > 0 ? `${two(hours)}:${rest}` : rest;
  }

  list(items: string[]): string {
    return new Intl.ListFormat(this.locale, { style: 'long', type: 'conjunction' }).format(items);
  }

  /** Name of a zone with its offset at that instant, as "Africa/Cairo (UTC+3)". */
  zone(timeZone: string, at: number): string {
    return `${timeZone} (${zoneOffset(timeZone, at)})`;
  }
}

export function zoneOffset(timeZone: string, at: number): string {
  const part = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  return (part ?? 'GMT').replace('GMT', 'UTC').replace('+00:00', '');
}

export function toDate(value: string | number | Date | null | undefined): Date | null {
  if (value === null || value === undefined || value === '') return null;
  const at = value instanceof Date ? value : new Date(value);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** Keeps a name of unknown direction from reordering the sentence around it (Unicode isolates). */
export function isolate(text: string): string {
  return `\u2068${text}\u2069`;
}
