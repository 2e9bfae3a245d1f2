import { Tooltip } from '@mantine/core';
import { type ReactNode, type SyntheticEvent, useEffect, useId, useRef, useState } from 'react';

const openDelay = 250;

/**
 * A tooltip that costs nothing until somebody looks: a long list has one per cell, and nearly none is ever read. Spread
 * `target` over the element it explains and put `shown` beside it.
 */
export function useHint(label: () => ReactNode) {
  const [at, setAt] = useState<HTMLElement | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const come = (event: SyntheticEvent<HTMLElement>) => {
    const element = event.currentTarget;
    // A click gives the focus too; only who came by keyboard wants to be told.
    if (event.type === 'focus' && !element.matches(':focus-visible')) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setAt(element), openDelay);
  };
  const go = () => {
    clearTimeout(timer.current);
    setAt(null);
  };
  return {
    target: { onMouseEnter: come, onMouseLeave: go, onFocus: come, onBlur: go },
    shown: at ? <Hint at={at} label={label()} onClose={go} /> : null,
  };
}

function Hint({ at, label, onClose }: { at: HTMLElement; label: ReactNode; onClose(): void }) {
  const id = useId();
  useEffect(() => {
    at.setAttribute('aria-describedby', id);
    return () => at.removeAttribute('aria-describedby');
  }, [at, id]);
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  });
  return <Tooltip opened target={at} label={<div id={id}>{label}</div>} />;
}
