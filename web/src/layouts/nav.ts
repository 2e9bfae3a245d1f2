import {
  IconCalendar,
  IconClipboardList,
  IconHistory,
  IconInfoCircle,
  IconLayoutDashboard,
  IconListCheck,
  IconPuzzle,
  IconServer2,
  IconSettings,
  IconUsers,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { paths } from '@/paths';

export interface NavEntry {
  to: (typeof paths)[keyof typeof paths];
  key:
    | 'dashboard'
    | 'jobs'
    | 'history'
    | 'calendar'
    | 'taskFunctions'
    | 'users'
    | 'instances'
    | 'audit'
    | 'settings'
    | 'about';
  icon: ComponentType<{ size?: number; stroke?: number }>;
  /** Letter that goes there after `g`. */
  letter: string;
  group: 'work' | 'administration';
  adminOnly?: boolean;
}

/** A new page is its route and its line here; the shortcuts sheet and the palette read the same list. */
export const navEntries: NavEntry[] = [
  { to: paths.dashboard, key: 'dashboard', icon: IconLayoutDashboard, letter: 'd', group: 'work' },
  { to: paths.jobs, key: 'jobs', icon: IconListCheck, letter: 'j', group: 'work' },
  { to: paths.history, key: 'history', icon: IconHistory, letter: 'h', group: 'work' },
  { to: paths.calendar, key: 'calendar', icon: IconCalendar, letter: 'c', group: 'work' },
  { to: paths.taskFunctions, key: 'taskFunctions', icon: IconPuzzle, letter: 't', group: 'work' },
  { to: paths.users, key: 'users', icon: IconUsers, letter: 'u', group: 'administration', adminOnly: true },
  { to: paths.instances, key: 'instances', icon: IconServer2, letter: 'i', group: 'administration' },
  { to: paths.audit, key: 'audit', icon: IconClipboardList, letter: 'a', group: 'administration' },
  { to: paths.settings, key: 'settings', icon: IconSettings, letter: 's', group: 'administration' },
  { to: paths.about, key: 'about', icon: IconInfoCircle, letter: 'b', group: 'administration' },
];
