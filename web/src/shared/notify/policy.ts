import type { NotificationEvent, NotificationPolicy } from '@/api/model';

export const notificationEvents = [
  'failure',
  'recovery',
  'success',
  'partial',
  'missed',
  'late',
  'long_running',
  'lost',
] as const satisfies NotificationEvent[];

export function newPolicy(): NotificationPolicy {
  return { events: ['failure', 'recovery'], channels: [], afterFailures: 1, dedupeSeconds: 0 };
}

/** Leaves out limits that belong to an event that is not told. */
export function tidyPolicy(policy: NotificationPolicy): NotificationPolicy {
  const { lateSeconds, runningSeconds, remindSeconds, quietHours, recipients, ...rest } = policy;
  return {
    ...rest,
    ...(recipients && recipients.length > 0 ? { recipients } : {}),
    ...(policy.events.includes('late') && lateSeconds ? { lateSeconds } : {}),
    ...(policy.events.includes('long_running') && runningSeconds ? { runningSeconds } : {}),
    ...(remindSeconds ? { remindSeconds } : {}),
    ...(quietHours ? { quietHours } : {}),
  };
}
