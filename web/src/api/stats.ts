import { queryOptions } from '@tanstack/react-query';
import { get } from './http';
import type { components } from './schema';

type Schemas = components['schemas'];

export type FailureGroup = Schemas['FailureGroup'];
export type DashboardNumbers = Schemas['Dashboard'];
export type HeatCell = Schemas['HeatCell'];
export type CalendarJob = Schemas['CalendarJob'];
export type SparkRun = Schemas['SparkRun'];

const base = '/api/v1/scheduler/stats';

export function dashboardQuery(timezone: string) {
  return queryOptions({
    queryKey: ['stats', 'dashboard', timezone],
    queryFn: () => get<DashboardNumbers>(`${base}/dashboard`, { timezone }),
    refetchInterval: 60_000,
  });
}

export function heatmapQuery(days: number, timezone: string) {
  return queryOptions({
    queryKey: ['stats', 'heatmap', days, timezone],
    queryFn: () => get<Schemas['HeatMap']>(`${base}/heatmap`, { days, timezone }),
    staleTime: 60_000,
  });
}

export function calendarQuery(from: string, to: string, timezone: string) {
  return queryOptions({
    queryKey: ['stats', 'calendar', from, to, timezone],
    queryFn: () => get<Schemas['Calendar']>(`${base}/calendar`, { from, to, timezone }),
    staleTime: 60_000,
  });
}

export function sparklinesQuery(ids: number[]) {
  const sorted = [...ids].sort((a, b) => a - b);
  return queryOptions({
    queryKey: ['stats', 'sparklines', sorted],
    queryFn: () => get<Schemas['Sparklines']>(`${base}/sparklines`, { job_ids: sorted }),
    enabled: sorted.length > 0,
  });
}
