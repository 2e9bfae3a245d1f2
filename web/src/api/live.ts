/**
 * Live updates. One event stream per browser: the tab that holds the lock reads it and tells the others, because a browser
 * allows only a handful of connections to one host and every open tab would take one.
 */
import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';

export type LiveState = 'connecting' | 'live' | 'lost' | 'paused';

export interface LiveSnapshot {
  state: LiveState;
  /** When the stream last said anything, keep-alives included. */
  heardAt: number;
}

interface LiveMessage {
  type: 'event' | 'state';
  name?: string;
  data?: string;
  state?: LiveState;
}

const eventNames = ['job.changed', 'execution.changed', 'status', 'resync'] as const;
const silenceLimit = 60_000;

let snapshot: LiveSnapshot = { state: 'connecting', heardAt: Date.now() };
const listeners = new Set<() => void>();
let client: QueryClient | null = null;
let paused = false;
const pending = new Set<string>();
let flushQueued = false;

function update(next: Partial<LiveSnapshot>): void {
  snapshot = { ...snapshot, ...next };
  for (const notify of listeners) notify();
}

function queueInvalidation(name: string, data: string): void {
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(data) as Record<string, unknown>;
  } catch {
    // An event without a body still says that something happened.
  }
  if (body.jobId != null) pending.add(`job:${String(body.jobId)}`);
  // `id` is the number of the execution; pages know it by its UUID and compare the number in the answer.
  if (name === 'execution.changed') pending.add(`execution:${String(body.id)}`);
  if (name === 'status') pending.add('status');
  // The server could not say what was missed in between: everything on the page may be old.
  if (name === 'resync') pending.add('all');
  // A busy server sends hundreds of events a second; a page needs one refresh.
  if (flushQueued) return;
  flushQueued = true;
  setTimeout(flush, 500);
}

function flush(): void {
  flushQueued = false;
  if (!client || paused || pending.size === 0) return;
  const keys = [...pending];
  pending.clear();
  if (keys.includes('all')) {
    void client.invalidateQueries();
    return;
  }
  const jobs = keys.some((key) => key.startsWith('job:'));
  const executions = keys.some((key) => key.startsWith('execution:'));
  if (jobs || executions) void client.invalidateQueries({ queryKey: ['jobs'] });
  if (executions) {
    void client.invalidateQueries({ queryKey: ['history'] });
    void client.invalidateQueries({ queryKey: ['stats'] });
  }
  const changed = new Set(keys.filter((key) => key.startsWith('execution:')).map((key) => Number(key.slice(10))));
  void client.invalidateQueries({
    queryKey: ['execution'],
    predicate: ({ state, queryKey }) =>
      queryKey.length > 2 || changed.has((state.data as { id?: number } | undefined)?.id ?? -1),
  });
  for (const key of keys) {
    if (key.startsWith('job:')) void client.invalidateQueries({ queryKey: ['job', Number(key.slice(4))] });
  }
  void client.invalidateQueries({ queryKey: ['status'] });
}

function receive(message: LiveMessage): void {
  if (message.type === 'state' && message.state) {
    update({ state: paused ? 'paused' : message.state, heardAt: Date.now() });
    return;
  }
  if (message.type === 'event' && message.name) {
    if (!paused) update({ state: 'live', heardAt: Date.now() });
    queueInvalidation(message.name, message.data ?? '');
  }
}

function readStream(tell: (message: LiveMessage) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let source: EventSource;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let delay = 1000;
    const open = () => {
      source = new EventSource('/api/v1/events');
      source.onopen = () => {
        delay = 1000;
        tell({ type: 'state', state: 'live' });
      };
      for (const name of eventNames) {
        source.addEventListener(name, (event) =>
          tell({ type: 'event', name, data: (event as MessageEvent<string>).data }),
        );
      }
      source.addEventListener('ping', () => tell({ type: 'state', state: 'live' }));
      source.onerror = () => {
        tell({ type: 'state', state: 'lost' });
        // The browser reconnects by itself unless the server answered with an error; then it is ours to try again.
        if (source.readyState === EventSource.CLOSED) {
          retry = setTimeout(open, delay);
          delay = Math.min(delay * 2, 30_000);
        }
      };
    };
    open();
    signal.addEventListener('abort', () => {
      clearTimeout(retry);
      source.close();
      resolve();
    });
  });
}

/** Starts listening; returns what stops it. */
export function startLive(queryClient: QueryClient): () => void {
  client = queryClient;
  const stop = new AbortController();
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('orloj-live');
  const tell = (message: LiveMessage) => {
    receive(message);
    channel?.postMessage(message);
  };
  if (channel) channel.onmessage = (event: MessageEvent<LiveMessage>) => receive(event.data);

  // Locks exist only in secure contexts; elsewhere each tab reads its own stream.
  if (channel && navigator.locks) {
    void navigator.locks
      .request('orloj-live', { signal: stop.signal }, () => readStream(tell, stop.signal))
      .catch(() => {});
  } else void readStream(tell, stop.signal);

  const watch = setInterval(() => {
    if (snapshot.state === 'live' && Date.now() - snapshot.heardAt > silenceLimit && navigator.onLine === false)
      update({ state: 'lost' });
  }, 10_000);

  return () => {
    clearInterval(watch);
    stop.abort();
    channel?.close();
  };
}

export function setLivePaused(value: boolean): void {
  paused = value;
  update({ state: value ? 'paused' : 'live' });
  if (!value) {
    void client?.invalidateQueries();
    flush();
  }
}

export function useLive(): LiveSnapshot {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => snapshot,
  );
}
