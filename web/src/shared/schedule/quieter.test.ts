import { expect, test } from 'vitest';
import { newDraft } from './draft';
import { isMovable, movedTo } from './quieter';

const nine = '2026-03-02T09:04:00+02:00';

test('a single time of day moves', () => {
  expect(movedTo({ ...newDraft('UTC'), mode: 'daily', times: ['09:00'] }, nine)?.times).toEqual(['09:04']);
  expect(movedTo({ ...newDraft('UTC'), mode: 'cron', cron: '0 9 * * 1-5' }, nine)?.cron).toBe('4 9 * * 1-5');
  expect(movedTo({ ...newDraft('UTC'), mode: 'cron', cron: '@daily' }, '2026-03-02T00:07:00+00:00')?.cron).toBe(
    '7 0 * * *',
  );
  expect(movedTo({ ...newDraft('UTC'), mode: 'cron', cron: '0 * * * *' }, nine)?.cron).toBe('4 * * * *');
});

test('what says several times, or none, stays', () => {
  expect(movedTo({ ...newDraft('UTC'), mode: 'daily', times: ['09:00', '15:00'] }, nine)).toBeNull();
  expect(movedTo({ ...newDraft('UTC'), mode: 'cron', cron: '0 9,15 * * *' }, nine)).toBeNull();
  expect(movedTo({ ...newDraft('UTC'), mode: 'cron', cron: '*/5 * * * *' }, nine)).toBeNull();
  expect(movedTo({ ...newDraft('UTC'), mode: 'interval' }, nine)).toBeNull();
  expect(movedTo({ ...newDraft('UTC'), mode: 'daily' }, 'nonsense')).toBeNull();
  expect(isMovable({ ...newDraft('UTC'), mode: 'once' })).toBe(false);
});
