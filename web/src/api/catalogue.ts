import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useLocalized } from '@/shared/format/useFormat';
import { get } from './http';
import type { TaskFunction } from './model';

export const taskFunctionsQuery = queryOptions({
  queryKey: ['task-functions'],
  queryFn: () => get<TaskFunction[]>('/api/v1/scheduler/task-functions'),
  staleTime: 10 * 60_000,
});

/** Finds a task function and its name in the viewer's language by key. */
export function useTaskFunctions() {
  const query = useQuery(taskFunctionsQuery);
  const localized = useLocalized();
  const lookups = useMemo(() => {
    const byKey = new Map(query.data?.map((task) => [task.key, task]));
    return {
      list: query.data ?? [],
      find: (key: string) => byKey.get(key),
      name: (key: string) => {
        const task = byKey.get(key);
        return task ? localized({ en: task.nameEn, ar: task.nameAr }) : key;
      },
    };
  }, [query.data, localized]);
  return { ...lookups, query };
}
