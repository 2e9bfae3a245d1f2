import { type ComponentProps, useEffect, useRef } from 'react';
import classes from './controls.module.css';

/** A box to tick in a row: the browser's own, because a long list has hundreds. */
export function Tick({
  indeterminate = false,
  ...props
}: Omit<ComponentProps<'input'>, 'type' | 'className'> & { indeterminate?: boolean; 'data-row-check'?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  // The browser knows it as a property only.
  useEffect(() => {
    if (input.current) input.current.indeterminate = indeterminate;
  }, [indeterminate]);
  return <input {...props} ref={input} type="checkbox" className={classes.tick} />;
}
