import { Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { type ComponentProps, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import classes from './controls.module.css';

/**
 * What can be done with one row of a list: three dots that open a menu. `label` names the row for those who cannot see it.
 * There is no menu before it is asked for, because a long list has a hundred of them.
 */
export function RowMenu({ label, children }: { label: string; children: ReactNode }) {
  const [wanted, setWanted] = useState(false);
  return wanted ? (
    <OpenRowMenu label={label}>{children}</OpenRowMenu>
  ) : (
    <Dots label={label} onClick={() => setWanted(true)} />
  );
}

/** The menu itself, which opens as soon as it is there: who opens it is known by then, and gets the focus back. */
export function OpenRowMenu({ label, children }: { label: string; children: ReactNode }) {
  const [opened, setOpened] = useState(false);
  const dots = useRef<HTMLButtonElement>(null);
  useEffect(() => setOpened(true), []);
  // The menu hears Escape once it has the focus, which it takes a moment after it is seen; a quick hand is faster.
  // By the time it has taken it, it is closed, so the focus is taken back.
  const closeEarly = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !opened) return;
    setOpened(false);
    setTimeout(() => dots.current?.focus(), 10);
  };
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-end">
      <Menu.Target>
        {/* In the place of the dots that were pressed: whoever closes the menu is there again. */}
        <Dots ref={dots} label={label} autoFocus onKeyDown={closeEarly} />
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}

export function Dots({ label, ...props }: { label: string } & ComponentProps<'button'>) {
  return (
    <button type="button" aria-haspopup="menu" {...props} aria-label={label} className={classes.dots}>
      <IconDots size={18} />
    </button>
  );
}
