import { queryOptions } from '@tanstack/react-query';
import { get } from './http';
import type { ExecutionStatus } from './model';
import { isProblem } from './problem';

const base = '/api/v1/scheduler/stats';

/** Statistics are an extra: a server without them leaves its part of a page out instead of breaking it. */
async function orNothing<T>(request: Promise<T>): Promise<T | null> {
  try {
    return await request;
  } catch (error) {
    if (isProblem(error, 404) || isProblem(error, 405)) return null;
    throw error;
  }
}

export interface FailureGroup {
  cause: string;
  count: number;
  lastAt: string;
  executionId: string;
  jobId: number;
  jobName: string;
  jobNameAr?: string | null;
  message?: string | null;
}

export interface DashboardNumbers {
  totalJobs: number;
  activeJobs: number;
  runningNow: number;
  finishedToday: number;
  successToday: number;
  failedToday: number;
  missedToday: number;
  successRate: number | null;
  failures: FailureGroup[];
  upcoming: { jobId: number; jobName: string; jobNameAr?: string | null; at: string }[];
}

export function dashboardQuery(timezone: string) {
  return queryOptions({
    queryKey: ['stats', 'dashboard', timezone],
    queryFn: () => orNothing(get<DashboardNumbers>(`${base}/dashboard`, { timezone })),
    refetchInterval: 60_000,
  });
}

export interface HeatCell {
  day: string;
  hour: number;
  total: number;
  failed: number;
  missed: number;
}

export function heatmapQuery(days: number, timezone: string) {
  return queryOptions({
    queryKey: ['stats', 'heatmap', days, timezone],
    queryFn: () => orNothing(get<{ cells: HeatCell[] }>(`${base}/heatmap`, { days, timezone })),
    staleTime: 60_000,
  });
}

export interface CalendarJob {
  jobId: number;
  jobName: string;
  jobNameAr?: string | null;
  total: number;
  success: number;
  failed: number;
  missed: number;
  skipped: number;
  upcoming: number;
  firstAt?: string | null;
  lastAt?: string | null;
}

export function calendarQuery(from: string, to: string, timezone: string) {
  return queryOptions({
    queryKey: ['stats', 'calendar', from, to, timezone],
    queryFn: () =>
      orNothing(get<{ days: { day: string; jobs: CalendarJob[] }[] }>(`${base}/calendar`, { from, to, timezone })),
    staleTime: 60_000,
  });
}

export interface SparkRun {
  executionId: string;
  statusName: ExecutionStatus;
  scheduledAt: string;
  durationMs?: number | null;
}

export function sparklinesQuery(ids: number[]) {
  const sorted = [...ids].sort((a, b) => a - b);
  return queryOptions({
    queryKey: ['stats', 'sparklines', sorted],
    queryFn: () =>
      orNothing(get<{ items: { jobId: number; runs: SparkRun[] }[] }>(`${base}/sparklines`, { job_ids: sorted })),
    enabled: sorted.length > 0,
  });
}
