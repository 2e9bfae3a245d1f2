import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listen } from './listen';
import { type LogFollower, type LogLine, type LogListener, LogStore } from './store';

const line = (number: number): LogLine => ({
  number,
  at: '2026-03-02T10:00:00Z',
  level: 'stdout',
  attempt: 1,
  text: `line ${number}`,
});

interface Call {
  after: number;
  listener: LogListener;
  stopped: boolean;
}

function followed() {
  const calls: Call[] = [];
  const follower: LogFollower = (after, listener) => {
    const call = { after, listener, stopped: false };
    calls.push(call);
    return () => {
      call.stopped = true;
    };
  };
  return { calls, follower };
}

const store = (total: number, complete = false) =>
  new LogStore(async () => ({ lines: Array.from({ length: total }, (_, i) => line(i + 1)), total, complete }));

let hidden = false;
const turn = (value: boolean) => {
  hidden = value;
  document.dispatchEvent(new Event('visibilitychange'));
};

beforeEach(() => {
  vi.useFakeTimers();
  hidden = false;
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('follows from the line after the last one read, and draws a flood a few times', async () => {
  const log = store(3);
  const { calls, follower } = followed();
  const stop = listen(log, follower);
  await vi.advanceTimersByTimeAsync(0);
  expect(calls.map(({ after }) => after)).toEqual([3]);
  let drawn = 0;
  log.subscribe(() => {
    drawn += 1;
  });
  for (let number = 4; number <= 1003; number += 1) calls[0]?.listener.lines([line(number)]);
  await vi.advanceTimersByTimeAsync(150);
  expect(log.total).toBe(1003);
  expect(log.line(1002)?.text).toBe('line 1003');
  expect(drawn).toBe(1);
  stop();
  expect(calls[0]?.stopped).toBe(true);
});

test('hangs up in the background and goes on where it was', async () => {
  const log = store(2);
  const { calls, follower } = followed();
  const stop = listen(log, follower);
  await vi.advanceTimersByTimeAsync(0);
  calls[0]?.listener.lines([line(3)]);
  turn(true);
  expect(calls[0]?.stopped).toBe(true);
  turn(false);
  expect(calls.map(({ after }) => after)).toEqual([2, 3]);
  calls[1]?.listener.connected(false);
  expect(log.error).not.toBeNull();
  calls[1]?.listener.connected(true);
  expect(log.error).toBeNull();
  calls[1]?.listener.end(3);
  expect(log.complete).toBe(true);
  turn(true);
  turn(false);
  expect(calls).toHaveLength(2);
  stop();
});

test('lines that the server left out are known to be missing', async () => {
  const log = store(1);
  const { calls, follower } = followed();
  const stop = listen(log, follower);
  await vi.advanceTimersByTimeAsync(0);
  calls[0]?.listener.lines([line(2), line(5)]);
  calls[0]?.listener.end(5);
  expect([log.line(1)?.number, log.line(2), log.line(3), log.line(4)?.number]).toEqual([2, null, null, 5]);
  stop();
});

test('an ended log is read once and not listened to', async () => {
  const { calls, follower } = followed();
  const ended = store(2, true);
  const stop = listen(ended, follower);
  const silent = listen(store(2), null);
  await vi.advanceTimersByTimeAsync(0);
  expect(calls).toHaveLength(0);
  expect(ended.total).toBe(2);
  stop();
  silent();
});
