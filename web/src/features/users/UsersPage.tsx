import { Badge, Button, Group, Menu, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '@/api/model';
import { usersQuery, useUpdateUser } from '@/api/people';
import { useMe } from '@/api/session';
import { paths } from '@/paths';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { Relative } from '@/shared/time/Time';
import { Confirm } from '@/ui/confirm';
import { type Column, DataTable } from '@/ui/DataTable';
import { PageHeader, Section } from '@/ui/Page';
import { Pager } from '@/ui/Pager';
import { RowMenu } from '@/ui/RowMenu';
import { statusColor } from '@/ui/StatusBadge';
import { ErrorState, LoadingState, NoPermission } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';
import { PasswordDialog } from './PasswordDialog';
import { UserDialog } from './UserDialog';

export default function UsersPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const me = useMe();
  const navigate = useNavigate();
  const search = useSearch({ from: '/app/users' });
  const page = search.page ?? 1;
  const query = useQuery({ ...usersQuery({ page }), enabled: me.role === 'admin' });
  const update = useUpdateUser();
  const [dialog, setDialog] = useState<{ kind: 'edit' | 'password' | 'disable'; user: User } | { kind: 'new' } | null>(
    null,
  );
  if (me.role !== 'admin') return <NoPermission />;

  const setDisabled = (user: User, isDisabled: boolean) =>
    update.mutate(
      { id: user.id, change: { isDisabled } },
      {
        onSuccess: () => {
          setDialog(null);
          toastSuccess(isDisabled ? t('users.disabledToast') : t('users.enabledToast'));
        },
        onError: toastFailure,
      },
    );

  const columns: Column<User>[] = [
    {
      key: 'name',
      header: t('users.name'),
      phone: 'title',
      render: (user) => (
        <Group gap={6}>
          <Text inherit fw={600}>
            <bdi>{user.name}</bdi>
          </Text>
          {user.displayName ? (
            <Text inherit c="dimmed">
              <bdi>{user.displayName}</bdi>
            </Text>
          ) : null}
        </Group>
      ),
    },
    { key: 'role', header: t('users.role'), render: (user) => t(`role.${user.role}`) },
    {
      key: 'grants',
      header: t('users.grants'),
      render: (user) =>
        user.grants.length > 0 ? (
          <Group gap={4}>
            {user.grants.map((grant) => (
              <Badge key={grant} variant="light" color="gray">
                <bdi dir="ltr">{grant}</bdi>
              </Badge>
            ))}
          </Group>
        ) : (
          '—'
        ),
    },
    {
      key: 'email',
      header: t('users.email'),
      phone: 'hide',
      render: (user) => (user.email ? <bdi dir="ltr">{user.email}</bdi> : '—'),
    },
    {
      key: 'seen',
      header: t('users.lastLogin'),
      render: (user) => <Relative at={user.lastLoginAt} empty={t('word.never')} />,
    },
    {
      key: 'state',
      header: t('users.state'),
      render: (user) => {
        const tone = user.isDisabled ? 'cancelled' : 'success';
        return (
          <Badge styles={{ root: { background: statusColor(tone, 'tint'), color: statusColor(tone, 'text') } }}>
            {user.isDisabled ? t('users.disabled') : t('users.active')}
          </Badge>
        );
      },
    },
    {
      key: 'actions',
      header: '',
      align: 'end',
      phone: 'foot',
      render: (user) => (
        <RowMenu label={t('users.actionsOf', { name: isolate(user.name) })}>
          <Menu.Item onClick={() => setDialog({ kind: 'edit', user })}>{t('action.edit')}</Menu.Item>
          <Menu.Item onClick={() => setDialog({ kind: 'password', user })}>{t('users.setPassword')}</Menu.Item>
          {user.isDisabled ? (
            <Menu.Item onClick={() => setDisabled(user, false)}>{t('users.enable')}</Menu.Item>
          ) : (
            <Menu.Item color="red" disabled={user.id === me.id} onClick={() => setDialog({ kind: 'disable', user })}>
              {t('users.disable')}
            </Menu.Item>
          )}
        </RowMenu>
      ),
    },
  ];
  const total = query.data?.total ?? 0;
  return (
    <>
      <PageHeader
        title={t('nav.users')}
        description={query.data ? t('users.count', { count: total, n: format.number(total) }) : undefined}
        actions={
          <Button variant="filled" leftSection={<IconPlus size={16} />} onClick={() => setDialog({ kind: 'new' })}>
            {t('users.new')}
          </Button>
        }
      />
      <Section flush>
        {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
        {query.isPending ? <LoadingState /> : null}
        {query.data ? (
          <>
            <DataTable
              caption={t('nav.users')}
              columns={columns}
              rows={query.data.items}
              rowKey={(user) => user.id}
              stale={query.isPlaceholderData}
            />
            <Pager
              page={page}
              perPage={20}
              total={total}
              onPage={(next) => void navigate({ to: paths.users, search: { page: next } })}
            />
          </>
        ) : null}
      </Section>
      {dialog?.kind === 'new' ? <UserDialog user={null} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'edit' ? <UserDialog user={dialog.user} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'password' ? <PasswordDialog user={dialog.user} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'disable' ? (
        <Confirm
          opened
          onClose={() => setDialog(null)}
          title={t('users.disableTitle')}
          confirmLabel={t('users.disable')}
          danger
          loading={update.isPending}
          onConfirm={() => setDisabled(dialog.user, true)}
        >
          {t('users.disableText', { name: isolate(dialog.user.name) })}
        </Confirm>
      ) : null}
    </>
  );
}
