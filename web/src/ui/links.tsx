/** Mantine's clickable things as router links. */
import { ActionIcon, Anchor, Button, Menu, NavLink, UnstyledButton } from '@mantine/core';
import { createLink } from '@tanstack/react-router';

export const LinkButton = createLink(Button<'a'>);
export const LinkAnchor = createLink(Anchor<'a'>);
export const LinkNav = createLink(NavLink<'a'>);
export const LinkMenuItem = createLink(Menu.Item<'a'>);
export const LinkIcon = createLink(ActionIcon<'a'>);
export const LinkBox = createLink(UnstyledButton<'a'>);
