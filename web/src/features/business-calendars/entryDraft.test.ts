import { describe, expect, it } from 'vitest';
import type { CalendarEntry } from '@/api/model';
import { draftOfEntry, entryOf, entryProblem, newEntry } from './entryDraft';

const today = '2026-03-02';

describe('entry of a calendar', () => {
  const entries: CalendarEntry[] = [
    { name: 'Moving', kind: 'holiday', when: { type: 'dates', from: '2026-05-01', to: '2026-05-03' } },
    { name: 'Labour Day', nameAr: 'عيد العمال', kind: 'holiday', when: { type: 'yearly', month: 5, day: 1 } },
    { name: 'Fair', kind: 'holiday', when: { type: 'yearly', month: 9, day: 30, days: 3 } },
    { name: 'Night', kind: 'blackout', when: { type: 'weekly', days: ['friday'], from: '22:00', to: '06:00' } },
    { name: 'Patch', kind: 'blackout', when: { type: 'cron', expression: '0 2 * * 0', durationSeconds: 7200 } },
    {
      name: 'Audit',
      kind: 'blackout',
      when: { type: 'span', from: '2026-03-02T08:00:00Z', to: '2026-03-02T12:00:00Z' },
    },
    {
      name: 'Easter Monday',
      kind: 'holiday',
      when: { type: 'recurrence', from: '2026-04-06', rule: 'FREQ=YEARLY;BYMONTH=4;BYDAY=1MO', except: ['2027-04-05'] },
    },
    {
      name: 'Shift',
      kind: 'blackout',
      when: {
        type: 'recurrence',
        from: '2026-04-06',
        rule: 'FREQ=WEEKLY',
        at: '08:00',
        durationSeconds: 3600,
        timezone: 'Africa/Cairo',
      },
    },
  ];

  it('comes back as it was', () => {
    for (const entry of entries) expect(entryOf(draftOfEntry(entry, today))).toEqual(entry);
  });

  it('is a single day when both ends are the same', () => {
    expect(entryOf({ ...newEntry(today), name: 'One', to: today }).when).toEqual({ type: 'dates', from: today });
  });

  it('says what is missing', () => {
    const named = { ...newEntry(today), name: 'x' };
    expect(entryProblem(newEntry(today))).toBe('name');
    expect(entryProblem({ ...named, to: '2026-01-01' })).toBe('order');
    expect(entryProblem({ ...named, type: 'weekly', weekdays: [] })).toBe('weekdays');
    expect(entryProblem({ ...named, type: 'span' })).toBe('span');
    expect(
      entryProblem({ ...named, type: 'span', spanFrom: '2026-03-02T08:00:00Z', spanTo: '2026-03-02T08:00:00Z' }),
    ).toBe('order');
    expect(entryProblem({ ...named, type: 'recurrence', rule: ' ' })).toBe('rule');
    expect(entryProblem(named)).toBeNull();
  });
});
