import { useEffect } from 'react';
import type { LogFollower, LogLine, LogStore } from './store';

/** Lines that come one by one are put into the page together: a flood must not draw it a thousand times a second. */
const gather = 100;

/**
 * Reads the log once and, while the run lasts and the page is in front, listens for what is added. A page in the
 * background hangs up, because a browser allows only a handful of connections to one host; what it missed comes when it
 * is in front again, from the line after the last one it knows.
 */
export function listen(store: LogStore, follower: LogFollower | null): () => void {
  let stopped = false;
  let hangUp: (() => void) | null = null;
  let waiting: LogLine[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const lines = waiting;
    waiting = [];
    if (lines.length > 0) store.append(lines);
  };
  const close = () => {
    hangUp?.();
    hangUp = null;
    flush();
  };
  const open = () => {
    if (!follower || stopped || hangUp || document.hidden || store.complete) return;
    hangUp = follower(store.total, {
      lines: (lines) => {
        waiting.push(...lines);
        timer ??= setTimeout(flush, gather);
      },
      end: (total) => {
        close();
        store.finish(total);
      },
      connected: (is) => {
        if ((store.error === null) === is) return;
        store.error = is ? null : new Error('the log is out of reach');
        store.changed();
      },
    });
  };
  const turn = () => (document.hidden ? close() : open());
  document.addEventListener('visibilitychange', turn);
  void store.poll().then(open);
  return () => {
    stopped = true;
    document.removeEventListener('visibilitychange', turn);
    close();
  };
}

export function useListen(store: LogStore, follower: LogFollower | null): void {
  useEffect(() => listen(store, follower), [store, follower]);
}
