import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, patch, post, remove } from './http';
import type {
  Channel,
  ChannelChange,
  ChannelInput,
  ChannelTest,
  Delivery,
  NotificationRule,
  NotificationRuleChange,
  NotificationRuleInput,
  Page,
} from './model';

const base = '/api/v1/notifications';

interface List<T> {
  items: T[];
  total: number;
}

export const rulesQuery = queryOptions({
  queryKey: ['notifications', 'rules'],
  queryFn: () => get<List<NotificationRule>>(`${base}/rules`),
});

export const channelsQuery = queryOptions({
  queryKey: ['notifications', 'channels'],
  queryFn: () => get<List<Channel>>(`${base}/channels`),
});

export interface DeliveryFilter {
  state?: string;
  job?: number;
  page?: number;
}

export function deliveriesQuery(filter: DeliveryFilter) {
  return queryOptions({
    queryKey: ['notifications', 'deliveries', filter],
    queryFn: () =>
      get<Page<Delivery>>(`${base}/deliveries`, {
        state: filter.state,
        job_id: filter.job,
        page: filter.page ?? 1,
        per_page: 25,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: 10_000,
  });
}

function useRefresh() {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: ['notifications'] });
}

export function useCreateRule() {
  return useMutation({
    mutationFn: (input: NotificationRuleInput) => post<NotificationRule>(`${base}/rules`, input),
    onSuccess: useRefresh(),
  });
}

export function useUpdateRule() {
  return useMutation({
    mutationFn: ({ id, change }: { id: number; change: NotificationRuleChange }) =>
      patch<NotificationRule>(`${base}/rules/${id}`, change),
    onSuccess: useRefresh(),
  });
}

export function useDeleteRule() {
  return useMutation({ mutationFn: (id: number) => remove(`${base}/rules/${id}`), onSuccess: useRefresh() });
}

export function useCreateChannel() {
  return useMutation({
    mutationFn: (input: ChannelInput) => post<Channel>(`${base}/channels`, input),
    onSuccess: useRefresh(),
  });
}

export function useUpdateChannel() {
  return useMutation({
    mutationFn: ({ id, change }: { id: number; change: ChannelChange }) =>
      patch<Channel>(`${base}/channels/${id}`, change),
    onSuccess: useRefresh(),
  });
}

export function useDeleteChannel() {
  return useMutation({ mutationFn: (id: number) => remove(`${base}/channels/${id}`), onSuccess: useRefresh() });
}

export function useTestChannel() {
  return useMutation({ mutationFn: (id: number) => post<ChannelTest>(`${base}/channels/${id}/test`) });
}

export function useRetryDelivery() {
  return useMutation({
    mutationFn: (id: number) => post<Delivery>(`${base}/deliveries/${id}/retry`),
    onSuccess: useRefresh(),
  });
}
