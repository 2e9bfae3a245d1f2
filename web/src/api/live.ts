/**
 * Live updates. One event stream per browser: the tab that holds the lock reads it and tells the others, because a browser
 * allows only a handful of connections to one host and every open tab would take one.
 */
import type { QueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { silenceBeat, silenceLimit, watchSilence } from './silence';

/** `silent`: connected, as far as anybody can tell, but nothing comes, not even a keep-alive. */
export type LiveState = 'connecting' | 'live' | 'lost' | 'silent' | 'paused';

export interface LiveSnapshot {
  state: LiveState;
  /** When the stream last said anything, keep-alives included. */
  heardAt: number;
}

interface LiveMessage {
  type: 'event' | 'state';
  name?: string;
  data?: string;
  state?: Exclude<LiveState, 'paused'>;
}

const eventNames = ['job.changed', 'execution.changed', 'device.changed', 'status', 'resync'] as const;
/** News are gathered this long before the page asks anew; longer when there are many. */
const gatherBriefly = 500;
const gatherLonger = 2_000;
const manyNews = 50;

let snapshot: LiveSnapshot = { state: 'connecting', heardAt: Date.now() };
const listeners = new Set<() => void>();
let client: QueryClient | null = null;
let paused = false;
let lastFlush = 0;
/** What the stream is doing, also while the page does not want to know. */
let stream: Exclude<LiveState, 'paused'> = 'connecting';
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
  if (name === 'execution.changed' && body.executionId != null) pending.add(`execution:${String(body.executionId)}`);
  if (name === 'device.changed') pending.add('devices');
  if (name === 'status') pending.add('status');
  // The server could not say what was missed in between: everything on the page may be old.
  if (name === 'resync') pending.add('all');
  // A busy server sends hundreds of events a second; a page needs one refresh.
  if (flushQueued) return;
  flushQueued = true;
  setTimeout(flush, lastFlush > manyNews ? gatherLonger : gatherBriefly);
}

function flush(): void {
  flushQueued = false;
  if (!client || paused || pending.size === 0) return;
  const keys = [...pending];
  pending.clear();
  lastFlush = keys.length;
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
  // The lists and the page of each device; what is not shown is not asked for.
  if (keys.includes('devices')) void client.invalidateQueries({ queryKey: ['devices'] });
  for (const key of keys) {
    if (key.startsWith('job:')) void client.invalidateQueries({ queryKey: ['job', Number(key.slice(4))] });
    if (key.startsWith('execution:')) void client.invalidateQueries({ queryKey: ['execution', key.slice(10)] });
  }
  void client.invalidateQueries({ queryKey: ['status'] });
}

function receive(message: LiveMessage): void {
  if (message.type === 'event' && message.name) queueInvalidation(message.name, message.data ?? '');
  stream = message.type === 'event' ? 'live' : (message.state ?? stream);
  // That the line is dead is nothing the server said.
  update({ state: paused ? 'paused' : stream, ...(stream === 'live' ? { heardAt: Date.now() } : {}) });
}

function readStream(tell: (message: LiveMessage) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let source: EventSource;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let delay = 1000;
    let missed = false;
    const open = () => {
      source = new EventSource('/api/v1/events');
      source.onopen = () => {
        delay = 1000;
        silence.heard();
        tell({ type: 'state', state: 'live' });
        // A stream begun anew, unlike one the browser resumes, does not know that something was missed.
        if (missed) tell({ type: 'event', name: 'resync' });
        missed = false;
      };
      for (const name of eventNames) {
        source.addEventListener(name, (event) => {
          silence.heard();
          tell({ type: 'event', name, data: (event as MessageEvent<string>).data });
        });
      }
      source.addEventListener('ping', () => {
        silence.heard();
        tell({ type: 'state', state: 'live' });
      });
      source.onerror = () => {
        tell({ type: 'state', state: 'lost' });
        // The browser reconnects by itself unless the server answered with an error; then it is ours to try again.
        if (source.readyState === EventSource.CLOSED) {
          missed = true;
          retry = setTimeout(open, delay);
          delay = Math.min(delay * 2, 30_000);
        }
      };
    };
    const silence = watchSilence(
      () => source,
      () => {
        tell({ type: 'state', state: 'silent' });
        source.close();
        missed = true;
        open();
      },
    );
    open();
    signal.addEventListener('abort', () => {
      silence.stop();
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

  // Tabs that only listen to the one that reads: it may be frozen, or gone.
  const watch = setInterval(() => {
    if (stream === 'live' && Date.now() - snapshot.heardAt > silenceLimit) receive({ type: 'state', state: 'silent' });
  }, silenceBeat);

  return () => {
    clearInterval(watch);
    stop.abort();
    channel?.close();
  };
}

export function setLivePaused(value: boolean): void {
  paused = value;
  update({ state: value ? 'paused' : stream });
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
