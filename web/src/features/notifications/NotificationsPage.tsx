import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { paths } from '@/paths';
import { PageHeader, Section } from '@/ui/Page';
import { ChannelsTab } from './ChannelsTab';
import { DeliveriesTab } from './DeliveriesTab';
import { RulesTab } from './RulesTab';

const tabs = ['rules', 'channels', 'deliveries'] as const;

/** Who is told what, how, and what came of it. */
export default function NotificationsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { tab = 'rules' } = useSearch({ from: '/app/notifications' });
  return (
    <>
      <PageHeader title={t('nav.notifications')} description={t('notify.text')} />
      <Section flush>
        <Tabs
          value={tab}
          onChange={(value) =>
            void navigate({
              to: paths.notifications,
              search: value === 'rules' ? {} : { tab: value as 'channels' },
              replace: true,
            })
          }
          keepMounted={false}
        >
          <Tabs.List px="sm" className="o-tabs">
            {tabs.map((key) => (
              <Tabs.Tab key={key} value={key} py="sm">
                {t(`notify.tab.${key}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="rules">
            <RulesTab />
          </Tabs.Panel>
          <Tabs.Panel value="channels">
            <ChannelsTab />
          </Tabs.Panel>
          <Tabs.Panel value="deliveries">
            <DeliveriesTab />
          </Tabs.Panel>
        </Tabs>
      </Section>
    </>
  );
}
