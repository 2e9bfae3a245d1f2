/** What jobs reach: connections of several kinds and the secrets they refer to. */
import { startAgent } from './agent.ts';
import { type Api, eventually } from './api.ts';

export async function buildServices(api: Api): Promise<void> {
  await api.post('/api/v1/secrets', {
    name: 'shop-token',
    value: 'not shown to anybody',
    description: 'Token of the shop’s API',
    sharedWithEverybody: true,
  });
  await api.post('/api/v1/secrets', { name: 'office-mail', value: 'not shown either' });
  await api.post('/api/v1/connections', {
    name: 'shop',
    kind: 'postgres',
    description: 'Orders and prices',
    settings: { host: 'db.example.com', database: 'shop', username: 'orloj', password: 'not shown to anybody' },
    allowedTables: ['orders', 'prices'],
    readOnly: true,
    sharedWithEverybody: true,
  });
  await api.post('/api/v1/connections', {
    name: 'office-mail',
    kind: 'smtp',
    description: 'بريد المكتب',
    settings: {
      host: 'mail.example.com',
      from: 'Orloj <orloj@example.com>',
      username: 'orloj',
      password: { $secret: 'office-mail' },
    },
  });
}

/** A run that made a file. */
export async function exportedRun(api: Api): Promise<string> {
  const { id } = await api.post<{ id: number }>('/api/v1/scheduler/jobs', {
    taskFunctionKey: 'data_export',
    nameEn: 'Export of the jobs',
    nameAr: 'تصدير المهام',
    manual: true,
    parameters: { connection: 'orloj-history', table: 'job', destination: 'download' },
  });
  const { executionId } = await api.post<{ executionId: string }>(`/api/v1/scheduler/jobs/${id}/action`, {
    action: 'trigger',
  });
  await eventually(
    () => api.get<{ statusName: string }>(`/api/v1/scheduler/executions/${executionId}`),
    ({ statusName }) => statusName === 'success',
    'the export',
  );
  return executionId;
}

/** Channels and a rule; what fails from then on is told, or at least tried. */
export async function buildNotifications(api: Api): Promise<void> {
  await api.post('/api/v1/notifications/channels', {
    name: 'ops-mail',
    kind: 'mail',
    description: 'The people on duty',
    settings: { connection: 'office-mail', recipients: ['ops@example.com'] },
    language: 'ar',
    sharedWithEverybody: true,
  });
  await api.post('/api/v1/notifications/channels', {
    name: 'pager',
    kind: 'webhook',
    settings: { url: 'https://pager.example.com/hook', secret: { $secret: 'shop-token' } },
  });
  await api.post('/api/v1/notifications/rules', {
    name: 'shop-failures',
    filter: { tags: ['shop'] },
    notify: {
      events: ['failure', 'recovery', 'missed'],
      channels: ['ops-mail', 'pager'],
      remindSeconds: 86_400,
      quietHours: { timezone: 'Africa/Cairo', from: '22:00', until: '07:00' },
    },
  });
}

/** A calendar with a little of everything, and a job that follows it. */
export async function buildCalendar(api: Api): Promise<number> {
  const { id } = await api.post<{ id: number }>('/api/v1/calendars', {
    nameEn: 'Egypt',
    nameAr: 'مصر',
    description: 'Public holidays and the nights of the audit',
    timezone: 'Africa/Cairo',
    entries: [
      { name: 'Labour Day', nameAr: 'عيد العمال', kind: 'holiday', when: { type: 'yearly', month: 5, day: 1 } },
      {
        name: 'Audit nights',
        nameAr: 'ليالي التدقيق',
        kind: 'blackout',
        when: { type: 'weekly', days: ['monday', 'wednesday'], from: '22:00', to: '06:00' },
      },
    ],
    sharedWithEverybody: true,
  });
  await api.post('/api/v1/scheduler/jobs', {
    taskFunctionKey: 'echo',
    nameEn: 'Opening of the branches',
    nameAr: 'افتتاح الفروع',
    cronExpression: '0 8 * * *',
    timezone: 'Africa/Cairo',
    calendars: [{ calendarId: id, rule: 'roll_next' }],
    executionWindows: [{ days: [], from: '07:00', to: '19:00' }],
  });
  return id;
}

/** A device that came, did two things and left again; a group, a file and software of one's own. */
export async function buildFleet(url: string, api: Api): Promise<{ device: number; deployment: number }> {
  const { token } = await api.post<{ token: string }>('/api/v1/devices/enrollment-tokens', {
    name: 'workshop',
    tags: ['branch', 'linux'],
  });
  const agent = await startAgent(url, token);
  try {
    const found = await eventually(
      async () => (await api.get<{ items: { id: number; status: string }[] }>('/api/v1/devices')).items[0],
      (one) => one?.status === 'online',
      'the device',
    );
    const device = found?.id ?? 0;
    await api.post('/api/v1/groups', {
      name: 'Linux hosts',
      color: '#0f7f6e',
      rule: { all: [{ field: 'facts.os', op: 'eq', value: 'linux' }] },
      sharedWithEverybody: true,
    });
    await api.post('/api/v1/groups', { name: 'فرع القاهرة', devices: [device] });
    await api.post('/api/v1/files', { name: 'app.conf', size: 2048, description: 'Settings of the till' });
    const { id: deployment } = await api.post<{ id: number }>('/api/v1/deployments', {
      name: 'Look at the disks',
      kind: 'command',
      parameters: { commands: ['df -h /', 'exit 3'], stopOnFailure: false, targets: { devices: [device] } },
    });
    await eventually(
      () => api.get<{ status: string }>(`/api/v1/deployments/${deployment}`),
      ({ status }) => status !== 'pending' && status !== 'in_progress',
      'the deployment',
    );
    return { device, deployment };
  } finally {
    await agent.stop();
  }
}
