import { Badge, Button, Group, Menu, Switch, Text } from '@mantine/core';
import { IconBell, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import type { NotificationRule } from '@/api/model';
import { rulesQuery, useDeleteRule, useUpdateRule } from '@/api/notifications';
import { useCanWrite } from '@/api/session';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { useMayManage } from '@/shared/sharing/SharedBadge';
import { Confirm } from '@/ui/confirm';
import { type Column, DataTable } from '@/ui/DataTable';
import { RowMenu } from '@/ui/RowMenu';
import { EmptyState, Fetched } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';
import { RuleDialog } from './RuleDialog';

type Dialog = { kind: 'new' } | { kind: 'edit' | 'delete'; rule: NotificationRule } | null;

export function RulesTab() {
  const { t } = useTranslation();
  const format = useFormat();
  const canWrite = useCanWrite();
  const mayManage = useMayManage();
  const tasks = useTaskFunctions();
  const query = useQuery(rulesQuery);
  const update = useUpdateRule();
  const remove = useDeleteRule();
  const [dialog, setDialog] = useState<Dialog>(null);
  const filterText = ({ filter, scope }: NotificationRule) => {
    const parts = [
      ...(filter.jobIds && filter.jobIds.length > 0
        ? [t('notify.jobs', { count: filter.jobIds.length, n: format.number(filter.jobIds.length) })]
        : []),
      ...(filter.tags ?? []).map((tag) => `#${isolate(tag)}`),
      ...(filter.taskFunctionKeys ?? []).map((key) => isolate(tasks.name(key))),
    ];
    const whose = t(`notify.scope.${scope}`);
    return parts.length > 0 ? `${whose}: ${parts.join(' · ')}` : whose;
  };
  const columns: Column<NotificationRule>[] = [
    {
      key: 'on',
      header: t('notify.on'),
      phone: 'foot',
      render: (rule) => (
        <Switch
          size="sm"
          aria-label={t('notify.onOf', { name: isolate(rule.name) })}
          checked={rule.isEnabled}
          disabled={!mayManage(rule)}
          onChange={(event) =>
            update.mutate(
              { id: rule.id, change: { isEnabled: event.currentTarget.checked } },
              { onError: toastFailure },
            )
          }
        />
      ),
    },
    {
      key: 'name',
      header: t('notify.name'),
      phone: 'title',
      render: (rule) => (
        <Text inherit fw={600}>
          <bdi dir="ltr">{rule.name}</bdi>
        </Text>
      ),
    },
    { key: 'for', header: t('notify.for'), render: filterText },
    {
      key: 'events',
      header: t('notify.events'),
      render: (rule) => (
        <Group gap={4}>
          {rule.notify.events.map((event) => (
            <Badge key={event} variant="light" color="gray">
              {t(`notify.event.${event}`)}
            </Badge>
          ))}
        </Group>
      ),
    },
    {
      key: 'channels',
      header: t('notify.channels'),
      render: (rule) => <bdi dir="ltr">{rule.notify.channels.join(', ')}</bdi>,
    },
    ...(canWrite
      ? ([
          {
            key: 'actions',
            header: '',
            align: 'end',
            phone: 'foot',
            render: (rule) =>
              mayManage(rule) ? (
                <RowMenu label={t('notify.actionsOf', { name: isolate(rule.name) })}>
                  <Menu.Item onClick={() => setDialog({ kind: 'edit', rule })}>{t('action.edit')}</Menu.Item>
                  <Menu.Item color="red" onClick={() => setDialog({ kind: 'delete', rule })}>
                    {t('action.delete')}
                  </Menu.Item>
                </RowMenu>
              ) : null,
          },
        ] satisfies Column<NotificationRule>[])
      : []),
  ];
  const add = canWrite ? (
    <Button variant="filled" leftSection={<IconPlus size={16} />} onClick={() => setDialog({ kind: 'new' })}>
      {t('notify.newRule')}
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
          <EmptyState icon={<IconBell size={28} />} title={t('notify.noRules')} action={add}>
            {t('notify.noRulesText')}
          </EmptyState>
        }
      >
        {() => <DataTable caption={t('notify.tab.rules')} columns={columns} rows={items} rowKey={(rule) => rule.id} />}
      </Fetched>{' '}
      {dialog?.kind === 'new' ? <RuleDialog rule={null} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'edit' ? <RuleDialog rule={dialog.rule} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'delete' ? (
        <Confirm
          opened
          danger
          title={t('notify.deleteRule')}
          confirmLabel={t('action.delete')}
          loading={remove.isPending}
          onClose={() => setDialog(null)}
          onConfirm={() =>
            remove.mutate(dialog.rule.id, {
              onSuccess: () => {
                setDialog(null);
                toastSuccess(t('notify.deleted'));
              },
              onError: toastFailure,
            })
          }
        >
          {t('notify.deleteRuleText', { name: isolate(dialog.rule.name) })}
        </Confirm>
      ) : null}
    </>
  );
}
