import { Badge, Collapse, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconChevronDown } from '@tabler/icons-react';
import { type ReactNode, useId } from 'react';
import classes from './disclosure.module.css';

/** A heading that opens and closes what is below it. */
export function Disclosure({
  title,
  summary,
  children,
  initiallyOpen = false,
  subtle = false,
}: {
  title: ReactNode;
  summary?: ReactNode;
  children: ReactNode;
  initiallyOpen?: boolean;
  /** Without a frame, for the cell of a table. */
  subtle?: boolean;
}) {
  const [open, { toggle }] = useDisclosure(initiallyOpen);
  const id = useId();
  return (
    <div className={classes.root} data-subtle={subtle || undefined}>
      <UnstyledButton className={classes.head} onClick={toggle} aria-expanded={open} aria-controls={id}>
        <IconChevronDown size={16} className={classes.chevron} data-open={open || undefined} />
        <span className={classes.title}>{title}</span>
        {summary !== undefined ? (
          <Badge variant="light" color="gray" size="sm">
            {summary}
          </Badge>
        ) : null}
      </UnstyledButton>
      <Collapse expanded={open} id={id}>
        <div className={classes.body}>{children}</div>
      </Collapse>
    </div>
  );
}
