/** The map of the interface: which address shows which page, what its query may say, and who must be signed in. */
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { sessionQuery } from '@/api/session';
import { loadLaterWords } from '@/i18n';
import { AppLayout } from '@/layouts/AppLayout';
import { LinkButton } from '@/ui/links';
import { CrashPage, EmptyState, LoadingState } from '@/ui/states';
import { paths } from './paths';
import { queryClient } from './queryClient';
import {
  auditSearch,
  calendarSearch,
  deploymentsSearch,
  devicesSearch,
  executionSearch,
  historySearch,
  jobSearch,
  jobsSearch,
  newJobSearch,
  notificationsSearch,
  settingsSearch,
  setupSearch,
  signInSearch,
  taskFunctionsSearch,
  usersSearch,
} from './searches';

function PageMissing() {
  const { t } = useTranslation();
  return (
    <EmptyState
      title={t('state.notFoundTitle')}
      action={<LinkButton to={paths.dashboard}>{t('state.home')}</LinkButton>}
    >
      {t('state.pageMissing')}
    </EmptyState>
  );
}

/** A page beyond the first one: its styles and its words come before it. */
async function styled<T>(load: () => Promise<T>): Promise<T> {
  await Promise.all([import('@/ui/moreStyles'), loadLaterWords()]);
  return load();
}

const root = createRootRouteWithContext<{ queryClient: typeof queryClient }>()({
  component: Outlet,
  notFoundComponent: PageMissing,
  errorComponent: CrashPage,
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: paths.signIn,
  validateSearch: signInSearch,
  component: lazyRouteComponent(() => import('@/features/session/SignInPage')),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: paths.setup,
  validateSearch: setupSearch,
  component: lazyRouteComponent(() => import('@/features/session/SetupPage')),
});

const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  component: AppLayout,
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (session.user) return;
    if (session.setupRequired) throw redirect({ to: paths.setup, search: {} });
    throw redirect({ to: paths.signIn, search: location.href === '/' ? {} : { next: location.href } });
  },
});

