import { ActionIcon, Tooltip, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconDeviceDesktop, IconLanguage, IconMoon, IconSun } from '@tabler/icons-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionUser } from '@/api/session';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import classes from './app.module.css';

const load = () => import('@/ui/moreStyles').then(() => import('./HeaderMenuPanels'));
const LanguagePanel = lazy(() => load().then((module) => ({ default: module.LanguagePanel })));
const ThemePanel = lazy(() => load().then((module) => ({ default: module.ThemePanel })));
const UserPanel = lazy(() => load().then((module) => ({ default: module.UserPanel })));

/** A button whose menu is fetched when a pointer comes near or it is pressed: the first page does not pay for it. */
function MenuButton({ label, icon, panel }: { label: string; icon: ReactNode; panel: ReactNode }) {
  const [wanted, setWanted] = useState(false);
  const button = (
    <Tooltip label={label}>
      <ActionIcon
        aria-label={label}
        aria-haspopup="menu"
        onPointerEnter={() => void load()}
        onClick={() => setWanted(true)}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  );
  return wanted ? <Suspense fallback={button}>{panel}</Suspense> : button;
}

export function LanguageMenu({ anonymous = false }: { anonymous?: boolean }) {
  const { t } = useTranslation();
  return (
    <MenuButton
      label={t('language.label')}
      icon={<IconLanguage size={18} />}
      panel={<LanguagePanel anonymous={anonymous} />}
    />
  );
}

export function ThemeMenu({ anonymous = false }: { anonymous?: boolean }) {
  const { t } = useTranslation();
  const { preferences } = usePreferences();
  const Icon = { light: IconSun, dark: IconMoon, auto: IconDeviceDesktop }[preferences.theme];
  return <MenuButton label={t('theme.label')} icon={<Icon size={18} />} panel={<ThemePanel anonymous={anonymous} />} />;
}

/** The first letters of a name, two at most. */
export function Initials({ name }: { name: string }) {
  const letters = name.trim().split(/\s+/).slice(0, 2);
  const text = letters.length > 1 ? letters.map((word) => [...word][0]).join('') : [...name].slice(0, 2).join('');
  return <span className={classes.initials}>{text.toLocaleUpperCase()}</span>;
}

export function UserMenu({ me }: { me: SessionUser }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(false);
  const button = (
    <UnstyledButton
      className={classes.user ?? ''}
      aria-haspopup="menu"
      onPointerEnter={() => void load()}
      onClick={() => setWanted(true)}
    >
      <Initials name={me.displayName || me.name} />
      <VisuallyHidden>{t('user.menu', { name: me.name })}</VisuallyHidden>
    </UnstyledButton>
  );
  return wanted ? (
    <Suspense fallback={button}>
      <UserPanel me={me} />
    </Suspense>
  ) : (
    button
  );
}
