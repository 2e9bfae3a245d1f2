/** Mantine's clickable things as router links: real anchors, so they open in a new tab and can be copied. */
import {
  ActionIcon,
  type ActionIconProps,
  Anchor,
  type AnchorProps,
  Button,
  type ButtonProps,
  NavLink,
  type NavLinkProps,
  UnstyledButton,
  type UnstyledButtonProps,
} from '@mantine/core';
import { createLink, useRouter } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, MouseEvent, Ref } from 'react';
import { addressOf, type paths } from '@/paths';
import classes from './links.module.css';

export type Native<P> = P & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof P> & { ref?: Ref<HTMLAnchorElement> };

export const LinkButton = createLink((props: Native<ButtonProps>) => <Button component="a" {...props} />);
export const LinkAnchor = createLink((props: Native<AnchorProps>) => <Anchor {...props} />);
export const LinkNav = createLink((props: Native<NavLinkProps>) => <NavLink {...props} />);
export const LinkIcon = createLink((props: Native<ActionIconProps>) => <ActionIcon component="a" {...props} />);
export const LinkBox = createLink((props: Native<UnstyledButtonProps>) => <UnstyledButton component="a" {...props} />);

type RowTarget =
  | { to: typeof paths.job; params: { jobId: string } }
  | { to: typeof paths.execution; params: { executionId: string } };

/**
 * A link in a row of a long list: a plain anchor. The router's own link follows every change of the address, which is
 * too much for hundreds at once; it says here, too, what is to be fetched before it is asked for.
 */
export function RowLink({
  to,
  params,
  className,
  ...others
}: RowTarget & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> & { 'data-row-link'?: boolean }) {
  const router = useRouter();
  const target = { to, params, search: {} } as RowTarget & { search: object };
  const preload = () => void router.preloadRoute(target).catch(() => {});
  const go = (event: MouseEvent) => {
    // In a new tab, a new window, to the disk: that is the browser's.
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void router.navigate(target);
  };
  return (
    <a
      {...others}
      href={addressOf(to, params)}
      className={className ? `${classes.row} ${className}` : classes.row}
      onClick={go}
      onMouseEnter={preload}
      onFocus={preload}
    />
  );
}
