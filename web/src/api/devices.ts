import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, patch, post, put, remove } from './http';
import type {
  Device,
  DeviceChange,
  DeviceOrder,
  DeviceOutput,
  Enrollment,
  EnrollmentInput,
  MaintenanceInput,
} from './model';

export interface DeviceFilter {
  q?: string;
  status?: string;
  tag?: string;
  page?: number;
  perPage?: number;
}

interface List<T> {
  items: T[];
  total: number;
}

const base = '/api/v1/devices';
const lookAgain = 30_000;

export function devicesQuery(filter: DeviceFilter) {
  return queryOptions({
    queryKey: ['devices', 'list', filter],
    queryFn: () =>
      get<List<Device> & { page: number; perPage: number }>(base, {
        search: filter.q,
        status: filter.status,
        tag: filter.tag,
        page: filter.page ?? 1,
        per_page: filter.perPage ?? 20,
      }),
    placeholderData: keepPreviousData,
    // The stream tells who comes and goes; what another instance of the server sees is found by looking.
    refetchInterval: lookAgain,
  });
}

export function deviceQuery(id: number) {
  return queryOptions({
    queryKey: ['devices', id],
    queryFn: () => get<Device>(`${base}/${id}`),
    refetchInterval: lookAgain,
  });
}

export function deviceOrdersQuery(id: number) {
  return queryOptions({
    queryKey: ['devices', id, 'orders'],
    queryFn: () => get<List<DeviceOrder>>(`${base}/${id}/orders`),
    refetchInterval: 5_000,
  });
}

/** What each device did for an execution. */
export function executionDevicesQuery(execution: string, live: boolean) {
  return queryOptions({
    queryKey: ['execution', execution, 'devices'],
    queryFn: () => get<List<DeviceOrder>>(`/api/v1/scheduler/executions/${execution}/devices`),
    refetchInterval: live ? 1_500 : false,
  });
}

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ['devices'] });
}

export function useEnroll() {
  return useMutation({
    mutationFn: (input: EnrollmentInput) => post<Enrollment>(`${base}/enrollment-tokens`, input),
  });
}

export function useUpdateDevice() {
  return useMutation({
    mutationFn: ({ id, change }: { id: number; change: DeviceChange }) => patch<Device>(`${base}/${id}`, change),
    onSuccess: useRefresh(),
  });
}

export type DeviceAction = 'revoke' | 'suspend' | 'resume';

export function useDeviceAction() {
  return useMutation({
    mutationFn: ({ id, action }: { id: number; action: DeviceAction }) => post<Device>(`${base}/${id}/${action}`),
    onSuccess: useRefresh(),
  });
}

/** Begins maintenance, or with null ends it. */
export function useSetMaintenance() {
  return useMutation({
    mutationFn: ({ id, maintenance }: { id: number; maintenance: MaintenanceInput | null }) =>
      maintenance ? put<Device>(`${base}/${id}/maintenance`, maintenance) : remove<Device>(`${base}/${id}/maintenance`),
    onSuccess: useRefresh(),
  });
}

/** What a device wrote, after a piece. */
export function deviceOutput(execution: string, device: number, after: number): Promise<DeviceOutput> {
  return get<DeviceOutput>(`/api/v1/scheduler/executions/${execution}/devices/${device}/output`, { after });
}

export function useDeleteDevice() {
  return useMutation({ mutationFn: (id: number) => remove(`${base}/${id}`), onSuccess: useRefresh() });
}
