import { Badge, Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { type AccountSession, ownSessionsQuery, useEndSession } from '@/api/account';
import { Relative, Time } from '@/shared/time/Time';
import { type Column, DataTable } from '@/ui/DataTable';
import { ErrorState, LoadingState } from '@/ui/states';
import { toastFailure } from '@/ui/toast';

export function SessionsTab() {
  const { t } = useTranslation();
  const query = useQuery(ownSessionsQuery);
  const end = useEndSession();
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState rows={3} />;
  const columns: Column<AccountSession>[] = [
    {
      key: 'agent',
      header: t('settings.device'),
      phone: 'title',
      render: (session) => (
        <Group gap={6}>
          <Text inherit lineClamp={1} maw={420}>
            <bdi dir="ltr">{session.userAgent ?? '—'}</bdi>
          </Text>
          {session.isCurrent ? <Badge variant="light">{t('settings.thisSession')}</Badge> : null}
        </Group>
      ),
    },
    {
      key: 'address',
      header: t('settings.address'),
      render: (session) => (session.address ? <bdi dir="ltr">{session.address}</bdi> : '—'),
    },
    { key: 'seen', header: t('settings.lastUsed'), render: (session) => <Relative at={session.seenAt} /> },
    { key: 'until', header: t('settings.expires'), render: (session) => <Time at={session.expiresAt} /> },
    {
      key: 'end',
      header: '',
      align: 'end',
      phone: 'foot',
      render: (session) =>
        session.isCurrent ? null : (
          <Button size="xs" onClick={() => end.mutate(session.id, { onError: toastFailure })}>
            {t('settings.endSession')}
          </Button>
        ),
    },
  ];
  return (
    <DataTable
      caption={t('settings.tab.sessions')}
      columns={columns}
      rows={query.data.items}
      rowKey={(session) => session.id}
    />
  );
}
