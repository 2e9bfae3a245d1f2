import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/session';
import { paths } from '@/paths';
import { PageHeader, Section } from '@/ui/Page';
import { AppearanceTab } from './AppearanceTab';
import { HistoryTab } from './HistoryTab';
import { PasswordTab } from './PasswordTab';
import { ProfileTab } from './ProfileTab';
import { SessionsTab } from './SessionsTab';
import { TokensTab } from './TokensTab';

const tabs = ['appearance', 'profile', 'password', 'sessions', 'tokens', 'history'] as const;

export default function SettingsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const me = useMe();
  const { tab = 'appearance' } = useSearch({ from: '/app/settings' });
  const shown = tabs.filter((key) => key !== 'history' || me.role === 'admin');
  return (
    <>
      <PageHeader title={t('nav.settings')} />
      <Section flush>
        <Tabs
          value={tab}
          onChange={(value) =>
            void navigate({
              to: paths.settings,
              search: value === 'appearance' ? {} : { tab: value as 'profile' },
              replace: true,
            })
          }
          keepMounted={false}
        >
          <Tabs.List px="sm">
            {shown.map((key) => (
              <Tabs.Tab key={key} value={key} py="sm">
                {t(`settings.tab.${key}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="appearance" p="md">
            <AppearanceTab />
          </Tabs.Panel>
          <Tabs.Panel value="profile" p="md">
            <ProfileTab />
          </Tabs.Panel>
          <Tabs.Panel value="password" p="md">
            <PasswordTab />
          </Tabs.Panel>
          <Tabs.Panel value="sessions" p="md">
            <SessionsTab />
          </Tabs.Panel>
          <Tabs.Panel value="tokens" p="md">
            <TokensTab />
          </Tabs.Panel>
          {me.role === 'admin' ? (
            <Tabs.Panel value="history" p="md">
              <HistoryTab />
            </Tabs.Panel>
          ) : null}
        </Tabs>
      </Section>
    </>
  );
}
