import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, patch, post, remove } from './http';
import type { Secret, SecretChange, SecretInput, SecretKeyRotated, SecretKeyState } from './model';

export const secretsQuery = queryOptions({
  queryKey: ['secrets'],
  queryFn: () => get<{ items: Secret[]; total: number }>('/api/v1/secrets'),
});

/** With what refers to each: for their own page, not for choosing one. */
export const secretUsesQuery = queryOptions({
  queryKey: ['secrets', 'uses'],
  queryFn: () => get<{ items: Secret[]; total: number }>('/api/v1/secrets', { with_uses: true }),
});

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ['secrets'] });
}

export function useCreateSecret() {
  return useMutation({
    mutationFn: (input: SecretInput) => post<Secret>('/api/v1/secrets', input),
    onSuccess: useRefresh(),
  });
}

export function useUpdateSecret() {
  return useMutation({
    mutationFn: ({ id, change }: { id: number; change: SecretChange }) =>
      patch<Secret>(`/api/v1/secrets/${id}`, change),
    onSuccess: useRefresh(),
  });
}

export function useDeleteSecret() {
  return useMutation({
    mutationFn: ({ id, force }: { id: number; force: boolean }) =>
      remove(`/api/v1/secrets/${id}`, { force: force || undefined }),
    onSettled: useRefresh(),
  });
}

/** The key that secrets are encrypted under; for administrators. */
export const secretKeyQuery = queryOptions({
  queryKey: ['secret-key'],
  queryFn: () => get<SecretKeyState>('/api/v1/secret-key'),
});

export function useRotateSecretKey() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => post<SecretKeyRotated>('/api/v1/secret-key/rotate'),
    onSettled: () => client.invalidateQueries({ queryKey: ['secret-key'] }),
  });
}
