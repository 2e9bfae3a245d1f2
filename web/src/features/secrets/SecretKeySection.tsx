import { Alert, Badge, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SecretKeyState } from '@/api/model';
import { secretKeyQuery, useRotateSecretKey } from '@/api/secrets';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { Time } from '@/shared/time/Time';
import { CopyButton } from '@/ui/CopyButton';
import { Confirm } from '@/ui/confirm';
import { Ltr } from '@/ui/Ltr';
import { Facts, Section } from '@/ui/Page';
import { statusColor } from '@/ui/StatusBadge';
import { ErrorState, LoadingState } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';

/** How a key that is not in a file of the server is changed: one start with both. */
const command = 'ORLOJ_SECRET_KEY_PREVIOUS="$ORLOJ_SECRET_KEY" ORLOJ_SECRET_KEY="$(openssl rand -hex 32)" orloj serve';

/** The key that secrets are encrypted under, and changing it: for administrators. */
export function SecretKeySection() {
  const { t } = useTranslation();
  const query = useQuery(secretKeyQuery);
  return (
    <Section id="secret-key" title={t('secretKey.title')}>
      {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <LoadingState rows={2} /> : null}
      {query.data ? <State state={query.data} /> : null}
    </Section>
  );
}

function State({ state }: { state: SecretKeyState }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rotate = useRotateSecretKey();
  const [asking, setAsking] = useState(false);
  const tone = state.isUsable ? 'success' : 'failed';
  const values = t('secretKey.values', { count: state.values, n: format.number(state.values) });
  return (
    <Stack>
      <Facts
        items={[
          [
            t('secretKey.state'),
            <Badge
              key="s"
              styles={{ root: { background: statusColor(tone, 'tint'), color: statusColor(tone, 'text') } }}
            >
              {t(state.isUsable ? 'secretKey.usable' : 'secretKey.unusable')}
            </Badge>,
          ],
          [t('secretKey.source'), t(`secretKey.sourceName.${state.source}`)],
          [t('secretKey.id'), state.keyId ? <Ltr key="i">{state.keyId}</Ltr> : '—'],
          [t('secretKey.since'), <Time key="t" at={state.since} />],
          [t('secretKey.sealed'), values],
          ...(state.file
            ? [[t('secretKey.file'), <Ltr key="f">{state.file}</Ltr>, true] as [string, React.ReactNode, boolean]]
            : []),
        ]}
      />
      {state.isUsable ? null : (
        <Alert color="red" icon={<IconAlertTriangle />}>
          {t(`secretKey.help.${state.source}`)}
        </Alert>
      )}
      {state.source === 'file' && state.isUsable ? (
        <Group justify="space-between">
          <Text c="dimmed" fz="sm">
            {t('secretKey.keepCopy')}
          </Text>
          <Button leftSection={<IconRefresh size={16} />} onClick={() => setAsking(true)}>
            {t('secretKey.rotate')}
          </Button>
        </Group>
      ) : null}
      {state.source === 'configured' && state.isUsable ? (
        <div>
          <Group justify="space-between" wrap="nowrap">
            <Text c="dimmed" fz="sm">
              {t('secretKey.rotateConfigured')}
            </Text>
            <CopyButton value={command} />
          </Group>
          <Code block dir="ltr" tabIndex={0}>
            {command}
          </Code>
        </div>
      ) : null}
      <Confirm
        opened={asking}
        danger
        title={t('secretKey.rotateTitle')}
        confirmLabel={t('secretKey.rotateConfirm')}
        loading={rotate.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() =>
          rotate.mutate(undefined, {
            onSuccess: ({ keyId }) => {
              setAsking(false);
              toastSuccess(t('secretKey.rotated', { key: isolate(keyId) }));
            },
            onError: toastFailure,
          })
        }
      >
        <Stack gap="xs">
          <Text inherit>{t('secretKey.rotateText', { values })}</Text>
          <Alert color="orange" icon={<IconAlertTriangle />}>
            {t('secretKey.rotateWarning')}
          </Alert>
        </Stack>
      </Confirm>
    </Stack>
  );
}
