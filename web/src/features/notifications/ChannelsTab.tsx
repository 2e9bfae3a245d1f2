import { Badge, Button, Group, Menu, Text } from '@mantine/core';
import { IconPlus, IconSend } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel } from '@/api/model';
import { channelsQuery, useDeleteChannel, useTestChannel, useUpdateChannel } from '@/api/notifications';
import { useCanWrite } from '@/api/session';
import { TestResult } from '@/features/connections/TestButton';
import { isolate } from '@/shared/format/formatter';
import { SharedBadge, useMayManage } from '@/shared/sharing/SharedBadge';
import { Confirm } from '@/ui/confirm';
import { type Column, DataTable } from '@/ui/DataTable';
import { RowMenu } from '@/ui/RowMenu';
import { EmptyState, Fetched } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';
import { ChannelDialog } from './ChannelDialog';

type Dialog = { kind: 'new' } | { kind: 'edit' | 'delete'; channel: Channel } | null;

export function ChannelsTab() {
  const { t } = useTranslation();
  const canWrite = useCanWrite();
  const mayManage = useMayManage();
  const query = useQuery(channelsQuery);
  const update = useUpdateChannel();
  const remove = useDeleteChannel();
  const [dialog, setDialog] = useState<Dialog>(null);
  const columns: Column<Channel>[] = [
    {
      key: 'name',
      header: t('notify.name'),
      phone: 'title',
      render: (channel) => (
        <>
          <Group gap={6}>
            <Text inherit fw={600}>
              <bdi dir="ltr">{channel.name}</bdi>
            </Text>
            {channel.isEnabled ? null : (
              <Badge variant="light" color="gray">
                {t('notify.off')}
              </Badge>
            )}
          </Group>
          {channel.description ? (
            <Text fz="xs" c="dimmed">
              <bdi>{channel.description}</bdi>
            </Text>
          ) : null}
        </>
      ),
    },
    { key: 'kind', header: t('notify.kind'), render: (channel) => t(`notify.kindName.${channel.kind}`) },
    {
      key: 'language',
      header: t('language.label'),
      render: (channel) => t(`language.${channel.language}`),
    },
    { key: 'owner', header: t('sharing.owner'), render: (channel) => <SharedBadge thing={channel} /> },
    ...(canWrite
      ? ([
          {
            key: 'test',
            header: t('connections.works'),
            phone: 'foot',
            render: (channel) => (mayManage(channel) ? <TestChannel channel={channel} /> : null),
          },
          {
            key: 'actions',
            header: '',
            align: 'end',
            phone: 'foot',
            render: (channel) =>
              mayManage(channel) ? (
                <RowMenu label={t('notify.actionsOf', { name: isolate(channel.name) })}>
                  <Menu.Item onClick={() => setDialog({ kind: 'edit', channel })}>{t('action.edit')}</Menu.Item>
                  <Menu.Item
                    onClick={() =>
                      update.mutate(
                        { id: channel.id, change: { isEnabled: !channel.isEnabled } },
                        { onError: toastFailure },
                      )
                    }
                  >
                    {channel.isEnabled ? t('notify.turnOff') : t('notify.turnOn')}
                  </Menu.Item>
                  <Menu.Item color="red" onClick={() => setDialog({ kind: 'delete', channel })}>
                    {t('action.delete')}
                  </Menu.Item>
                </RowMenu>
              ) : null,
          },
        ] satisfies Column<Channel>[])
      : []),
  ];
  const add = canWrite ? (
    <Button variant="filled" leftSection={<IconPlus size={16} />} onClick={() => setDialog({ kind: 'new' })}>
      {t('notify.newChannel')}
    </Button>
  ) : undefined;
  const items = query.data?.items ?? [];
  return (
    <>
      {add && items.length > 0 ? (
        <Group p="sm" justify="flex-end" data-noprint>
          {add}
        </Group>
      ) : null}
      <Fetched
        query={query}
        items={items}
        skeletons={4}
        empty={
          <EmptyState icon={<IconSend size={28} />} title={t('notify.noChannels')} action={add}>
            {t('notify.noChannelsText')}
          </EmptyState>
        }
      >
        {() => (
          <DataTable
            caption={t('notify.tab.channels')}
            columns={columns}
            rows={items}
            rowKey={(channel) => channel.id}
          />
        )}
      </Fetched>{' '}
      {dialog?.kind === 'new' ? <ChannelDialog channel={null} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'edit' ? <ChannelDialog channel={dialog.channel} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'delete' ? (
        <Confirm
          opened
          danger
          title={t('notify.deleteChannel')}
          confirmLabel={t('action.delete')}
          loading={remove.isPending}
          onClose={() => setDialog(null)}
          onConfirm={() =>
            remove.mutate(dialog.channel.id, {
              onSuccess: () => {
                setDialog(null);
                toastSuccess(t('notify.deleted'));
              },
              onError: toastFailure,
            })
          }
        >
          {t('notify.deleteChannelText', { name: isolate(dialog.channel.name) })}
        </Confirm>
      ) : null}
    </>
  );
}

function TestChannel({ channel }: { channel: Channel }) {
  const { t } = useTranslation();
  const test = useTestChannel();
  return (
    <Group gap="xs" wrap="nowrap" maw={340}>
      <Button
        size="compact-sm"
        style={{ flexShrink: 0 }}
        aria-label={t('connections.testOf', { name: isolate(channel.name) })}
        loading={test.isPending}
        onClick={() => test.mutate(channel.id, { onError: toastFailure })}
      >
        {t('connections.test')}
      </Button>
      <div role="status">{test.data && !test.isPending ? <TestResult result={test.data} /> : null}</div>
    </Group>
  );
}
