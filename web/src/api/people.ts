import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, patch, post, put, remove } from './http';
import type { AuditEvent, Page, Role, Scope, Token, User } from './model';

export function usersQuery(filter: { page?: number; perPage?: number }) {
  return queryOptions({
    queryKey: ['users', filter],
    queryFn: () => get<Page<User>>('/api/v1/users', { page: filter.page ?? 1, per_page: filter.perPage ?? 20 }),
    placeholderData: keepPreviousData,
  });
}

export interface UserInput {
  name: string;
  role: Role;
  password: string;
  displayName?: string;
  email?: string;
  grants?: string[];
}

export interface UserChange {
  displayName?: string | null;
  email?: string | null;
  role?: Role;
  grants?: string[];
  isDisabled?: boolean;
}

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ['users'] });
}

export function useCreateUser() {
  return useMutation({ mutationFn: (input: UserInput) => post<User>('/api/v1/users', input), onSuccess: useRefresh() });
}

export function useUpdateUser() {
  return useMutation({
    mutationFn: ({ id, change }: { id: number; change: UserChange }) => patch<User>(`/api/v1/users/${id}`, change),
    onSuccess: useRefresh(),
  });
}

export function useSetPassword() {
  return useMutation({
    mutationFn: ({ id, password }: { id: number; password: string }) =>
      put(`/api/v1/users/${id}/password`, { password }),
  });
}

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: () => get<{ items: Token[] }>('/api/v1/tokens'),
});

export function useCreateToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: { label: string; scope: Scope; expiresAt?: string }) =>
      post<{ secret: string; token: Token }>('/api/v1/tokens', input),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  });
}

export function useRevokeToken() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => remove(`/api/v1/tokens/${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tokens'] }),
  });
}

export function auditQuery(filter: { action?: string; entity?: string; page?: number }) {
  return queryOptions({
    queryKey: ['audit', filter],
    queryFn: () =>
      get<Page<AuditEvent>>('/api/v1/audit-events', {
        action: filter.action,
        entity: filter.entity,
        page: filter.page ?? 1,
        per_page: 25,
      }),
    placeholderData: keepPreviousData,
  });
}

export function useVerifyAudit() {
  return useMutation({ mutationFn: () => get<{ verified: number }>('/api/v1/audit-events/verify') });
}
