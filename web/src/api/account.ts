import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Preferences } from '@/shared/preferences/preferences';
import { get, patch, post, remove } from './http';
import type { components } from './schema';

type AccountBody = components['schemas']['Account'];

export type Account = AccountBody & {
  user: { preferences: { [K in keyof Preferences]?: unknown } };
};

export type AccountSession = components['schemas']['Session'];

export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: () => get<Account>('/api/v1/account'),
  staleTime: 5 * 60_000,
});

export const ownSessionsQuery = queryOptions({
  queryKey: ['account', 'sessions'],
  queryFn: () => get<{ items: AccountSession[] }>('/api/v1/account/sessions'),
});

/** Saves choices of appearance; the page has changed already, so a failure is not worth a message. */
export function useSaveAccount() {
  const client = useQueryClient();
  const current = useQuery({ ...accountQuery, enabled: false });
  return useMutation({
    mutationFn: (change: Partial<Preferences>) =>
      patch<Account>('/api/v1/account', { preferences: { ...current.data?.user.preferences, ...change } }),
    onSuccess: (account) => client.setQueryData(accountQuery.queryKey, account),
  });
}

export function useSaveProfile() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (change: { displayName?: string | null; email?: string | null }) =>
      patch<Account>('/api/v1/account', change),
    onSuccess: (account) => client.setQueryData(accountQuery.queryKey, account),
  });
}

export function useChangePassword() {
  return useMutation({
    mutationFn: (body: { currentPassword: string; newPassword: string }) => post('/api/v1/account/password', body),
  });
}

export function useEndSession() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => remove(`/api/v1/account/sessions/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['account', 'sessions'] }),
  });
}
