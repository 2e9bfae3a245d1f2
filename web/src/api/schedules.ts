import { queryOptions } from '@tanstack/react-query';
import { post } from './http';
import type { Preview, PreviewRequest } from './model';

/** The server puts a schedule into words and reckons its next runs; the browser has no second opinion. */
export function previewQuery(request: PreviewRequest | null) {
  return queryOptions({
    queryKey: ['preview', request],
    queryFn: () => post<Preview>('/api/v1/scheduler/schedules/preview', request),
    enabled: request !== null,
    retry: false,
    staleTime: 30_000,
  });
}
