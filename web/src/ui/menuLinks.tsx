import { Menu, type MenuItemProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { Native } from './links';

/** Apart from the other links, because most pages have no menu until one is opened. */
export const LinkMenuItem = createLink((props: Native<MenuItemProps>) => <Menu.Item component="a" {...props} />);
