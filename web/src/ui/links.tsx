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
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

export type Native<P> = P & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof P> & { ref?: Ref<HTMLAnchorElement> };

export const LinkButton = createLink((props: Native<ButtonProps>) => <Button component="a" {...props} />);
export const LinkAnchor = createLink((props: Native<AnchorProps>) => <Anchor {...props} />);
export const LinkNav = createLink((props: Native<NavLinkProps>) => <NavLink {...props} />);
export const LinkIcon = createLink((props: Native<ActionIconProps>) => <ActionIcon component="a" {...props} />);
export const LinkBox = createLink((props: Native<UnstyledButtonProps>) => <UnstyledButton component="a" {...props} />);
