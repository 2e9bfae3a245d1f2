import { Alert, Badge, Button, Code, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Scope, Token } from '@/api/model';
import { tokensQuery, useCreateToken, useRevokeToken } from '@/api/people';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { Relative, Time } from '@/shared/time/Time';
import { CopyButton } from '@/ui/CopyButton';
import { Confirm } from '@/ui/confirm';
import { type Column, DataTable } from '@/ui/DataTable';
import { Ltr } from '@/ui/Ltr';
import { statusColor } from '@/ui/StatusBadge';
import { EmptyState, ErrorState, LoadingState } from '@/ui/states';
import { failureText, toastFailure } from '@/ui/toast';

const lifetimes = [7, 30, 90, 365, 0] as const;

export function TokensTab() {
  const { t } = useTranslation();
  const query = useQuery(tokensQuery);
  const revoke = useRevokeToken();
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState rows={3} />;
  const columns: Column<Token>[] = [
    {
      key: 'label',
      header: t('tokens.label'),
      phone: 'title',
      render: (token) => (
        <Group gap={6}>
          <Text inherit fw={600}>
            <bdi>{token.label}</bdi>
          </Text>
          <Text inherit c="dimmed">
            <Ltr>{token.hint}…</Ltr>
          </Text>
        </Group>
      ),
    },
    { key: 'scope', header: t('tokens.scope'), render: (token) => t(`tokens.scopeName.${token.scope}`) },
    {
      key: 'used',
      header: t('settings.lastUsed'),
      render: (token) => <Relative at={token.usedAt} empty={t('word.never')} />,
    },
    {
      key: 'expires',
      header: t('settings.expires'),
      render: (token) => <Time at={token.expiresAt} empty={t('word.never')} />,
    },
    {
      key: 'revoke',
      header: '',
      align: 'end',
      phone: 'foot',
      render: (token) =>
        token.revokedAt ? (
          <Badge
            styles={{ root: { background: statusColor('cancelled', 'tint'), color: statusColor('cancelled', 'text') } }}
          >
            {t('tokens.revoked')}
          </Badge>
        ) : (
          <Button size="xs" color="red" variant="light" onClick={() => setRevoking(token)}>
            {t('tokens.revoke')}
          </Button>
        ),
    },
  ];
  return (
    <Stack>
      <Group justify="space-between">
        <Text c="dimmed">{t('tokens.text')}</Text>
        <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)}>
          {t('tokens.new')}
        </Button>
      </Group>
      {query.data.items.length === 0 ? (
        <EmptyState title={t('tokens.empty')} />
      ) : (
        <DataTable
          caption={t('settings.tab.tokens')}
          columns={columns}
          rows={query.data.items}
          rowKey={(token) => token.id}
        />
      )}
      {creating ? <CreateToken onClose={() => setCreating(false)} /> : null}
      <Confirm
        opened={revoking !== null}
        onClose={() => setRevoking(null)}
        title={t('tokens.revoke')}
        confirmLabel={t('tokens.revoke')}
        danger
        loading={revoke.isPending}
        onConfirm={() =>
          revoking && revoke.mutate(revoking.id, { onSuccess: () => setRevoking(null), onError: toastFailure })
        }
      >
        {t('tokens.revokeText', { name: isolate(revoking?.label ?? '') })}
      </Confirm>
    </Stack>
  );
}

function CreateToken({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const create = useCreateToken();
  const [label, setLabel] = useState('');
  const [scope, setScope] = useState<Scope>('run');
  const [days, setDays] = useState<string>('90');
  const secret = create.data?.secret;
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Text fw={600}>{t('tokens.new')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
      closeOnClickOutside={!secret}
    >
      {secret ? (
        <Stack>
          <Alert color="yellow">{t('tokens.shownOnce')}</Alert>
          <Group wrap="nowrap" gap="xs">
            <Code
              block
              dir="ltr"
              flex={1}
              style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}
              data-testid="token-secret"
            >
              {secret}
            </Code>
            <CopyButton value={secret} size="lg" />
          </Group>
          <Group justify="flex-end">
            <Button variant="filled" onClick={onClose}>
              {t('action.close')}
            </Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            create.mutate({
              label: label.trim(),
              scope,
              ...(days === '0' ? {} : { expiresAt: new Date(Date.now() + Number(days) * 86_400_000).toISOString() }),
            });
          }}
        >
          <Stack>
            {create.error ? (
              <Alert color="red" role="alert">
                {failureText(create.error)}
              </Alert>
            ) : null}
            <TextInput
              label={t('tokens.label')}
              description={t('tokens.labelHelp')}
              required
              maxLength={100}
              value={label}
              onChange={(event) => setLabel(event.currentTarget.value)}
              data-autofocus
            />
            <Select
              label={t('tokens.scope')}
              data={(['read', 'run', 'full'] as const).map((value) => ({
                value,
                label: t(`tokens.scopeName.${value}`),
              }))}
              value={scope}
              onChange={(value) => setScope(value as Scope)}
            />
            <Select
              label={t('tokens.lifetime')}
              data={lifetimes.map((value) => ({
                value: String(value),
                label: value === 0 ? t('word.never') : t('about.days', { count: value, n: format.number(value) }),
              }))}
              value={days}
              onChange={(value) => setDays(value ?? '90')}
            />
            <Group justify="flex-end">
              <Button onClick={onClose}>{t('action.cancel')}</Button>
              <Button type="submit" variant="filled" loading={create.isPending}>
                {t('action.create')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
