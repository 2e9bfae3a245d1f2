import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { LogFetcher, LogFollower, LogLine, LogPage } from '@/shared/log/store';
import { type ApiPath, get, post, queryString, remove, send } from './http';
import type { Attempt, Execution, Page, TestRun } from './model';
import { watchSilence } from './silence';

export interface HistoryFilter {
  q?: string;
  status?: string;
  job?: number;
  trigger?: string;
  task?: string;
  from?: string;
  to?: string;
  page?: number;
  perPage?: number;
}

const base = '/api/v1/scheduler';

export function historyQuery(filter: HistoryFilter) {
  const { job, ...rest } = filter;
  const path: ApiPath = job ? `${base}/jobs/${job}/history` : `${base}/history`;
  return queryOptions({
    queryKey: ['history', filter],
    queryFn: ({ signal }) =>
      get<Page<Execution>>(
        path,
        {
          search: rest.q,
          status: rest.status,
          triggered_by: rest.trigger,
          task_function_key: job ? undefined : rest.task,
          from_date: rest.from,
          to_date: rest.to,
          page: rest.page ?? 1,
          per_page: rest.perPage ?? 20,
        },
        signal,
      ),
    placeholderData: keepPreviousData,
  });
}

export function isLive(execution: Pick<Execution, 'statusName'>): boolean {
  return execution.statusName === 'pending' || execution.statusName === 'running';
}

export function executionQuery(id: string) {
  return queryOptions({
    queryKey: ['execution', id],
    queryFn: () => get<Execution>(`${base}/executions/${id}`),
    // The stream brings changes; this is the safety net while a run is short and the stream is down.
    refetchInterval: ({ state }) => (state.data && isLive(state.data) ? 2000 : false),
  });
}

export function attemptsQuery(id: string) {
  return queryOptions({
    queryKey: ['execution', id, 'attempts'],
    queryFn: () => get<Attempt[]>(`${base}/executions/${id}/attempts`),
  });
}

export function logFetcher(id: string): LogFetcher {
  return ({ after, limit, search, levels }) =>
    get<LogPage>(`${base}/executions/${id}/logs`, { after, limit, search, levels });
}

/**
 * A stream of the lines after one. The browser resumes a broken stream by itself, from the last line it has; where the
 * server refused it, or it fell silent, it is begun anew from there.
 */
export function logFollower(id: string): LogFollower {
  return (after, listener) => {
    let last = after;
    let source: EventSource;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let delay = 1000;
    const open = () => {
      source = new EventSource(`${base}/executions/${id}/logs${queryString({ follow: true, after: last })}`);
      source.onopen = () => {
        delay = 1000;
        silence.heard();
        listener.connected(true);
      };
      source.addEventListener('ping', () => silence.heard());
      source.addEventListener('line', (event) => {
        silence.heard();
        const line = JSON.parse((event as MessageEvent<string>).data) as LogLine;
        // What came before the line broke may come once more.
        if (line.number <= last) return;
        last = line.number;
        listener.lines([line]);
      });
      source.addEventListener('end', (event) => {
        source.close();
        listener.end((JSON.parse((event as MessageEvent<string>).data) as { total: number }).total);
      });
      source.onerror = () => {
        listener.connected(false);
        if (source.readyState !== EventSource.CLOSED) return;
        retry = setTimeout(open, delay);
        delay = Math.min(delay * 2, 30_000);
      };
    };
    const silence = watchSilence(
      () => source,
      () => {
        listener.connected(false);
        source.close();
        open();
      },
    );
    open();
    return () => {
      silence.stop();
      clearTimeout(retry);
      source.close();
    };
  };
}

export function logDownloadUrl(id: string): string {
  return `${base}/executions/${id}/logs/download`;
}

function useRefresh(id: string) {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: ['execution', id] });
    for (const key of ['history', 'jobs', 'job', 'status', 'stats']) void client.invalidateQueries({ queryKey: [key] });
  };
}

export function useCancel(id: string) {
  const refresh = useRefresh(id);
  return useMutation({
    mutationFn: async (reason: string) =>
      (await send<Execution>('POST', `${base}/executions/${id}/cancel`, { body: reason ? { reason } : {} })).data,
    onSuccess: refresh,
  });
}

export function useRerun(id: string) {
  const refresh = useRefresh(id);
  return useMutation({
    mutationFn: (parameters: Record<string, unknown> | null) =>
      post<Execution>(`${base}/executions/${id}/rerun`, parameters ? { parameters } : {}),
    onSuccess: refresh,
  });
}

/** Runs it again for those devices that did not succeed. */
export function useRerunFailedDevices(id: string) {
  const refresh = useRefresh(id);
  return useMutation({
    mutationFn: () => post<Execution>(`${base}/executions/${id}/rerun`, { failedDevicesOnly: true }),
    onSuccess: refresh,
  });
}

export function useDeleteArtifact(id: string) {
  const refresh = useRefresh(id);
  return useMutation({
    mutationFn: (artifact: number) => remove(`${base}/executions/${id}/artifacts/${artifact}`),
    onSuccess: refresh,
  });
}

/** Runs a task function once, without a job. */
export function useTestRun() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: TestRun) => post<Execution>(`${base}/test-runs`, request),
    onSuccess: () => client.invalidateQueries({ queryKey: ['history'] }),
  });
}
