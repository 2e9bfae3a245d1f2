import type { CalendarRule, CalendarUse, ExecutionWindow, OutsideWindows } from '@/api/model';

export const calendarRules = [
  'skip',
  'only_business_days',
  'roll_previous',
  'roll_next',
] as const satisfies CalendarRule[];

/** The members of a job that keep its schedule's instants from running, or move them. */
export interface Timing {
  calendars: CalendarUse[];
  executionWindows: ExecutionWindow[];
  outsideWindows: OutsideWindows;
}

export const noTiming: Timing = { calendars: [], executionWindows: [], outsideWindows: 'skip' };

export function isLimited(timing: Timing): boolean {
  return timing.calendars.length > 0 || timing.executionWindows.length > 0;
}
