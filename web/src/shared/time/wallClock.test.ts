import { describe, expect, it } from 'vitest';
import {
  addDays,
  dayKey,
  formatWallClock,
  instantOf,
  parseWallClock,
  startOfDay,
  wallClockAt,
  weekdayOf,
} from './wallClock';

const wall = (text: string) => {
  const parsed = parseWallClock(text);
  if (!parsed) throw new Error(text);
  return parsed;
};
const iso = (text: string, zone: string) => new Date(instantOf(wall(text), zone)).toISOString();

describe('wall clock', () => {
  it('turns readings into instants and back', () => {
    expect(iso('2026-07-01 12:00:00', 'Europe/Prague')).toBe('2026-07-01T10:00:00.000Z');
    expect(iso('2026-07-01 12:00:00', 'Asia/Kolkata')).toBe('2026-07-01T06:30:00.000Z');
    for (const zone of ['UTC', 'America/St_Johns', 'Pacific/Apia', 'Australia/Lord_Howe']) {
      const instant = Date.UTC(2026, 2, 3, 4, 5, 6);
      expect(instantOf(wallClockAt(instant, zone), zone)).toBe(instant);
    }
  });

  it('takes the first instant after a gap and the first pass of an overlap', () => {
    expect(iso('2026-03-29 02:30:00', 'Europe/Prague')).toBe('2026-03-29T01:00:00.000Z');
    expect(iso('2026-10-25 02:30:00', 'Europe/Prague')).toBe('2026-10-25T00:30:00.000Z');
  });

  it('finds the start of a day that has no midnight', () => {
    const start = startOfDay(Date.UTC(2026, 3, 24, 9), 'Africa/Cairo');
    expect(formatWallClock(wallClockAt(start, 'Africa/Cairo'))).toBe('2026-04-24 01:00:00');
  });

  it('counts days and weekdays by the calendar', () => {
    expect(dayKey(addDays(wall('2026-02-28'), 1))).toBe('2026-03-01');
    expect(weekdayOf(wall('2026-11-20'))).toBe(5);
  });

  it('refuses what is not a date', () => {
    expect(parseWallClock('20.11.2026')).toBeNull();
  });
});
