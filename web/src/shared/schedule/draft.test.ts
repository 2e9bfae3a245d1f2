import { describe, expect, it } from 'vitest';
import { changeOf, draftOf, draftProblem, fieldsOf, modes, newDraft } from './draft';

describe('schedule draft', () => {
  it('gives the API only the members of the chosen kind', () => {
    const draft = {
      ...newDraft('Africa/Cairo'),
      mode: 'weekly' as const,
      daysOfWeek: ['friday' as const],
      times: ['08:30'],
    };
    expect(fieldsOf(draft)).toEqual({
      timezone: 'Africa/Cairo',
      dst: { gap: 'run_after', overlap: 'first' },
      recurrence: { kind: 'weekly', times: ['08:30'], daysOfWeek: ['friday'] },
    });
  });

  it('comes back from a job as it was', () => {
    for (const mode of modes) {
      const draft = { ...newDraft('UTC'), mode, runAt: mode === 'once' ? '2030-01-01T00:00:00.000Z' : null };
      expect(fieldsOf(draftOf({ ...fieldsOf(draft), jobTypeName: mode }))).toEqual(fieldsOf(draft));
    }
  });

  it('says what is missing', () => {
    expect(draftProblem({ ...newDraft('UTC'), minutes: 0 })).toBe('interval');
    expect(draftProblem({ ...newDraft('UTC'), mode: 'once' })).toBe('runAt');
    expect(draftProblem({ ...newDraft('UTC'), startAt: '2030-01-02T00:00:00Z', endAt: '2030-01-01T00:00:00Z' })).toBe(
      'order',
    );
    expect(draftProblem(newDraft('UTC'))).toBeNull();
  });

  it('clears what an update would otherwise keep', () => {
    expect(changeOf({ ...newDraft('UTC'), minutes: 5 })).toMatchObject({
      intervalMinutes: 5,
      intervalHours: null,
      intervalDays: null,
      startAt: null,
      endAt: null,
    });
    expect(changeOf({ ...newDraft('UTC'), mode: 'cron' })).not.toHaveProperty('intervalMinutes');
  });

  it('keeps the six fields of an imported job until its text is edited', () => {
    const cronFields = { minute: '0', hour: '9', dayOfMonth: '*', month: '*', dayOfWeek: '*', week: '1-26' };
    const draft = draftOf({ cronFields, jobTypeName: 'cron', timezone: 'UTC' });
    expect(fieldsOf(draft).cronFields).toEqual(cronFields);
    expect(fieldsOf({ ...draft, cron: '0 9 * * *' })).not.toHaveProperty('cronFields');
  });
});
