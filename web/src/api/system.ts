import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, post } from './http';
import type { About, SchedulerStatus } from './model';

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: () => get<SchedulerStatus>('/api/v1/scheduler/status'),
  refetchInterval: 30_000,
});

export const aboutQuery = queryOptions({
  queryKey: ['about'],
  queryFn: () => get<About>('/api/v1/about'),
  staleTime: 60_000,
});

export function useCleanup() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (retentionDays: number) =>
      post<{ deletedCount: number; message: string }>('/api/v1/scheduler/cleanup', { retentionDays }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['history'] }),
  });
}
