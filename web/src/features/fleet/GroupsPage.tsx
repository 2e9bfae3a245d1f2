import { Badge, Button, ColorSwatch, Menu, Group as Row, Text } from '@mantine/core';
import { IconFolders, IconPlayerPlay, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { groupsQuery, useDeleteGroup } from '@/api/fleet';
import type { Group } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { SharedBadge, useMayManage } from '@/shared/sharing/SharedBadge';
import { Relative } from '@/shared/time/Time';
import { Confirm } from '@/ui/confirm';
import { type Column, DataTable } from '@/ui/DataTable';
import { PageHeader, Section } from '@/ui/Page';
import { RowMenu } from '@/ui/RowMenu';
import { EmptyState, Fetched } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';
import { GroupDialog } from './GroupDialog';
import { MembersDialog } from './MembersDialog';
import { ScheduleDialog } from './ScheduleDialog';

type Dialog = { kind: 'new' } | { kind: 'edit' | 'delete' | 'members' | 'command'; group: Group } | null;

/** Groups of devices, by list or by rule. */
export default function GroupsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const canWrite = useCanWrite();
  const mayManage = useMayManage();
  const query = useQuery(groupsQuery);
  const remove = useDeleteGroup();
  const [dialog, setDialog] = useState<Dialog>(null);
  const columns: Column<Group>[] = [
    {
      key: 'name',
      header: t('groups.name'),
      phone: 'title',
      render: (group) => (
        <>
          <Row gap={6}>
            {group.color ? <ColorSwatch color={group.color} size={12} aria-hidden="true" /> : null}
            <Text inherit fw={600}>
              <bdi>{group.name}</bdi>
            </Text>
          </Row>
          {group.description ? (
            <Text fz="xs" c="dimmed">
              <bdi>{group.description}</bdi>
            </Text>
          ) : null}
        </>
      ),
    },
    {
      key: 'kind',
      header: t('groups.kind'),
      render: (group) => (
        <Badge variant="light" color="gray">
          {group.rule ? t('groups.byRule') : t('groups.byList')}
        </Badge>
      ),
    },
    {
      key: 'members',
      header: t('nav.devices'),
      render: (group) => (
        <Button size="compact-sm" onClick={() => setDialog({ kind: 'members', group })}>
          {t('groups.count', { count: group.memberCount, n: format.number(group.memberCount) })}
        </Button>
      ),
    },
    { key: 'owner', header: t('sharing.owner'), render: (group) => <SharedBadge thing={group} /> },
    { key: 'changed', header: t('connections.changed'), render: (group) => <Relative at={group.updatedAt} /> },
    ...(canWrite
      ? ([
          {
            key: 'actions',
            header: '',
            align: 'end',
            phone: 'foot',
            render: (group) => (
              <RowMenu label={t('groups.actionsOf', { name: isolate(group.name) })}>
                <Menu.Item
                  leftSection={<IconPlayerPlay size={16} />}
                  onClick={() => setDialog({ kind: 'command', group })}
                >
                  {t('devices.runCommand')}
                </Menu.Item>
                {mayManage(group) ? (
                  <>
                    <Menu.Item onClick={() => setDialog({ kind: 'edit', group })}>{t('action.edit')}</Menu.Item>
                    <Menu.Item color="red" onClick={() => setDialog({ kind: 'delete', group })}>
                      {t('action.delete')}
                    </Menu.Item>
                  </>
                ) : null}
              </RowMenu>
            ),
          },
        ] satisfies Column<Group>[])
      : []),
  ];
  const add = canWrite ? (
    <Button variant="filled" leftSection={<IconPlus size={16} />} onClick={() => setDialog({ kind: 'new' })}>
      {t('groups.new')}
    </Button>
  ) : undefined;
  return (
    <>
      <PageHeader title={t('nav.groups')} description={t('groups.text')} actions={add} />
      <Section flush>
        <Fetched
          query={query}
          skeletons={4}
          empty={
            <EmptyState icon={<IconFolders size={28} />} title={t('groups.empty')} action={add}>
              {t('groups.emptyText')}
            </EmptyState>
          }
        >
          {(data) => (
            <DataTable caption={t('nav.groups')} columns={columns} rows={data.items} rowKey={(group) => group.id} />
          )}
        </Fetched>{' '}
      </Section>
      {dialog?.kind === 'new' ? <GroupDialog group={null} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'edit' ? <GroupDialog group={dialog.group} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'members' ? <MembersDialog group={dialog.group} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'command' ? (
        <ScheduleDialog
          task="command"
          subject={dialog.group.name}
          parameters={{ targets: { groups: [dialog.group.id] } }}
          onClose={() => setDialog(null)}
        />
      ) : null}
      {dialog?.kind === 'delete' ? (
        <Confirm
          opened
          danger
          title={t('groups.deleteTitle')}
          confirmLabel={t('action.delete')}
          loading={remove.isPending}
          onClose={() => setDialog(null)}
          onConfirm={() =>
            remove.mutate(dialog.group.id, {
              onSuccess: () => {
                setDialog(null);
                toastSuccess(t('groups.deleted'));
              },
              onError: toastFailure,
            })
          }
        >
          {t('groups.deleteText', { name: isolate(dialog.group.name) })}
        </Confirm>
      ) : null}
    </>
  );
}
