import { describe, expect, it } from 'vitest';
import type { TaskFunction } from '@/api/model';
import { changeBody, emptyForm, inputOf, resultSources, stepOf, tidyAfter, withTask } from './form';

const webhook = {
  id: 3,
  key: 'webhook',
  nameEn: 'Webhook',
  nameAr: 'خطاف ويب',
  descriptionEn: '',
  descriptionAr: '',
  category: 'general',
  categoryNameEn: '',
  categoryNameAr: '',
  icon: 'webhook',
  schema: { type: 'object', properties: { method: { enum: ['GET', 'POST'], default: 'POST' } } },
  example: {},
  defaultDelivery: 'at_most_once',
  isAllowed: true,
  isActive: true,
} as TaskFunction;

describe('job form', () => {
  it('starts the parameters of the chosen task function from its schema', () => {
    const form = withTask(emptyForm('UTC'), webhook);
    expect(form.parameters).toEqual({ method: 'POST' });
    expect(form.options.delivery).toBe('at_most_once');
  });

  it('keeps parameters when the same task function is chosen again', () => {
    const form = { ...withTask(emptyForm('UTC'), webhook), parameters: { method: 'GET' } };
    expect(withTask(form, webhook).parameters).toEqual({ method: 'GET' });
  });

  it('creates with what was filled in and leaves the rest to the server', () => {
    const input = inputOf({ ...withTask(emptyForm('Asia/Riyadh'), webhook), nameEn: ' Ping ' });
    expect(input).toMatchObject({
      taskFunctionKey: 'webhook',
      nameEn: 'Ping',
      intervalMinutes: 30,
      timezone: 'Asia/Riyadh',
    });
    expect(input).not.toHaveProperty('nameAr');
    expect(input).not.toHaveProperty('timeoutSeconds');
  });

  it('keeps "any lateness is fine" as null', () => {
    const form = emptyForm('UTC');
    expect(inputOf({ ...form, options: { ...form.options, misfireGraceTime: null } }).misfireGraceTime).toBeNull();
  });

  it('clears in an update what is empty now', () => {
    expect(changeBody(emptyForm('UTC'))).toMatchObject({
      nameEn: null,
      descriptionAr: null,
      timeoutSeconds: null,
      intervalHours: null,
      retention: null,
    });
  });

  it('knows the step of a complaint', () => {
    expect(
      ['/parameters/url', '/nameEn', '/cronExpression', '/taskFunctionId', '/retryPolicy/maxAttempts', ''].map(
        (pointer) => stepOf({ pointer }),
      ),
    ).toEqual(['parameters', 'parameters', 'schedule', 'task', 'schedule', 'review']);
  });

  it('says what it runs after, and takes it away with null', () => {
    const form = emptyForm('UTC');
    expect(inputOf(form)).not.toHaveProperty('after');
    expect(changeBody(form)).toMatchObject({ after: null });
    const parents = [
      { jobId: 7, on: 'success' as const, alias: ' export ' },
      { jobId: 8, on: 'completion' as const, alias: '' },
    ];
    const after = { parents, mode: 'all' as const, withinSeconds: 60 };
    const tidy = {
      parents: [
        { jobId: 7, on: 'success', alias: 'export' },
        { jobId: 8, on: 'completion' },
      ],
      mode: 'all',
      withinSeconds: 60,
    };
    expect(inputOf({ ...form, options: { ...form.options, after } }).after).toEqual(tidy);
    // A time has no meaning where each end makes a run of its own.
    expect(tidyAfter({ ...after, mode: 'any' })).not.toHaveProperty('withinSeconds');
    expect(tidyAfter({ parents: [] })).toBeNull();
    expect(resultSources(after).map(({ job }) => job)).toEqual(['export', 8]);
    expect(stepOf({ pointer: '/after/parents' })).toBe('schedule');
  });
});
