import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, post } from './http';
import type { Deployment, DeploymentDetail, DeploymentInput, Page } from './model';

const base = '/api/v1/deployments';

export interface DeploymentFilter {
  q?: string;
  kind?: string;
  status?: string;
  page?: number;
}

export function deploymentsQuery(filter: DeploymentFilter) {
  return queryOptions({
    queryKey: ['deployments', 'list', filter],
    queryFn: () =>
      get<Page<Deployment>>(base, {
        search: filter.q,
        kind: filter.kind,
        status: filter.status,
        page: filter.page ?? 1,
        per_page: 20,
      }),
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });
}

export function isUnderWay({ status }: Pick<Deployment, 'status'>): boolean {
  return status === 'pending' || status === 'in_progress';
}

export function deploymentQuery(id: number) {
  return queryOptions({
    queryKey: ['deployments', id],
    queryFn: () => get<DeploymentDetail>(`${base}/${id}`),
    refetchInterval: ({ state }) => (state.data && !isUnderWay(state.data) ? false : 1_500),
  });
}

function useRefresh() {
  const client = useQueryClient();
  return () => {
    for (const key of ['deployments', 'devices', 'history', 'jobs']) void client.invalidateQueries({ queryKey: [key] });
  };
}

export function useDeploy() {
  return useMutation({
    mutationFn: (input: DeploymentInput) => post<Deployment>(base, input),
    onSuccess: useRefresh(),
  });
}

export function useRetryDeployment() {
  return useMutation({ mutationFn: (id: number) => post<Deployment>(`${base}/${id}/retry`), onSuccess: useRefresh() });
}

export function useCancelDeployment() {
  return useMutation({ mutationFn: (id: number) => post<Deployment>(`${base}/${id}/cancel`), onSuccess: useRefresh() });
}
