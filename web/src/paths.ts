/** Every address of the interface. A page links through these, so a renamed route is found by the compiler. */
export const paths = {
  dashboard: '/',
  signIn: '/sign-in',
  setup: '/setup',
  jobs: '/jobs',
  newJob: '/jobs/new',
  job: '/jobs/$jobId',
  editJob: '/jobs/$jobId/edit',
  execution: '/executions/$executionId',
  history: '/history',
  calendar: '/calendar',
  taskFunctions: '/task-functions',
  connections: '/connections',
  secrets: '/secrets',
  notifications: '/notifications',
  devices: '/devices',
  device: '/devices/$deviceId',
  groups: '/groups',
  deployments: '/deployments',
  deployment: '/deployments/$deploymentId',
  software: '/software',
  files: '/files',
  businessCalendars: '/calendars',
  businessCalendar: '/calendars/$calendarId',
  users: '/users',
  instances: '/instances',
  audit: '/audit',
  settings: '/settings',
  about: '/about',
} as const;

/** The address of a path with its variables filled in. */
export function addressOf(path: string, params: Record<string, string>): string {
  return path.replace(/\$(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}
