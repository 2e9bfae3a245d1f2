import { ActionIcon, Box, Burger, Divider, Group, Text, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useDisclosure, useHotkeys, useMediaQuery } from '@mantine/hooks';
import { IconKeyboard, IconSearch } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { Fragment, lazy, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { startLive } from '@/api/live';
import { useCanWrite, useMe } from '@/api/session';
import { paths } from '@/paths';
import { type Bindings, moveRow, useShortcuts } from '@/shared/keys/shortcuts';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { Logo } from '@/ui/Logo';
import { LinkBox, LinkNav } from '@/ui/links';
import classes from './app.module.css';
import { LanguageMenu, ThemeMenu, UserMenu } from './HeaderMenus';
import { LiveIndicator } from './LiveIndicator';
import { navEntries, navGroups } from './nav';
import { useOwnAccount } from './ownAccount';
import { ZoneSwitch } from './ZoneSwitch';

const Palette = lazy(() => import('@/ui/moreStyles').then(() => import('./Palette')));
const ShortcutsSheet = lazy(() => import('@/ui/moreStyles').then(() => import('./ShortcutsSheet')));

/** Frame of every page behind the sign-in: header, navigation, shortcuts, palette, live stream. */
export function AppLayout() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const me = useMe();
  const canWrite = useCanWrite();
  const { preferences, change } = usePreferences();
  const [navOpen, nav] = useDisclosure(false);
  const [sheetOpen, sheet] = useDisclosure(false);
  const [paletteOpen, palette] = useDisclosure(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const wide = useMediaQuery('(min-width: 48em)', true);
  useOwnAccount();

  useEffect(() => startLive(client), [client]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the burger menu closes whenever the page changes
  useEffect(() => nav.close(), [path]);
  useHotkeys([['mod+K', palette.toggle]], []);

  const entries = navEntries.filter(({ adminOnly }) => !adminOnly || me.role === 'admin');
  const bindings: Bindings = {
    '?': sheet.toggle,
    '/': () => document.querySelector<HTMLElement>('[data-page-search]')?.focus(),
    j: () => moveRow(1),
    k: () => moveRow(-1),
    t: () => change({ theme: document.documentElement.dataset.mantineColorScheme === 'dark' ? 'light' : 'dark' }),
  };
  if (canWrite) bindings.n = () => void navigate({ to: paths.newJob });
  for (const entry of entries) bindings[`g ${entry.letter}`] = () => void navigate({ to: entry.to });
  useShortcuts(bindings);

  const link = (entry: (typeof navEntries)[number]) => (
    <LinkNav
      key={entry.to}
      to={entry.to}
      label={t(`nav.${entry.key}`)}
      leftSection={<entry.icon size={18} stroke={1.7} />}
      active={
        entry.to === '/'
          ? path === '/'
          : path === entry.to ||
            path.startsWith(`${entry.to}/`) ||
            (entry.to === '/history' && path.startsWith('/executions'))
      }
      aria-current={path === entry.to ? 'page' : undefined}
      className={classes.link ?? ''}
    />
  );

  return (
    <div className={classes.shell}>
      <a href="#content" className={classes.skip} data-noprint>
        {t('nav.skip')}
      </a>
      <header className={classes.header} data-noprint>
        <Group h="100%" px="md" gap="xs" wrap="nowrap" justify="space-between">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={navOpen}
              onClick={nav.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={navOpen ? t('nav.close') : t('nav.open')}
            />
            <LinkBox to={paths.dashboard} className={classes.brand ?? ''} aria-label={t('app.name')}>
              <Logo />
              <Text fw={650} fz="md" component="span" visibleFrom="xs">
                {t('app.name')}
              </Text>
            </LinkBox>
          </Group>
          <Group gap={4} wrap="nowrap">
            <UnstyledButton className={classes.search ?? ''} onClick={palette.open} visibleFrom="md">
              <IconSearch size={16} />
              <span>{t('palette.open')}</span>
              <kbd dir="ltr">Ctrl K</kbd>
            </UnstyledButton>
            <ActionIcon hiddenFrom="md" onClick={palette.open} aria-label={t('palette.open')}>
              <IconSearch size={18} />
            </ActionIcon>
            <LiveIndicator />
            <Box visibleFrom="md">
              <ZoneSwitch />
            </Box>
            <LanguageMenu />
            <ThemeMenu />
            <Tooltip label={t('keys.title')}>
              <ActionIcon onClick={sheet.open} visibleFrom="md" aria-label={t('keys.title')}>
                <IconKeyboard size={18} />
              </ActionIcon>
            </Tooltip>
            <UserMenu me={me} />
          </Group>
        </Group>
      </header>
      <nav className={classes.navbar} data-noprint data-open={navOpen || undefined} aria-label={t('nav.label')}>
        <Box p="sm">
          {navGroups.map((group) => (
            <Fragment key={group}>
              {group === 'work' ? null : <Text className={classes.groupLabel ?? ''}>{t(`nav.${group}`)}</Text>}
              {entries.filter((entry) => entry.group === group).map(link)}
            </Fragment>
          ))}
          <Box hiddenFrom="md" mt="md">
            <Divider mb="md" />
            <ZoneSwitch />
          </Box>
        </Box>
      </nav>
      <main id="content" tabIndex={-1} className={classes.main}>
        <div className={classes.content}>
          <Outlet />
        </div>
      </main>
      {sheetOpen ? (
        <Suspense fallback={null}>
          <ShortcutsSheet opened onClose={sheet.close} entries={entries} />
        </Suspense>
      ) : null}
      {paletteOpen ? (
        <Suspense fallback={<VisuallyHidden>{t('state.loading')}</VisuallyHidden>}>
          <Palette
            opened={paletteOpen}
            onClose={palette.close}
            entries={entries}
            onShortcuts={sheet.open}
            onLanguage={() => change({ language: preferences.language === 'ar' ? 'en' : 'ar' })}
            onTheme={() => bindings.t?.(new KeyboardEvent('keydown'))}
            canWrite={canWrite}
            wide={wide ?? true}
          />
        </Suspense>
      ) : null}
    </div>
  );
}
