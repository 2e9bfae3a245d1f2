/** The server says something every 15 seconds; after two that did not come, the line is dead. */
export const silenceLimit = 40_000;
/** How often it is looked whether a stream still speaks. */
export const silenceBeat = 5_000;

/**
 * Notices that a stream says nothing any more. A cable pulled out closes nothing: the browser would wait for ever, and
 * the page would look alive. `heard` is to be called for whatever comes, and whenever the stream is begun anew.
 */
export function watchSilence(source: () => EventSource, onSilent: () => void): { heard(): void; stop(): void } {
  let heardAt = Date.now();
  const timer = setInterval(() => {
    // One that was given up is somebody else's to begin again.
    if (source().readyState === EventSource.CLOSED || Date.now() - heardAt <= silenceLimit) return;
    heardAt = Date.now();
    onSilent();
  }, silenceBeat);
  return {
    heard: () => {
      heardAt = Date.now();
    },
    stop: () => clearInterval(timer),
  };
}