const dashboard = createRoute({
  getParentRoute: () => app,
  path: paths.dashboard,
  component: lazyRouteComponent(() => import('@/features/dashboard/DashboardPage')),
});
const jobs = createRoute({
  getParentRoute: () => app,
  path: paths.jobs,
  validateSearch: jobsSearch,
  component: lazyRouteComponent(() => styled(() => import('@/features/jobs/JobsPage'))),
});
const newJob = createRoute({
  getParentRoute: () => app,
  path: paths.newJob,
  validateSearch: newJobSearch,
  component: lazyRouteComponent(() => styled(() => import('@/features/job-editor/NewJobPage'))),
});
const job = createRoute({
  getParentRoute: () => app,
  path: paths.job,
  validateSearch: jobSearch,
  component: lazyRouteComponent(() => styled(() => import('@/features/job/JobPage'))),
});
const editJob = createRoute({
  getParentRoute: () => app,
  path: paths.editJob,
  component: lazyRouteComponent(() => styled(() => import('@/features/job-editor/EditJobPage'))),
});
const execution = createRoute({
  getParentRoute: () => app,
  path: paths.execution,
  validateSearch: executionSearch,
  component: lazyRouteComponent(() => styled(() => import('@/features/executions/ExecutionPage'))),
});
const history = createRoute({
  getParentRoute: () => app,
  path: paths.history,
  validateSearch: historySearch,
  component: lazyRouteComponent(() => styled(() => import('@/features/history/HistoryPage'))),
});
const calendar = createRoute({
  getParentRoute: () => app,
  path: paths.calendar,
  validateSearch: calendarSearch,
  component: lazyRouteComponent(() => styled(() => import('@/features/calendar/CalendarPage'))),
});
const taskFunctions = createRoute({
  getParentRoute: () => app,
  path: paths.taskFunctions,
  validateSearch: taskFunctionsSearch,
  component: lazyRouteComponent(() => styled(() => import('@/features/catalogue/TaskFunctionsPage'))),
});
const connections = createRoute({
  getParentRoute: () => app,
  path: paths.connections,
  component: lazyRouteComponent(() => styled(() => import('@/features/connections/ConnectionsPage'))),
});
const secrets = createRoute({
  getParentRoute: () => app,
  path: paths.secrets,
  component: lazyRouteComponent(() => styled(() => import('@/features/secrets/SecretsPage'))),
});
const notifications = createRoute({
  getParentRoute: () => app,
  path: paths.notifications,
  validateSearch: notificationsSearch,
  component: lazyRouteComponent(() => styled(() => import('@/features/notifications/NotificationsPage'))),
});
const devices = createRoute({
  getParentRoute: () => app,
  path: paths.devices,
  validateSearch: devicesSearch,
  component: lazyRouteComponent(() => styled(() => import('@/features/fleet/DevicesPage'))),
});
const device = createRoute({
  getParentRoute: () => app,
  path: paths.device,
  component: lazyRouteComponent(() => styled(() => import('@/features/fleet/DevicePage'))),
});
const groups = createRoute({
  getParentRoute: () => app,
  path: paths.groups,
  component: lazyRouteComponent(() => styled(() => import('@/features/fleet/GroupsPage'))),
});
const software = createRoute({
  getParentRoute: () => app,
  path: paths.software,
  component: lazyRouteComponent(() => styled(() => import('@/features/fleet/SoftwarePage'))),
});
const files = createRoute({
  getParentRoute: () => app,
  path: paths.files,
  component: lazyRouteComponent(() => styled(() => import('@/features/fleet/FilesPage'))),
});
const businessCalendars = createRoute({
  getParentRoute: () => app,
  path: paths.businessCalendars,
  component: lazyRouteComponent(() => styled(() => import('@/features/business-calendars/CalendarsPage'))),
});
const businessCalendar = createRoute({
  getParentRoute: () => app,
  path: paths.businessCalendar,
  component: lazyRouteComponent(() => styled(() => import('@/features/business-calendars/BusinessCalendarPage'))),
});
const deployments = createRoute({
  getParentRoute: () => app,
  path: paths.deployments,
  validateSearch: deploymentsSearch,
  component: lazyRouteComponent(() => styled(() => import('@/features/fleet/DeploymentsPage'))),
});
const deployment = createRoute({
  getParentRoute: () => app,
  path: paths.deployment,
  component: lazyRouteComponent(() => styled(() => import('@/features/fleet/DeploymentPage'))),
});
const users = createRoute({
  getParentRoute: () => app,
  path: paths.users,
  validateSearch: usersSearch,
  component: lazyRouteComponent(() => styled(() => import('@/features/users/UsersPage'))),
});
const instances = createRoute({
  getParentRoute: () => app,
  path: paths.instances,
  component: lazyRouteComponent(() => styled(() => import('@/features/instances/InstancesPage'))),
});
const audit = createRoute({
  getParentRoute: () => app,
  path: paths.audit,
  validateSearch: auditSearch,
  component: lazyRouteComponent(() => styled(() => import('@/features/audit/AuditPage'))),
});
const settings = createRoute({
  getParentRoute: () => app,
  path: paths.settings,
  validateSearch: settingsSearch,
  component: lazyRouteComponent(() => styled(() => import('@/features/settings/SettingsPage'))),
});
const about = createRoute({
  getParentRoute: () => app,
  path: paths.about,
  component: lazyRouteComponent(() => styled(() => import('@/features/about/AboutPage'))),
});

// The seeds' own addresses of the jobs page.
const oldAddresses = (['/scheduler', '/dynamic-scheduler'] as const).map((path) =>
  createRoute({
    getParentRoute: () => root,
    path,
    beforeLoad: () => {
      throw redirect({ to: paths.jobs, search: {} });
    },
  }),
);

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    setup,
    ...oldAddresses,
    app.addChildren([
      dashboard,
      jobs,
      newJob,
      job,
      editJob,
      execution,
      history,
      calendar,
      taskFunctions,
      connections,
      secrets,
      notifications,
      devices,
      device,
      groups,
      deployments,
      deployment,
      software,
      files,
      businessCalendars,
      businessCalendar,
      users,
      instances,
      audit,
      settings,
      about,
    ]),
  ]),
  context: { queryClient },
  defaultPreload: 'intent',
  defaultPendingComponent: LoadingState,
  defaultErrorComponent: CrashPage,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
