import { describe, expect, it } from 'vitest';
import { blockSize, type LogPage, type LogRequest, LogStore } from './store';

function serverWith(total: () => number, seen: LogRequest[] = []) {
  return (request: LogRequest): Promise<LogPage> => {
    seen.push(request);
    const after = request.after ?? 0;
    const count = Math.max(0, Math.min(request.limit, total() - after));
    const lines = Array.from({ length: count }, (_, index) => ({
      number: after + index + 1,
      at: '2026-01-01T00:00:00Z',
      level: 'info',
      attempt: 1,
      text: `line ${after + index + 1}`,
    }));
    return Promise.resolve({ lines, total: total(), complete: false });
  };
}

const settle = () => new Promise<void>((resolve) => setTimeout(resolve));

describe('LogStore', () => {
  it('fetches only the blocks in view of a log of a million lines', async () => {
    const seen: LogRequest[] = [];
    const store = new LogStore(serverWith(() => 1_000_000, seen));
    await store.poll();
    store.ensure(900_010, 900_060);
    await settle();
    expect(store.line(900_020)?.text).toBe('line 900021');
    expect(store.line(500_000)).toBeUndefined();
    expect(seen).toHaveLength(2);
  });

  it('does not ask twice for what is on its way or there', async () => {
    const seen: LogRequest[] = [];
    const store = new LogStore(serverWith(() => 5000, seen));
    await store.poll();
    store.ensure(1000, 1100);
    store.ensure(1000, 1100);
    await settle();
    store.ensure(1000, 1100);
    expect(seen.filter(({ after }) => after === 1000)).toHaveLength(1);
  });

  it('grows with the log, asking only for what is new', async () => {
    let total = 10;
    const seen: LogRequest[] = [];
    const store = new LogStore(serverWith(() => total, seen));
    await store.poll();
    total = 12;
    await store.poll();
    expect(store.total).toBe(12);
    expect(store.line(11)?.text).toBe('line 12');
    expect(seen[1]?.after).toBe(10);
  });

  it('forgets the oldest blocks instead of growing without end', async () => {
    const store = new LogStore(serverWith(() => 400 * blockSize));
    await store.poll();
    for (let block = 0; block < 400; block += 1) store.ensure(block * blockSize, block * blockSize + 1);
    await settle();
    expect(store.line(0)).toBeUndefined();
    expect(store.line(399 * blockSize)?.number).toBe(399 * blockSize + 1);
  });

  it('keeps what it has when the server cannot be reached', async () => {
    let down = false;
    const serve = serverWith(() => 10);
    const store = new LogStore((request) => (down ? Promise.reject(new Error('down')) : serve(request)));
    await store.poll();
    down = true;
    await store.poll();
    expect(store.error).toBeInstanceOf(Error);
    expect(store.line(3)?.text).toBe('line 4');
  });

  it('knows lines that the server left out and does not ask for them again', async () => {
    const seen: LogRequest[] = [];
    const store = new LogStore((request) => {
      seen.push(request);
      const from = Math.max(request.after ?? 0, 1200);
      const count = Math.max(0, Math.min(request.limit, 2000 - from));
      const lines = Array.from({ length: count }, (_, index) => ({
        number: from + index + 1,
        at: '',
        level: 'info',
        attempt: 1,
        text: `line ${from + index + 1}`,
      }));
      return Promise.resolve({ lines, total: 2000, complete: true });
    });
    await store.poll();
    expect(store.line(0)).toBeNull();
    store.ensure(0, 400);
    expect(seen).toHaveLength(1);
    store.ensure(1000, 1400);
    await settle();
    expect(store.line(1100)).toBeNull();
    expect(store.line(1200)?.text).toBe('line 1201');
    const asked = seen.length;
    store.ensure(1000, 1400);
    expect(seen).toHaveLength(asked);
  });
});
