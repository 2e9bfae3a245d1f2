import { Button, Group, Text } from '@mantine/core';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useTestConnection } from '@/api/connections';
import type { ConnectionTest } from '@/api/model';
import { isolate } from '@/shared/format/formatter';
import { useLocalized } from '@/shared/format/useFormat';
import { statusColor } from '@/ui/StatusBadge';
import { toastFailure } from '@/ui/toast';

/** Tries a connection out and says in words what came of it. */
export function TestButton({ id, name }: { id: number; name: string }) {
  const { t } = useTranslation();
  const test = useTestConnection();
  return (
    <Group gap="xs" wrap="nowrap" maw={340}>
      <Button
        size="compact-sm"
        aria-label={t('connections.testOf', { name: isolate(name) })}
        loading={test.isPending}
        onClick={() => test.mutate(id, { onError: toastFailure })}
        style={{ flexShrink: 0 }}
      >
        {t('connections.test')}
      </Button>
      <div role="status">{test.data && !test.isPending ? <TestResult result={test.data} /> : null}</div>
    </Group>
  );
}

export function TestResult({ result }: { result: ConnectionTest }) {
  const localized = useLocalized();
  const Icon = result.works ? IconCircleCheck : IconCircleX;
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <Icon
        size={18}
        style={{ flexShrink: 0, color: statusColor(result.works ? 'success' : 'failed', 'text') }}
        aria-hidden="true"
      />
      <Text fz="sm" dir="auto" style={{ overflowWrap: 'anywhere' }}>
        {localized({ en: result.message, ar: result.messageAr })}
      </Text>
    </Group>
  );
}
