/** What the query part of each address may say. Unknown or malformed members are dropped, never shown as an error. */
import { executionStatuses } from '@/api/model';

type Raw = Record<string, unknown>;

function word(raw: Raw, name: string): string | undefined {
  const value = raw[name];
  if (typeof value === 'string' && value !== '') return value.slice(0, 500);
  return typeof value === 'number' ? String(value) : undefined;
}

function whole(raw: Raw, name: string, max = 1_000_000_000): number | undefined {
  const value = Number(raw[name]);
  return raw[name] !== undefined && raw[name] !== '' && Number.isInteger(value) && value >= 1 && value <= max
    ? value
    : undefined;
}

function flag(raw: Raw, name: string): boolean | undefined {
  const value = raw[name];
  if (value === true || value === 'true') return true;
  return value === false || value === 'false' ? false : undefined;
}

function oneOf<const T extends string>(raw: Raw, name: string, allowed: readonly T[]): T | undefined {
  return allowed.find((candidate) => candidate === raw[name]);
}

/** Drops members that say nothing, so addresses stay short. */
function compact<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

const kinds = ['interval', 'cron', 'once', 'daily', 'weekly', 'monthly', 'manual'] as const;
export const jobSorts = [
  'priority',
  '-priority',
  'name',
  '-name',
  'nextRunAt',
  '-nextRunAt',
  'createdAt',
  '-createdAt',
  'updatedAt',
  '-updatedAt',
] as const;
const triggers = ['schedule', 'manual', 'api', 'retry', 'dependency', 'rerun'] as const;

export const signInSearch = (raw: Raw) => compact({ next: word(raw, 'next'), ended: flag(raw, 'ended') });
export const setupSearch = (raw: Raw) => compact({ token: word(raw, 'token') });

export const jobsSearch = (raw: Raw) =>
  compact({
    q: word(raw, 'q'),
    status: oneOf(raw, 'status', executionStatuses),
    enabled: flag(raw, 'enabled'),
    paused: flag(raw, 'paused'),
    task: word(raw, 'task'),
    tag: word(raw, 'tag'),
    kind: oneOf(raw, 'kind', kinds),
    owner: whole(raw, 'owner'),
    sort: oneOf(raw, 'sort', jobSorts),
    page: whole(raw, 'page'),
    perPage: whole(raw, 'perPage', 100),
  });
export type JobsSearch = ReturnType<typeof jobsSearch>;

export const newJobSearch = (raw: Raw) =>
  compact({
    from: whole(raw, 'from'),
    task: word(raw, 'task'),
    name: word(raw, 'name'),
    /** Parameters to begin with, as JSON. */
    parameters: typeof raw.parameters === 'string' ? raw.parameters.slice(0, 20_000) : undefined,
  });
export const jobSearch = (raw: Raw) =>
  compact({
    tab: oneOf(raw, 'tab', ['runs', 'chain', 'ledger', 'settings', 'versions'] as const),
    page: whole(raw, 'page'),
    status: oneOf(raw, 'status', executionStatuses),
  });
export const executionSearch = (raw: Raw) =>
  compact({ q: word(raw, 'q'), line: whole(raw, 'line'), to: whole(raw, 'to') });

export const historySearch = (raw: Raw) =>
  compact({
    q: word(raw, 'q'),
    status: oneOf(raw, 'status', executionStatuses),
    job: whole(raw, 'job'),
    trigger: oneOf(raw, 'trigger', triggers),
    task: word(raw, 'task'),
    from: word(raw, 'from'),
    to: word(raw, 'to'),
    page: whole(raw, 'page'),
    perPage: whole(raw, 'perPage', 100),
  });
export type HistorySearch = ReturnType<typeof historySearch>;

export const calendarSearch = (raw: Raw) =>
  compact({ view: oneOf(raw, 'view', ['month', 'week'] as const), day: word(raw, 'day') });
export const taskFunctionsSearch = (raw: Raw) =>
  compact({ q: word(raw, 'q'), category: word(raw, 'category'), key: word(raw, 'key') });
export const usersSearch = (raw: Raw) => compact({ page: whole(raw, 'page') });
export const auditSearch = (raw: Raw) =>
  compact({ action: word(raw, 'action'), entity: word(raw, 'entity'), page: whole(raw, 'page') });
export const settingsSearch = (raw: Raw) =>
  compact({ tab: oneOf(raw, 'tab', ['profile', 'appearance', 'password', 'sessions', 'tokens', 'history'] as const) });

export const deliveryStates = ['pending', 'sending', 'sent', 'failed', 'held', 'summarized'] as const;
export const notificationsSearch = (raw: Raw) =>
  compact({
    tab: oneOf(raw, 'tab', ['rules', 'channels', 'deliveries'] as const),
    state: oneOf(raw, 'state', deliveryStates),
    job: whole(raw, 'job'),
    page: whole(raw, 'page'),
  });

export const deviceStatuses = ['online', 'offline', 'suspended', 'revoked'] as const;
export const devicesSearch = (raw: Raw) =>
  compact({
    q: word(raw, 'q'),
    status: oneOf(raw, 'status', deviceStatuses),
    tag: word(raw, 'tag'),
    page: whole(raw, 'page'),
  });
export type DevicesSearch = ReturnType<typeof devicesSearch>;

export const deploymentKinds = ['command', 'software', 'file'] as const;
export const deploymentStatuses = ['pending', 'in_progress', 'completed', 'partial', 'failed', 'cancelled'] as const;
export const deploymentsSearch = (raw: Raw) =>
  compact({
    q: word(raw, 'q'),
    kind: oneOf(raw, 'kind', deploymentKinds),
    status: oneOf(raw, 'status', deploymentStatuses),
    page: whole(raw, 'page'),
  });
export type DeploymentsSearch = ReturnType<typeof deploymentsSearch>;
