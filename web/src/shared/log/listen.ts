import { useEffect } from 'react';
import type { LogStore } from './store';

const beat = 1000;

/** Reads the log once, and again each second while the run lasts and the page is in front. */
export function useListen(store: LogStore, live: boolean): void {
  useEffect(() => {
    let stopped = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const round = async () => {
      if (!document.hidden || store.total === 0) await store.poll();
      // One more round after the end: the last lines arrive with it.
      if (!stopped && live) timer = setTimeout(() => void round(), beat);
    };
    void round();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [store, live]);
}
