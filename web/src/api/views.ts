import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, post, remove } from './http';
import type { components } from './schema';

export type SavedView = components['schemas']['SavedView'];
export type ViewPage = components['schemas']['ViewPage'];

const base = '/api/v1/scheduler/views';

export function viewsQuery(page: ViewPage) {
  return queryOptions({
    queryKey: ['views', page],
    queryFn: () => get<{ items: SavedView[] }>(base, { page }),
    staleTime: 60_000,
  });
}

/** Saves a view; one's own of the same name is replaced. */
export function useSaveView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (view: components['schemas']['ViewSave']) => post<SavedView>(base, view),
    onSuccess: () => client.invalidateQueries({ queryKey: ['views'] }),
  });
}

export function useDeleteView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => remove(`${base}/${id}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['views'] }),
  });
}
