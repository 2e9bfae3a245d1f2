import { Box, Group, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import classes from './page.module.css';

/** Head of a page: its name, what it is about, and what can be done. Also names the browser tab. */
export function PageHeader({
  title,
  description,
  actions,
  before,
  tabTitle,
}: {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  before?: ReactNode;
  tabTitle?: string;
}) {
  const name = tabTitle ?? (typeof title === 'string' ? title : '');
  useEffect(() => {
    document.title = name ? `${name} · Orloj` : 'Orloj';
  }, [name]);
  return (
    <Box component="header" className={classes.header}>
      <Box className={classes.heading}>
        {before}
        <Title order={1} className={classes.title}>
          {title}
        </Title>
        {description ? (
          <Text c="dimmed" component="div" mt={2}>
            {description}
          </Text>
        ) : null}
      </Box>
      {actions ? (
        <Group gap="xs" className={classes.actions} data-noprint>
          {actions}
        </Group>
      ) : null}
    </Box>
  );
}

/** A surface with an optional heading. */
export function Section({
  title,
  actions,
  children,
  flush = false,
  id,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  flush?: boolean;
  id?: string;
}) {
  return (
    <section className={classes.section} aria-labelledby={title && id ? id : undefined}>
      {title ? (
        <div className={classes.sectionHead}>
          <Title order={2} {...(id ? { id } : {})}>
            {title}
          </Title>
          {actions ? (
            <Group gap="xs" data-noprint>
              {actions}
            </Group>
          ) : null}
        </div>
      ) : null}
      <div className={flush ? undefined : classes.sectionBody}>{children}</div>
    </section>
  );
}

/** A short list of facts: term and value side by side, stacked on a phone. A third member gives one the whole width. */
export function Facts({ items }: { items: [ReactNode, ReactNode, wide?: boolean][] }) {
  return (
    <dl className={classes.facts}>
      {items.map(([term, value, wide], index) => (
        <div key={index} className={classes.fact} data-wide={wide || undefined}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
