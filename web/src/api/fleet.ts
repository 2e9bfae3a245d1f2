/** Groups, software and files: what devices are gathered into and what is brought onto them. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, patch, post, remove } from './http';
import type {
  FileChange,
  FleetFile,
  Group,
  GroupChange,
  GroupInput,
  GroupMembers,
  Software,
  SoftwareChange,
  SoftwareInput,
} from './model';

interface List<T> {
  items: T[];
  total: number;
}

export const groupsQuery = queryOptions({ queryKey: ['groups'], queryFn: () => get<List<Group>>('/api/v1/groups') });

export function groupDevicesQuery(id: number) {
  return queryOptions({
    queryKey: ['groups', id, 'devices'],
    queryFn: () => get<GroupMembers>(`/api/v1/groups/${id}/devices`),
  });
}

/** Whom a rule would match, before it is saved. */
export function groupPreviewQuery(rule: unknown) {
  return queryOptions({
    queryKey: ['groups', 'preview', rule],
    queryFn: () => post<GroupMembers>('/api/v1/groups/preview', { rule }),
    enabled: rule !== null,
    placeholderData: keepPreviousData,
    staleTime: 0,
    retry: false,
  });
}

export const softwareQuery = queryOptions({
  queryKey: ['software'],
  queryFn: () => get<List<Software>>('/api/v1/software'),
});

export const filesQuery = queryOptions({
  queryKey: ['files'],
  queryFn: () => get<List<FleetFile> & { usedBytes: number; quotaBytes: number }>('/api/v1/files'),
});

export function fileContentUrl(id: number): string {
  return `/api/v1/files/${id}/content`;
}

function useRefresh(key: 'groups' | 'software' | 'files') {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: [key] });
}

export function useCreateGroup() {
  return useMutation({
    mutationFn: (input: GroupInput) => post<Group>('/api/v1/groups', input),
    onSuccess: useRefresh('groups'),
  });
}

export function useUpdateGroup() {
  return useMutation({
    mutationFn: ({ id, change }: { id: number; change: GroupChange }) => patch<Group>(`/api/v1/groups/${id}`, change),
    onSuccess: useRefresh('groups'),
  });
}

export function useDeleteGroup() {
  return useMutation({ mutationFn: (id: number) => remove(`/api/v1/groups/${id}`), onSuccess: useRefresh('groups') });
}

export function useCreateSoftware() {
  return useMutation({
    mutationFn: (input: SoftwareInput) => post<Software>('/api/v1/software', input),
    onSuccess: useRefresh('software'),
  });
}

export function useUpdateSoftware() {
  return useMutation({
    mutationFn: ({ id, change }: { id: number; change: SoftwareChange }) =>
      patch<Software>(`/api/v1/software/${id}`, change),
    onSuccess: useRefresh('software'),
  });
}

export function useDeleteSoftware() {
  return useMutation({
    mutationFn: (id: number) => remove(`/api/v1/software/${id}`),
    onSuccess: useRefresh('software'),
  });
}

export function useUpdateFile() {
  return useMutation({
    mutationFn: ({ id, change }: { id: number; change: FileChange }) => patch<FleetFile>(`/api/v1/files/${id}`, change),
    onSuccess: useRefresh('files'),
  });
}

export function useDeleteFile() {
  return useMutation({ mutationFn: (id: number) => remove(`/api/v1/files/${id}`), onSuccess: useRefresh('files') });
}
