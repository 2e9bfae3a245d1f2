import { Badge, Button, Group, Menu, Text } from '@mantine/core';
import { IconPlugConnected, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { connectionUsesQuery, databaseKinds, useConnectionKinds, useDeleteConnection } from '@/api/connections';
import type { Connection } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { isolate } from '@/shared/format/formatter';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { SharedBadge, useMayManage } from '@/shared/sharing/SharedBadge';
import { Relative } from '@/shared/time/Time';
import { Confirm } from '@/ui/confirm';
import { type Column, DataTable } from '@/ui/DataTable';
import { PageHeader, Section } from '@/ui/Page';
import { RowMenu } from '@/ui/RowMenu';
import { EmptyState, Fetched } from '@/ui/states';
import { TaskIcon } from '@/ui/TaskIcon';
import { toastFailure, toastSuccess } from '@/ui/toast';
import { InUseWarning, isInUse, UsedBy } from '@/ui/UsedBy';
import { ConnectionDialog } from './ConnectionDialog';
import { TestButton } from './TestButton';

type Dialog = { kind: 'new' } | { kind: 'edit' | 'delete'; connection: Connection } | null;

export default function ConnectionsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const canWrite = useCanWrite();
  const mayManage = useMayManage();
  const query = useQuery(connectionUsesQuery);
  const kinds = useConnectionKinds();
  const remove = useDeleteConnection();
  const [dialog, setDialog] = useState<Dialog>(null);

  const kindName = (key: string) => {
    const kind = kinds.find(key);
    return kind ? localized({ en: kind.name, ar: kind.nameAr }) : key;
  };
  const columns: Column<Connection>[] = [
    {
      key: 'name',
      header: t('connections.name'),
      phone: 'title',
      render: (connection) => (
        <>
          <Group gap={6}>
            <Text inherit fw={600}>
              <bdi dir="ltr">{connection.name}</bdi>
            </Text>
            {connection.isBuiltin ? (
              <Badge variant="light" color="gray">
                {t('connections.builtin')}
              </Badge>
            ) : null}
          </Group>
          {connection.isBuiltin || connection.description ? (
            <Text fz="xs" c="dimmed">
              <bdi>{connection.isBuiltin ? t('connections.builtinText') : connection.description}</bdi>
            </Text>
          ) : null}
        </>
      ),
    },
    {
      key: 'kind',
      header: t('connections.kind'),
      render: (connection) => (
        <Group gap={6} wrap="nowrap">
          <TaskIcon name={kinds.find(connection.kind)?.icon} size={16} />
          <bdi>{kindName(connection.kind)}</bdi>
        </Group>
      ),
    },
    {
      key: 'access',
      header: t('connections.access'),
      render: (connection) => <Access connection={connection} />,
    },
    { key: 'uses', header: t('uses.title'), render: (connection) => <UsedBy uses={connection.uses} /> },
    {
      key: 'owner',
      header: t('sharing.owner'),
      render: (connection) => (connection.isBuiltin ? t('connections.ofServer') : <SharedBadge thing={connection} />),
    },
    {
      key: 'changed',
      header: t('connections.changed'),
      phone: 'hide',
      render: (connection) => (connection.isBuiltin ? '—' : <Relative at={connection.updatedAt} />),
    },
    ...(canWrite
      ? ([
          {
            key: 'test',
            header: t('connections.works'),
            phone: 'foot',
            render: (connection) => <TestButton id={connection.id} name={connection.name} />,
          },
          {
            key: 'actions',
            header: '',
            align: 'end',
            phone: 'foot',
            render: (connection) =>
              connection.isBuiltin || !mayManage(connection) ? null : (
                <RowMenu label={t('connections.actionsOf', { name: isolate(connection.name) })}>
                  <Menu.Item onClick={() => setDialog({ kind: 'edit', connection })}>{t('action.edit')}</Menu.Item>
                  <Menu.Item color="red" onClick={() => setDialog({ kind: 'delete', connection })}>
                    {t('action.delete')}
                  </Menu.Item>
                </RowMenu>
              ),
          },
        ] satisfies Column<Connection>[])
      : []),
  ];
  const add = canWrite ? (
    <Button variant="filled" leftSection={<IconPlus size={16} />} onClick={() => setDialog({ kind: 'new' })}>
      {t('connections.new')}
    </Button>
  ) : undefined;
  const items = query.data?.items ?? [];
  return (
    <>
      <PageHeader title={t('nav.connections')} description={t('connections.text')} actions={add} />
      <Section flush>
        <Fetched
          query={query}
          items={items}
          empty={
            <EmptyState icon={<IconPlugConnected size={28} />} title={t('connections.empty')} action={add}>
              {t('connections.emptyText')}
            </EmptyState>
          }
        >
          {() => (
            <DataTable
              caption={t('nav.connections')}
              columns={columns}
              rows={items}
              rowKey={(connection) => connection.id}
            />
          )}
        </Fetched>{' '}
      </Section>
      {query.data ? (
        <Text fz="xs" c="dimmed">
          {t('connections.count', { count: items.length, n: format.number(items.length) })}
        </Text>
      ) : null}
      {dialog?.kind === 'new' ? <ConnectionDialog connection={null} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'edit' ? (
        <ConnectionDialog connection={dialog.connection} onClose={() => setDialog(null)} />
      ) : null}
      {dialog?.kind === 'delete' ? (
        <Confirm
          opened
          danger
          title={t('connections.deleteTitle')}
          confirmLabel={isInUse(dialog.connection.uses) ? t('uses.deleteAnyway') : t('action.delete')}
          loading={remove.isPending}
          onClose={() => setDialog(null)}
          onConfirm={() =>
            remove.mutate(
              { id: dialog.connection.id, force: isInUse(dialog.connection.uses) },
              {
                onSuccess: () => {
                  setDialog(null);
                  toastSuccess(t('connections.deleted'));
                },
                onError: toastFailure,
              },
            )
          }
        >
          <InUseWarning uses={dialog.connection.uses} />
          {isInUse(dialog.connection.uses)
            ? null
            : t('connections.deleteText', { name: isolate(dialog.connection.name) })}
        </Confirm>
      ) : null}
    </>
  );
}

/** What jobs may do through it: tables matter to databases only. */
function Access({ connection }: { connection: Connection }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!databaseKinds.includes(connection.kind)) return '—';
  const tables = connection.allowedTables;
  return (
    <Group gap={4}>
      <Badge variant="light" color={connection.readOnly ? 'gray' : 'orange'}>
        {connection.readOnly ? t('connections.readOnly') : t('connections.readWrite')}
      </Badge>
      <Text span inherit c="dimmed">
        {tables.includes('*')
          ? t('connections.allTables')
          : tables.length === 0
            ? t('connections.noTables')
            : t('connections.tables', { count: tables.length, n: format.number(tables.length) })}
      </Text>
    </Group>
  );
}
