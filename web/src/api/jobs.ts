import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useLocalized } from '@/shared/format/useFormat';
import { get, post, remove, send } from './http';
import type {
  ActionAnswer,
  BulkAnswer,
  BulkRequest,
  Chain,
  Fire,
  Job,
  JobAction,
  JobChange,
  JobInput,
  JobKind,
  JobVersion,
  Page,
} from './model';

export interface JobFilter {
  q?: string;
  status?: string;
  enabled?: boolean;
  paused?: boolean;
  task?: string;
  tag?: string;
  kind?: JobKind;
  owner?: number;
  sort?: string | undefined;
  page?: number;
  perPage?: number;
}

const base = '/api/v1/scheduler/jobs';

/** Columns a list can be sorted by, in the words of the addresses; a leading `-` means descending. */
const sortNames: Record<string, string> = {
  priority: 'priority',
  name: 'name',
  nextRunAt: 'next_run',
  createdAt: 'created',
  updatedAt: 'updated',
};

/** The list's filters in the words of the API. */
export function jobFilterQuery(filter: JobFilter): Record<string, unknown> {
  const sort = filter.sort ? sortNames[filter.sort.replace(/^-/, '')] : undefined;
  return {
    search: filter.q,
    last_status: filter.status,
    is_enabled: filter.enabled,
    is_paused: filter.paused,
    task_function_key: filter.task,
    tag: filter.tag,
    job_type: filter.kind,
    owner_id: filter.owner,
    sort,
    descending: sort ? filter.sort?.startsWith('-') : undefined,
  };
}

/** The same filters as a bulk request carries them. */
export function jobFilterBody(filter: JobFilter): Record<string, unknown> {
  const body = {
    search: filter.q,
    lastStatus: filter.status,
    isEnabled: filter.enabled,
    isPaused: filter.paused,
    taskFunctionKey: filter.task,
    tag: filter.tag,
    jobType: filter.kind,
    ownerId: filter.owner,
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

export function jobsQuery(filter: JobFilter) {
  return queryOptions({
    queryKey: ['jobs', 'list', filter],
    queryFn: ({ signal }) =>
      get<Page<Job>>(
        base,
        { ...jobFilterQuery(filter), page: filter.page ?? 1, per_page: filter.perPage ?? 20 },
        signal,
      ),
    placeholderData: keepPreviousData,
  });
}

/** A job with the tag that an update has to present, so that nobody overwrites what they have not seen. */
export interface TaggedJob {
  job: Job;
  etag: string | null;
}

export function jobQuery(id: number) {
  return queryOptions({
    queryKey: ['job', id],
    queryFn: async ({ signal }): Promise<TaggedJob> => {
      const { data, etag } = await send<Job>('GET', `${base}/${id}`, { signal });
      return { job: data, etag };
    },
  });
}

export function useJobName(): (job: {
  id?: number;
  jobId?: number;
  nameEn?: string | null;
  nameAr?: string | null;
  taskFunctionKey?: string | null;
}) => string {
  const localized = useLocalized();
  return useCallback(
    (job) =>
      localized({ en: job.nameEn ?? null, ar: job.nameAr ?? null }) ||
      `${job.taskFunctionKey ?? 'job'} #${job.id ?? job.jobId ?? ''}`,
    [localized],
  );
}

function useRefreshJobs() {
  const client = useQueryClient();
  return () => {
    for (const key of ['jobs', 'job', 'history', 'status', 'stats']) void client.invalidateQueries({ queryKey: [key] });
  };
}

export function useCreateJob() {
  const refresh = useRefreshJobs();
  return useMutation({ mutationFn: (input: JobInput) => post<Job>(base, input), onSuccess: refresh });
}

export function useUpdateJob(id: number) {
  const refresh = useRefreshJobs();
  return useMutation({
    mutationFn: async ({ input, etag }: { input: JobChange; etag: string | null }) =>
      (await send<Job>('PUT', `${base}/${id}`, { body: input, headers: etag ? { 'If-Match': etag } : {} })).data,
    onSuccess: refresh,
  });
}

export function useDeleteJob() {
  const refresh = useRefreshJobs();
  return useMutation({
    mutationFn: ({ id, confirmPrimary }: { id: number; confirmPrimary?: boolean }) =>
      remove(`${base}/${id}`, { confirm_primary: confirmPrimary || undefined }),
    onSuccess: refresh,
  });
}

export interface ActionRequest {
  id: number;
  action: JobAction;
  parameters?: Record<string, unknown>;
  until?: string | null;
  reason?: string | null;
  confirmPrimary?: boolean;
}

export function useJobAction() {
  const refresh = useRefreshJobs();
  return useMutation({
    mutationFn: ({ id, ...body }: ActionRequest) => post<ActionAnswer>(`${base}/${id}/action`, body),
    onSuccess: refresh,
  });
}

export function useBulkJobs() {
  const refresh = useRefreshJobs();
  return useMutation({ mutationFn: (body: BulkRequest) => post<BulkAnswer>(`${base}/bulk`, body), onSuccess: refresh });
}

export function useDuplicateJob() {
  const refresh = useRefreshJobs();
  return useMutation({ mutationFn: (id: number) => post<Job>(`${base}/${id}/duplicate`, {}), onSuccess: refresh });
}

export function versionsQuery(id: number) {
  return queryOptions({
    queryKey: ['job', id, 'versions'],
    queryFn: () => get<JobVersion[]>(`${base}/${id}/versions`),
  });
}

/** Under `jobs`, so that news of any job in the chain refreshes it. */
export function chainQuery(id: number) {
  return queryOptions({
    queryKey: ['jobs', 'chain', id],
    queryFn: ({ signal }) => get<Chain>(`${base}/${id}/chain`, {}, signal),
    placeholderData: keepPreviousData,
  });
}

export function firesQuery(id: number, filter: { page?: number; from?: string; to?: string; disposition?: string }) {
  return queryOptions({
    queryKey: ['job', id, 'fires', filter],
    queryFn: () =>
      get<Page<Fire>>(`${base}/${id}/fires`, {
        page: filter.page ?? 1,
        per_page: 25,
        from: filter.from,
        to: filter.to,
        disposition: filter.disposition,
      }),
    placeholderData: keepPreviousData,
  });
}

/** All or none: one wrong definition refuses the lot and says which. */
export function useCreateBatch() {
  const refresh = useRefreshJobs();
  return useMutation({
    mutationFn: (jobs: JobInput[]) => post<{ ids: number[] }>(`${base}/batch`, { jobs }),
    onSuccess: refresh,
  });
}
