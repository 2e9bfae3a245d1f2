import type { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { LogLine } from '@/shared/log/store';
import { silenceLimit } from './silence';

/** A stream whose other side is the test. */
class Stream {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static all: Stream[] = [];
  readyState = Stream.CONNECTING;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  private readonly listeners = new Map<string, (event: { data: string }) => void>();

  constructor(readonly url: string) {
    Stream.all.push(this);
  }

  addEventListener(name: string, listener: (event: { data: string }) => void) {
    this.listeners.set(name, listener);
  }

  close() {
    this.readyState = Stream.CLOSED;
  }

  opens() {
    this.readyState = Stream.OPEN;
    this.onopen?.();
  }

  says(name: string, data: unknown = {}) {
    if (this.readyState === Stream.OPEN) this.listeners.get(name)?.({ data: JSON.stringify(data) });
  }
}

const at = (index: number): Stream => {
  const stream = Stream.all[index];
  if (!stream) throw new Error(`there is no stream ${index}, only ${Stream.all.length}`);
  return stream;
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetModules();
  Stream.all = [];
  vi.stubGlobal('EventSource', Stream);
  // One tab, alone.
  vi.stubGlobal('BroadcastChannel', undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function live() {
  const { startLive } = await import('./live');
  const asked: unknown[] = [];
  const client = { invalidateQueries: async (which?: unknown) => asked.push(which ?? 'everything') };
  const stop = startLive(client as unknown as QueryClient);
  return { asked, stop };
}

test('a stream of events that falls silent is begun anew, and everything is asked for again', async () => {
  const { asked, stop } = await live();
  at(0).opens();
  at(0).says('job.changed', { jobId: 4 });
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toContainEqual({ queryKey: ['job', 4] });
  asked.length = 0;
  await vi.advanceTimersByTimeAsync(silenceLimit - 2_000);
  expect(Stream.all).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(8_000);
  expect(Stream.all).toHaveLength(2);
  expect(at(0).readyState).toBe(Stream.CLOSED);
  expect(asked).toEqual([]);
  at(1).opens();
  await vi.advanceTimersByTimeAsync(1_000);
  // What was missed in between nobody can say: all of the page may be old.
  expect(asked).toEqual(['everything']);
  stop();
});

test('a stream that only pings is left alone', async () => {
  const { asked, stop } = await live();
  at(0).opens();
  for (let beat = 0; beat < 20; beat += 1) {
    await vi.advanceTimersByTimeAsync(15_000);
    at(0).says('ping');
  }
  expect(Stream.all).toHaveLength(1);
  expect(asked).toEqual([]);
  stop();
  await vi.advanceTimersByTimeAsync(silenceLimit * 2);
  expect(Stream.all).toHaveLength(1);
});

test('a stream that never opens is tried again', async () => {
  const { asked, stop } = await live();
  await vi.advanceTimersByTimeAsync(silenceLimit + 6_000);
  expect(Stream.all).toHaveLength(2);
  at(1).opens();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(asked).toEqual(['everything']);
  stop();
});

test('a log that falls silent goes on after the last line, and no line comes twice', async () => {
  const { logFollower } = await import('./executions');
  const lines: number[] = [];
  const connected: boolean[] = [];
  const line = (number: number): Partial<LogLine> => ({ number, text: `line ${number}` });
  const stop = logFollower('7')(0, {
    lines: (some) => lines.push(...some.map(({ number }) => number)),
    end: () => {},
    connected: (is) => connected.push(is),
  });
  at(0).opens();
  for (const number of [1, 2, 3]) at(0).says('line', line(number));
  await vi.advanceTimersByTimeAsync(15_000);
  at(0).says('ping');
  await vi.advanceTimersByTimeAsync(35_000);
  expect(Stream.all).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(Stream.all).toHaveLength(2);
  expect(connected).toEqual([true, false]);
  expect(at(1).url).toContain('after=3');
  at(1).opens();
  for (const number of [3, 4]) at(1).says('line', line(number));
  expect(lines).toEqual([1, 2, 3, 4]);
  expect(connected.at(-1)).toBe(true);
  stop();
  await vi.advanceTimersByTimeAsync(silenceLimit * 2);
  expect(Stream.all).toHaveLength(2);
});
