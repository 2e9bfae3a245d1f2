/** The menus of the header, fetched when one of them is first opened. */
import { ActionIcon, Menu, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconDeviceDesktop, IconLanguage, IconLogout, IconMoon, IconSettings, IconSun } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useSaveAccount } from '@/api/account';
import { type SessionUser, useSignOut } from '@/api/session';
import { paths } from '@/paths';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import type { Language, Theme } from '@/shared/preferences/preferences';
import { LinkMenuItem } from '@/ui/menuLinks';
import classes from './app.module.css';
import { Initials } from './HeaderMenus';

export function LanguagePanel({ anonymous }: { anonymous: boolean }) {
  const { t } = useTranslation();
  const { preferences, change } = usePreferences();
  const save = useSaveAccount();
  const choose = (language: Language) => {
    change({ language });
    if (!anonymous) save.mutate({ language });
  };
  return (
    <Menu defaultOpened>
      <Menu.Target>
        <Tooltip label={t('language.label')}>
          <ActionIcon aria-label={t('language.label')}>
            <IconLanguage size={18} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {(['en', 'ar'] as const).map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            onClick={() => choose(language)}
            aria-current={preferences.language === language}
            fw={preferences.language === language ? 600 : 400}
          >
            {t(`language.${language}`)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

export function ThemePanel({ anonymous }: { anonymous: boolean }) {
  const { t } = useTranslation();
  const { preferences, change } = usePreferences();
  const save = useSaveAccount();
  const icons = { light: IconSun, dark: IconMoon, auto: IconDeviceDesktop };
  const Current = icons[preferences.theme];
  const choose = (theme: Theme) => {
    change({ theme });
    if (!anonymous) save.mutate({ theme });
  };
  return (
    <Menu defaultOpened>
      <Menu.Target>
        <Tooltip label={t('theme.label')}>
          <ActionIcon aria-label={t('theme.label')}>
            <Current size={18} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        {(['light', 'dark', 'auto'] as const).map((theme) => {
          const Icon = icons[theme];
          return (
            <Menu.Item
              key={theme}
              leftSection={<Icon size={16} />}
              onClick={() => choose(theme)}
              fw={preferences.theme === theme ? 600 : 400}
            >
              {t(`theme.${theme}`)}
            </Menu.Item>
          );
        })}
      </Menu.Dropdown>
    </Menu>
  );
}

export function UserPanel({ me }: { me: SessionUser }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const signOut = useSignOut();
  return (
    <Menu defaultOpened>
      <Menu.Target>
        <UnstyledButton className={classes.user ?? ''}>
          <Initials name={me.displayName || me.name} />
          <VisuallyHidden>{t('user.menu', { name: me.name })}</VisuallyHidden>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <bdi>{me.name}</bdi> · {t(`role.${me.role}`)}
        </Menu.Label>
        <LinkMenuItem to={paths.settings} leftSection={<IconSettings size={16} />}>
          {t('user.settings')}
        </LinkMenuItem>
        <Menu.Divider />
        <Menu.Item
          leftSection={<IconLogout size={16} />}
          onClick={() =>
            signOut.mutate(undefined, { onSettled: () => void navigate({ to: paths.signIn, search: {} }) })
          }
        >
          {t('user.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
