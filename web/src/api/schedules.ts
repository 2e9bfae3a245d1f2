import { queryOptions } from '@tanstack/react-query';
import { post } from './http';
import type { Collisions, Preview, PreviewRequest } from './model';

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

/** What else starts in the same minutes. */
export function collisionsQuery(request: PreviewRequest | null) {
  const { count: _, ...asked } = request ?? {};
  return queryOptions({
    queryKey: ['collisions', asked],
    queryFn: () => post<Collisions>('/api/v1/scheduler/schedules/collisions', asked),
    enabled: request !== null,
    retry: false,
    staleTime: 60_000,
  });
}
