/** Moving a schedule to another minute of the same day, where it says one plain time of day. */
import type { ScheduleDraft } from './draft';
import { formatSimple, parseSimple } from './simpleCron';

/** The draft at another wall-clock time, given as `2026-03-02T09:04:00+02:00`; null when it has no single time to move. */
export function movedTo(draft: ScheduleDraft, local: string): ScheduleDraft | null {
  const found = /T(\d{2}):(\d{2})/.exec(local);
  if (!found) return null;
  const [, hour = '', minute = ''] = found;
  if (draft.mode === 'daily' || draft.mode === 'weekly' || draft.mode === 'monthly')
    return draft.times.length === 1 ? { ...draft, times: [`${hour}:${minute}`] } : null;
  if (draft.mode === 'cron') {
    const simple = parseSimple(draft.cron);
    if (!simple || simple.kind === 'minutes') return null;
    return { ...draft, cron: formatSimple({ ...simple, hour: Number(hour), minute: Number(minute) }) };
  }
  return null;
}

/** Whether moving by minutes means anything: an interval begins when it is created, a single run is meant as it is. */
export function isMovable(draft: ScheduleDraft): boolean {
  return draft.mode === 'daily' || draft.mode === 'weekly' || draft.mode === 'monthly' || draft.mode === 'cron';
}
