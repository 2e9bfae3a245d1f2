import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { get, patch, post, remove } from './http';
import type {
  Connection,
  ConnectionChange,
  ConnectionInput,
  ConnectionKind,
  ConnectionTables,
  ConnectionTest,
} from './model';

export const connectionsQuery = queryOptions({
  queryKey: ['connections'],
  queryFn: () => get<{ items: Connection[]; total: number }>('/api/v1/connections'),
});

/** With what uses each: for their own page, not for choosing one. */
export const connectionUsesQuery = queryOptions({
  queryKey: ['connections', 'uses'],
  queryFn: () => get<{ items: Connection[]; total: number }>('/api/v1/connections', { with_uses: true }),
});

export const connectionKindsQuery = queryOptions({
  queryKey: ['connection-kinds'],
  queryFn: () => get<ConnectionKind[]>('/api/v1/connection-kinds'),
  staleTime: 10 * 60_000,
});

/** Kinds whose connections have tables. */
export const databaseKinds = ['sqlite', 'postgres', 'mysql'];

/** Tables that jobs may touch through a connection; asked from its database, so only when somebody wants to choose. */
export function connectionTablesQuery(id: number | undefined) {
  return queryOptions({
    queryKey: ['connections', id, 'tables'],
    queryFn: () => get<ConnectionTables>(`/api/v1/connections/${id}/tables`),
    enabled: id !== undefined,
    staleTime: 60_000,
  });
}

export function useConnectionKinds() {
  const query = useQuery(connectionKindsQuery);
  return { list: query.data ?? [], find: (key: string) => query.data?.find((kind) => kind.key === key), query };
}

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ['connections'] });
}

export function useCreateConnection() {
  return useMutation({
    mutationFn: (input: ConnectionInput) => post<Connection>('/api/v1/connections', input),
    onSuccess: useRefresh(),
  });
}

export function useUpdateConnection() {
  return useMutation({
    mutationFn: ({ id, change }: { id: number; change: ConnectionChange }) =>
      patch<Connection>(`/api/v1/connections/${id}`, change),
    onSuccess: useRefresh(),
  });
}

export function useDeleteConnection() {
  return useMutation({
    mutationFn: ({ id, force }: { id: number; force: boolean }) =>
      remove(`/api/v1/connections/${id}`, { force: force || undefined }),
    onSettled: useRefresh(),
  });
}

export function useTestConnection() {
  return useMutation({ mutationFn: (id: number) => post<ConnectionTest>(`/api/v1/connections/${id}/test`) });
}
