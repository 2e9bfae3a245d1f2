import { Alert, Button, Group, Menu, Text } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Secret } from '@/api/model';
import { secretUsesQuery, useDeleteSecret } from '@/api/secrets';
import { useCanWrite, useMe } from '@/api/session';
import { isolate } from '@/shared/format/formatter';
import { SharedBadge, useMayManage } from '@/shared/sharing/SharedBadge';
import { Relative } from '@/shared/time/Time';
import { CopyButton } from '@/ui/CopyButton';
import { Confirm } from '@/ui/confirm';
import { type Column, DataTable } from '@/ui/DataTable';
import { Ltr } from '@/ui/Ltr';
import { PageHeader, Section } from '@/ui/Page';
import { RowMenu } from '@/ui/RowMenu';
import { EmptyState, Fetched } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';
import { InUseWarning, isInUse, UsedBy } from '@/ui/UsedBy';
import { SecretDialog } from './SecretDialog';
import { SecretKeySection } from './SecretKeySection';

type Dialog = { kind: 'new' } | { kind: 'edit' | 'delete'; secret: Secret } | null;

export default function SecretsPage() {
  const { t } = useTranslation();
  const canWrite = useCanWrite();
  const me = useMe();
  const mayManage = useMayManage();
  const query = useQuery(secretUsesQuery);
  const remove = useDeleteSecret();
  const [dialog, setDialog] = useState<Dialog>(null);
  const columns: Column<Secret>[] = [
    {
      key: 'name',
      header: t('secrets.name'),
      phone: 'title',
      render: (secret) => (
        <>
          <Text inherit fw={600}>
            <bdi dir="ltr">{secret.name}</bdi>
          </Text>
          {secret.description ? (
            <Text fz="xs" c="dimmed">
              <bdi>{secret.description}</bdi>
            </Text>
          ) : null}
        </>
      ),
    },
    {
      key: 'reference',
      header: t('secrets.reference'),
      phone: 'hide',
      render: (secret) => {
        const reference = JSON.stringify({ $secret: secret.name });
        return (
          <Group gap={2} wrap="nowrap">
            <Ltr>{reference}</Ltr>
            <CopyButton value={reference} label={t('secrets.copyReference', { name: isolate(secret.name) })} />
          </Group>
        );
      },
    },
    { key: 'uses', header: t('uses.title'), render: (secret) => <UsedBy uses={secret.uses} /> },
    { key: 'owner', header: t('sharing.owner'), render: (secret) => <SharedBadge thing={secret} /> },
    { key: 'changed', header: t('connections.changed'), render: (secret) => <Relative at={secret.updatedAt} /> },
    ...(canWrite
      ? ([
          {
            key: 'actions',
            header: '',
            align: 'end',
            phone: 'foot',
            render: (secret) =>
              mayManage(secret) ? (
                <RowMenu label={t('secrets.actionsOf', { name: isolate(secret.name) })}>
                  <Menu.Item onClick={() => setDialog({ kind: 'edit', secret })}>{t('secrets.change')}</Menu.Item>
                  <Menu.Item color="red" onClick={() => setDialog({ kind: 'delete', secret })}>
                    {t('action.delete')}
                  </Menu.Item>
                </RowMenu>
              ) : null,
          },
        ] satisfies Column<Secret>[])
      : []),
  ];
  const add = canWrite ? (
    <Button variant="filled" leftSection={<IconPlus size={16} />} onClick={() => setDialog({ kind: 'new' })}>
      {t('secrets.new')}
    </Button>
  ) : undefined;
  return (
    <>
      <PageHeader title={t('nav.secrets')} description={t('secrets.text')} actions={add} />
      <Section flush>
        <Fetched
          query={query}
          skeletons={4}
          empty={
            <EmptyState icon={<IconKey size={28} />} title={t('secrets.empty')} action={add}>
              {t('secrets.emptyText')}
            </EmptyState>
          }
        >
          {(data) => (
            <DataTable caption={t('nav.secrets')} columns={columns} rows={data.items} rowKey={(secret) => secret.id} />
          )}
        </Fetched>{' '}
      </Section>
      {me.role === 'admin' ? <SecretKeySection /> : null}
      {dialog?.kind === 'new' ? <SecretDialog secret={null} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'edit' ? <SecretDialog secret={dialog.secret} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'delete' ? (
        <Confirm
          opened
          danger
          title={t('secrets.deleteTitle')}
          confirmLabel={isInUse(dialog.secret.uses) ? t('uses.deleteAnyway') : t('action.delete')}
          typed={dialog.secret.name}
          loading={remove.isPending}
          onClose={() => setDialog(null)}
          onConfirm={() =>
            remove.mutate(
              { id: dialog.secret.id, force: isInUse(dialog.secret.uses) },
              {
                onSuccess: () => {
                  setDialog(null);
                  toastSuccess(t('secrets.deleted'));
                },
                onError: toastFailure,
              },
            )
          }
        >
          <InUseWarning uses={dialog.secret.uses} />
          {isInUse(dialog.secret.uses) ? null : (
            <Alert color="orange">{t('secrets.deleteText', { name: isolate(dialog.secret.name) })}</Alert>
          )}
        </Confirm>
      ) : null}
    </>
  );
}
