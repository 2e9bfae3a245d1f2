import { queryOptions, useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { get, post, remove } from './http';
import type { components } from './schema';

export type SessionUser = components['schemas']['SessionUser'];
export type Session = components['schemas']['SessionState'];

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => get<Session>('/api/v1/session'),
  staleTime: 5 * 60_000,
  retry: 1,
});

/** The signed-in person; only for pages behind the sign-in. */
export function useMe(): SessionUser {
  const { data } = useSuspenseQuery(sessionQuery);
  return data.user ?? { id: 0, name: '', role: 'viewer', scope: 'read', grants: [] };
}

export function useCanWrite(): boolean {
  return useMe().role !== 'viewer';
}

export function useSignIn() {
  return useMutation({
    mutationFn: (body: { name: string; password: string }) => post<Session>('/api/v1/session', body),
  });
}

export function useSetup() {
  return useMutation({
    mutationFn: (body: { token: string; name: string; password: string }) => post<Session>('/api/v1/setup', body),
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => remove('/api/v1/session'),
    // What one person saw must not wait in memory for the next.
    onSettled: () => client.clear(),
  });
}
