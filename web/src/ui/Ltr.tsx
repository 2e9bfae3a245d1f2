import { Text, type TextProps } from '@mantine/core';
import type { ReactNode } from 'react';

/** Machine text (cron, ids, paths, code): left to right whatever the page's direction, and isolated from its neighbours. */
export function Ltr({ children, ...props }: TextProps & { children: ReactNode }) {
  return (
    <Text component="bdi" dir="ltr" ff="monospace" fz="0.92em" inherit {...props}>
      {children}
    </Text>
  );
}
