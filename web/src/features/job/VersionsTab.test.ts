import { expect, it } from 'vitest';
import type { JobVersion } from '@/api/model';
import { restoreBody } from './VersionsTab';

it('leaves nothing of the newer version', () => {
  const definition = { taskFunctionId: 1, taskFunctionKey: 'echo', nameEn: 'Old', intervalMinutes: 5 };
  expect(restoreBody({ version: 1, at: '', by: '', definition } as unknown as JobVersion)).toMatchObject({
    nameEn: 'Old',
    intervalMinutes: 5,
    intervalHours: null,
    after: null,
    calendars: null,
    executionWindows: null,
    notifications: null,
  });
});
