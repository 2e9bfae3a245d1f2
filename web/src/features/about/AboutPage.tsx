import { Group, List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { aboutQuery } from '@/api/system';
import { useFormat } from '@/shared/format/useFormat';
import { Time } from '@/shared/time/Time';
import { Logo } from '@/ui/Logo';
import { Ltr } from '@/ui/Ltr';
import { Facts, PageHeader, Section } from '@/ui/Page';
import { ErrorState, LoadingState } from '@/ui/states';

export default function AboutPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useQuery(aboutQuery);
  return (
    <>
      <PageHeader title={t('nav.about')} />
      {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <LoadingState /> : null}
      {query.data ? (
        <Section>
          <Group mb="lg" wrap="nowrap">
            <Logo size={56} />
            <div>
              <Text fz="xl" fw={650}>
                {t('app.name')}
              </Text>
              <Text c="dimmed">{t('app.tagline')}</Text>
            </div>
          </Group>
          <Facts
            items={[
              [t('about.version'), <Ltr key="v">{query.data.version}</Ltr>],
              [t('about.database'), <bdi key="d">{query.data.database === 'sqlite' ? 'SQLite' : 'PostgreSQL'}</bdi>],
              [t('about.time'), <Time key="t" at={query.data.time} style="full" />],
              [t('about.timezone'), <Ltr key="z">{query.data.defaultTimezone}</Ltr>],
              [
                t('about.tzdb'),
                <span key="b">
                  {query.data.timezoneDatabase.version ? (
                    <Ltr>{query.data.timezoneDatabase.version}</Ltr>
                  ) : (
                    t('about.tzdbUnknown')
                  )}{' '}
                  <Text span inherit c="dimmed">
                    · {t(`about.tzdbSource.${query.data.timezoneDatabase.source}`)}
                  </Text>
                </span>,
              ],
              [
                t('about.retention'),
                query.data.retentionDays == null
                  ? t('word.unlimited')
                  : t('about.days', { count: query.data.retentionDays, n: format.number(query.data.retentionDays) }),
              ],
            ]}
          />
        </Section>
      ) : null}
      <Section title={t('about.more')}>
        <List spacing="xs">
          <List.Item>
            <a href="/docs">{t('about.apiDocs')}</a>
          </List.Item>
          <List.Item>
            <a href="/openapi.json">{t('about.openapi')}</a>
          </List.Item>
        </List>
      </Section>
    </>
  );
}
