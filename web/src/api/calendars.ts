import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, post, remove, send } from './http';
import type {
  CalendarImport,
  CalendarPreview,
  CalendarPreviewRequest,
  WorkCalendar,
  WorkCalendarChange,
  WorkCalendarInput,
  WorkDay,
} from './model';

const base = '/api/v1/calendars';

export const calendarsQuery = queryOptions({
  queryKey: ['calendars'],
  queryFn: () => get<{ items: WorkCalendar[]; total: number }>(base),
});

export function workCalendarQuery(id: number) {
  return queryOptions({
    queryKey: ['calendars', id],
    queryFn: async () => {
      const { data, etag } = await send<WorkCalendar>('GET', `${base}/${id}`);
      return { calendar: data, etag };
    },
  });
}

/** Days of a calendar, ends included, `YYYY-MM-DD`. */
export function workDaysQuery(id: number, from: string, to: string) {
  return queryOptions({
    queryKey: ['calendars', id, 'days', from, to],
    queryFn: () => get<WorkDay[]>(`${base}/${id}/days`, { from, to }),
    placeholderData: keepPreviousData,
  });
}

/** What calendars and windows make of a schedule's instants. */
export function calendarPreviewQuery(request: CalendarPreviewRequest | null) {
  return queryOptions({
    queryKey: ['calendars', 'preview', request],
    queryFn: () => post<CalendarPreview>(`${base}/preview`, request ?? {}),
    enabled: request !== null,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
}

/** A changed calendar moves the next runs of its jobs. */
function useRefresh() {
  const client = useQueryClient();
  return () => {
    for (const key of ['calendars', 'jobs', 'job']) void client.invalidateQueries({ queryKey: [key] });
  };
}

export function useCreateCalendar() {
  return useMutation({
    mutationFn: (input: WorkCalendarInput) => post<WorkCalendar>(base, input),
    onSuccess: useRefresh(),
  });
}

export function useUpdateCalendar() {
  return useMutation({
    mutationFn: async ({ id, change, version }: { id: number; change: WorkCalendarChange; version: number }) =>
      (
        await send<WorkCalendar>('PATCH', `${base}/${id}`, {
          body: change,
          headers: { 'If-Match': `"v${version}"` },
        })
      ).data,
    onSuccess: useRefresh(),
  });
}

export function useDeleteCalendar() {
  return useMutation({ mutationFn: (id: number) => remove(`${base}/${id}`), onSuccess: useRefresh() });
}

export function useImportCalendar() {
  return useMutation({
    mutationFn: ({ id, body }: { id: number; body: CalendarImport }) =>
      post<WorkCalendar>(`${base}/${id}/import`, body),
    onSuccess: useRefresh(),
  });
}
