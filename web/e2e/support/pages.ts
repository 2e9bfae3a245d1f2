/** Every page of the interface with a name for its picture. */
import type { World } from './world.ts';

export interface Visit {
  name: string;
  path: string;
  anonymous?: boolean;
}

export function visits(world: World): Visit[] {
  return [
    { name: 'sign-in', path: '/sign-in', anonymous: true },
    { name: 'dashboard', path: '/' },
    { name: 'jobs', path: '/jobs' },
    { name: 'new-job', path: '/jobs/new' },
    { name: 'new-job-parameters', path: '/jobs/new?task=script' },
    { name: 'job', path: `/jobs/${world.jobs.failing}` },
    { name: 'job-ledger', path: `/jobs/${world.jobs.failing}?tab=ledger` },
    { name: 'job-chain', path: `/jobs/${world.jobs.chained}?tab=chain` },
    { name: 'job-settings', path: `/jobs/${world.jobs.script}?tab=settings` },
    { name: 'job-versions', path: `/jobs/${world.jobs.echo}?tab=versions` },
    { name: 'job-paused', path: `/jobs/${world.jobs.paused}` },
    { name: 'edit-job', path: `/jobs/${world.jobs.script}/edit` },
    { name: 'edit-job-chained', path: `/jobs/${world.jobs.chained}/edit` },
    { name: 'execution', path: `/executions/${world.runs.long}` },
    { name: 'execution-failed', path: `/executions/${world.runs.bad}` },
    { name: 'execution-files', path: `/executions/${world.runs.export}` },
    { name: 'history', path: '/history' },
    { name: 'calendar', path: '/calendar' },
    { name: 'task-functions', path: '/task-functions' },
    { name: 'task-function', path: '/task-functions?key=script' },
    { name: 'connections', path: '/connections' },
    { name: 'secrets', path: '/secrets' },
    { name: 'notifications', path: '/notifications' },
    { name: 'channels', path: '/notifications?tab=channels' },
    { name: 'deliveries', path: '/notifications?tab=deliveries' },
    { name: 'business-calendars', path: '/calendars' },
    { name: 'business-calendar', path: `/calendars/${world.calendar}` },
    { name: 'new-job-pickers', path: '/jobs/new?task=data_export' },
    { name: 'devices', path: '/devices' },
    { name: 'device', path: `/devices/${world.fleet.device}` },
    { name: 'groups', path: '/groups' },
    { name: 'deployments', path: '/deployments' },
    { name: 'deployment', path: `/deployments/${world.fleet.deployment}` },
    { name: 'software', path: '/software' },
    { name: 'files', path: '/files' },
    { name: 'new-job-command', path: '/jobs/new?task=command' },
    { name: 'users', path: '/users' },
    { name: 'instances', path: '/instances' },
    { name: 'audit', path: '/audit' },
    { name: 'settings', path: '/settings' },
    { name: 'tokens', path: '/settings?tab=tokens' },
    { name: 'about', path: '/about' },
    { name: 'not-found', path: '/jobs/999999' },
  ];
}
