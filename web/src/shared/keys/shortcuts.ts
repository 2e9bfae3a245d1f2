/** Keyboard shortcuts: single keys and two-key sequences ("g j"), silent while someone types or holds a modifier. */
import { useEffect, useRef } from 'react';

export type Bindings = Record<string, (event: KeyboardEvent) => void>;

const sequenceLimit = 1200;

export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
    target.closest('[role="dialog"]') !== null
  );
}

/** Feeds keys in, answers the binding that a key completes. Separate from the DOM so it can be tested. */
export class KeySequence {
  private first = '';
  private firstAt = 0;

  match(key: string, at: number, bound: (name: string) => boolean): string | null {
    const sequence = this.first && at - this.firstAt <= sequenceLimit ? `${this.first} ${key}` : '';
    this.first = '';
    if (sequence && bound(sequence)) return sequence;
    if (bound(key)) return key;
    this.first = key;
    this.firstAt = at;
    return null;
  }
}

/** Physical letter of a key, so that shortcuts work on an Arabic layout too. */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey'>): string {
  if (event.key === '?' || event.key === '؟') return '?';
  if (event.key === '/' && !event.shiftKey) return '/';
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  if (letter) return event.shiftKey ? letter : letter.toLowerCase();
  return event.key;
}

export function useShortcuts(bindings: Bindings, enabled = true): void {
  const latest = useRef(bindings);
  latest.current = bindings;
  useEffect(() => {
    if (!enabled) return;
    const sequence = new KeySequence();
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const name = sequence.match(keyName(event), event.timeStamp, (candidate) => candidate in latest.current);
      if (name === null) return;
      event.preventDefault();
      latest.current[name]?.(event);
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [enabled]);
}

/** `j` and `k` walk through the links marked with `data-row-link`. */
export function moveRow(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row-link]')].filter(
    (row) => row.offsetParent !== null,
  );
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step));
  rows[next]?.focus();
}
