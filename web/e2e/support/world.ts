/** A small believable installation: jobs in both languages, runs of every outcome, a long log, two users. */
import { type Api, eventually, signInApi } from './api.ts';
import { buildCalendar, buildFleet, buildNotifications, buildServices, exportedRun } from './worldServices.ts';

interface JobBody {
  id: number;
}

interface RunBody {
  executionId: string;
  statusName: string;
  jobId: number;
}

export interface World {
  api: Api;
  jobs: Record<'echo' | 'script' | 'failing' | 'nightly' | 'paused' | 'weekly' | 'chained', number>;
  calendar: number;
  fleet: { device: number; deployment: number };
  runs: Record<'good' | 'bad' | 'long' | 'export', string>;
}

const longScript = [
  "printf '::group::Prepare\\n'",
  'for i in $(seq 1 40); do echo "reading part $i of 40"; done',
  "printf '::endgroup::\\n'",
  "printf '\\033[32mall parts are there\\033[0m\\n'",
  'for i in $(seq 1 3000); do echo "row $i checked, nothing to do"; done',
  "printf '\\033[33mwarning:\\033[0m 2 rows were empty\\n' >&2",
  "echo 'اكتملت المعالجة بنجاح'",
].join('\n');

export async function buildWorld(url: string): Promise<World> {
  const api = await signInApi(url);
  const create = (body: Record<string, unknown>) =>
    api.post<JobBody>('/api/v1/scheduler/jobs', body).then(({ id }) => id);
  const independent = {
    echo: await create({
      taskFunctionKey: 'echo',
      nameEn: 'Heartbeat of the shop',
      nameAr: 'نبض المتجر',
      descriptionEn: 'Says that all is well',
      descriptionAr: 'يخبر أن كل شيء على ما يرام',
      intervalMinutes: 5,
      parameters: { message: 'all is well' },
      tags: ['shop', 'watch'],
      timezone: 'Europe/Prague',
    }),
    script: await create({
      taskFunctionKey: 'script',
      nameEn: 'Import of the price lists',
      nameAr: 'استيراد قوائم الأسعار',
      cronExpression: '15 2 * * 1-5',
      timezone: 'Africa/Cairo',
      parameters: { script: longScript },
      tags: ['import'],
      priority: 7,
    }),
    failing: await create({
      taskFunctionKey: 'script',
      nameEn: 'Synchronise the warehouse',
      nameAr: 'مزامنة المستودع',
      intervalHours: 1,
      parameters: { script: "echo 'connecting to the warehouse'\necho 'connection refused' >&2\nexit 69" },
      tags: ['shop'],
    }),
    nightly: await create({
      taskFunctionKey: 'history_cleanup',
      nameEn: 'Nightly clean-up of the history',
      nameAr: 'تنظيف السجل الليلي',
      recurrence: { kind: 'daily', times: ['02:30'] },
      timezone: 'Europe/Prague',
      isPrimary: true,
    }),
    paused: await create({
      taskFunctionKey: 'echo',
      nameEn: 'Newsletter for subscribers',
      nameAr: 'نشرة المشتركين',
      recurrence: { kind: 'weekly', times: ['10:00'], daysOfWeek: ['thursday'] },
      timezone: 'Asia/Riyadh',
    }),
    weekly: await create({
      taskFunctionKey: 'echo',
      nameEn: 'Monthly report to the owners',
      nameAr: 'التقرير الشهري للمالكين',
      recurrence: { kind: 'monthly', times: ['08:00'], daysOfMonth: [1, -1] },
      isEnabled: false,
    }),
  };
  const chained = await create({
    taskFunctionKey: 'echo',
    nameEn: 'Prices on the shelves',
    nameAr: 'الأسعار على الرفوف',
    manual: true,
    after: {
      parents: [
        { jobId: independent.script, on: 'success', alias: 'import' },
        { jobId: independent.failing, on: 'completion' },
      ],
      withinSeconds: 86_400,
    },
  });
  await create({
    taskFunctionKey: 'echo',
    nameEn: 'Call the people on duty',
    nameAr: 'الاتصال بالمناوبين',
    manual: true,
    after: { parents: [{ jobId: chained, on: 'failure' }] },
  });
  const jobs = { ...independent, chained };
  await api.post(`/api/v1/scheduler/jobs/${jobs.paused}/action`, { action: 'pause', reason: 'The editor is on leave' });
  await api.post('/api/v1/users', {
    name: 'amira',
    displayName: 'أميرة',
    role: 'user',
    password: 'amira has a long password',
    grants: ['script'],
  });
  await api.post('/api/v1/users', { name: 'jonas', role: 'viewer', password: 'jonas has a long password' });

  await buildServices(api);
  await buildNotifications(api);
  const run = async (id: number) => {
    const { executionId } = await api.post<{ executionId: string }>(`/api/v1/scheduler/jobs/${id}/action`, {
      action: 'trigger',
    });
    await eventually(
      () => api.get<RunBody>(`/api/v1/scheduler/executions/${executionId}`),
      ({ statusName }) => statusName !== 'pending' && statusName !== 'running',
      `run of job ${id}`,
    );
    return executionId;
  };
  for (let round = 0; round < 4; round += 1) await run(jobs.echo);
  const bad = await run(jobs.failing);
  await run(jobs.failing);
  const long = await run(jobs.script);
  const good = await run(jobs.echo);
  const calendar = await buildCalendar(api);
  const fleet = await buildFleet(url, api);
  return { api, jobs, calendar, fleet, runs: { good, bad, long, export: await exportedRun(api) } };
}
