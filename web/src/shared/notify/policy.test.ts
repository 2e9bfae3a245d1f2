import { expect, it } from 'vitest';
import { newPolicy, tidyPolicy } from './policy';

it('leaves out what belongs to events that are not told', () => {
  const quietHours = { timezone: 'UTC', from: '22:00', until: '07:00', criticalPasses: true };
  expect(
    tidyPolicy({
      ...newPolicy(),
      lateSeconds: 60,
      runningSeconds: 90,
      remindSeconds: null,
      recipients: [],
      quietHours,
    }),
  ).toEqual({ ...newPolicy(), quietHours });
  expect(
    tidyPolicy({ ...newPolicy(), events: ['late', 'long_running'], lateSeconds: 60, runningSeconds: 90 }),
  ).toMatchObject({ lateSeconds: 60, runningSeconds: 90 });
});
