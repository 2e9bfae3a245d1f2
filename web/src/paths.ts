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
  users: '/users',
  instances: '/instances',
  audit: '/audit',
  settings: '/settings',
  about: '/about',
} as const;
