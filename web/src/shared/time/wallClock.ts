/** Wall-clock arithmetic in a named zone with nothing but Intl: for the calendar, pickers and day boundaries. */

export interface WallClock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formats.set(timeZone, format);
  }
  return format;
}

export function wallClockAt(instant: number, timeZone: string): WallClock {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatFor(timeZone).formatToParts(instant)) parts[type] = Number(value);
  return {
    year: parts.year ?? 1970,
    month: parts.month ?? 1,
    day: parts.day ?? 1,
    hour: parts.hour ?? 0,
    minute: parts.minute ?? 0,
    second: parts.second ?? 0,
  };
}

function asUtc({ year, month, day, hour, minute, second }: WallClock): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The instant a wall clock shows this reading; in a gap the first instant after it, in an overlap the first pass. */
export function instantOf(wall: WallClock, timeZone: string): number {
  const naive = asUtc(wall);
  const offsetAt = (instant: number) => asUtc(wallClockAt(instant, timeZone)) - Math.floor(instant / 1000) * 1000;
  const early = naive - offsetAt(naive - 86_400_000);
  const late = naive - offsetAt(naive + 86_400_000);
  const matches = [early, late].filter((instant) => asUtc(wallClockAt(instant, timeZone)) === naive);
  if (matches.length > 0) return Math.min(...matches);
  return firstInstantAfter(naive, Math.min(early, late), Math.max(early, late), timeZone);
}

function firstInstantAfter(naive: number, low: number, high: number, timeZone: string): number {
  let before = low;
  let after = high;
  while (after - before > 1000) {
    const middle = Math.floor((before + after) / 2000) * 1000;
    if (asUtc(wallClockAt(middle, timeZone)) >= naive) after = middle;
    else before = middle;
  }
  return after;
}

/** `YYYY-MM-DD HH:mm:ss` as the date pickers write it. */
export function parseWallClock(text: string): WallClock | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(text.trim());
  if (!match) return null;
  const [, year, month, day, hour = '0', minute = '0', second = '0'] = match;
  return {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
  };
}

export function formatWallClock({ year, month, day, hour, minute, second }: WallClock): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}`;
}

export function dayKey(wall: Pick<WallClock, 'year' | 'month' | 'day'>): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${wall.year}-${two(wall.month)}-${two(wall.day)}`;
}

export function startOfDay(instant: number, timeZone: string): number {
  return instantOf({ ...wallClockAt(instant, timeZone), hour: 0, minute: 0, second: 0 }, timeZone);
}

/** Calendar arithmetic on the date alone, free of zones. */
export function addDays(wall: WallClock, days: number): WallClock {
  const moved = new Date(asUtc(wall) + days * 86_400_000);
  return {
    ...wall,
    year: moved.getUTCFullYear(),
    month: moved.getUTCMonth() + 1,
    day: moved.getUTCDate(),
  };
}

/** 0 = Sunday. */
export function weekdayOf(wall: WallClock): number {
  return new Date(asUtc(wall)).getUTCDay();
}
