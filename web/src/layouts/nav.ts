import {
  IconBell,
  IconCalendar,
  IconCalendarOff,
  IconClipboardList,
  IconDeviceDesktop,
  IconFiles,
  IconFolders,
  IconHistory,
  IconInfoCircle,
  IconKey,
  IconLayoutDashboard,
  IconListCheck,
  IconPackage,
  IconPlugConnected,
  IconPuzzle,
  IconRocket,
  IconServer2,
  IconSettings,
  IconUsers,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { paths } from '@/paths';

/** Headings of the navigation, in order; the first has none. */
export const navGroups = ['work', 'fleet', 'services', 'administration'] as const;

export interface NavEntry {
  to: (typeof paths)[keyof typeof paths];
  key:
    | 'dashboard'
    | 'jobs'
    | 'history'
    | 'calendar'
    | 'taskFunctions'
    | 'connections'
    | 'secrets'
    | 'notifications'
    | 'devices'
    | 'groups'
    | 'software'
    | 'files'
    | 'businessCalendars'
    | 'deployments'
    | 'users'
    | 'instances'
    | 'audit'
    | 'settings'
    | 'about';
  icon: ComponentType<{ size?: number; stroke?: number }>;
  /** Letter that goes there after `g`. */
  letter: string;
  group: (typeof navGroups)[number];
  adminOnly?: boolean;
}

/** A new page is its route and its line here; the shortcuts sheet and the palette read the same list. */
export const navEntries: NavEntry[] = [
  { to: paths.dashboard, key: 'dashboard', icon: IconLayoutDashboard, letter: 'd', group: 'work' },
  { to: paths.jobs, key: 'jobs', icon: IconListCheck, letter: 'j', group: 'work' },
  { to: paths.history, key: 'history', icon: IconHistory, letter: 'h', group: 'work' },
  { to: paths.calendar, key: 'calendar', icon: IconCalendar, letter: 'c', group: 'work' },
  { to: paths.taskFunctions, key: 'taskFunctions', icon: IconPuzzle, letter: 't', group: 'work' },
  { to: paths.devices, key: 'devices', icon: IconDeviceDesktop, letter: 'v', group: 'fleet' },
  { to: paths.groups, key: 'groups', icon: IconFolders, letter: 'r', group: 'fleet' },
  { to: paths.deployments, key: 'deployments', icon: IconRocket, letter: 'p', group: 'fleet' },
  { to: paths.software, key: 'software', icon: IconPackage, letter: 'w', group: 'fleet' },
  { to: paths.files, key: 'files', icon: IconFiles, letter: 'f', group: 'fleet' },
  { to: paths.connections, key: 'connections', icon: IconPlugConnected, letter: 'o', group: 'services' },
  { to: paths.secrets, key: 'secrets', icon: IconKey, letter: 'k', group: 'services' },
  { to: paths.notifications, key: 'notifications', icon: IconBell, letter: 'n', group: 'services' },
  {
    to: paths.businessCalendars,
    key: 'businessCalendars',
    icon: IconCalendarOff,
    letter: 'l',
    group: 'services',
  },
  { to: paths.users, key: 'users', icon: IconUsers, letter: 'u', group: 'administration', adminOnly: true },
  { to: paths.instances, key: 'instances', icon: IconServer2, letter: 'i', group: 'administration' },
  { to: paths.audit, key: 'audit', icon: IconClipboardList, letter: 'a', group: 'administration' },
  { to: paths.settings, key: 'settings', icon: IconSettings, letter: 's', group: 'administration' },
  { to: paths.about, key: 'about', icon: IconInfoCircle, letter: 'b', group: 'administration' },
];
