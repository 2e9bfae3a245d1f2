import { Button, NumberInput, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { aboutQuery, useCleanup } from '@/api/system';
import { useFormat } from '@/shared/format/useFormat';
import { Confirm } from '@/ui/confirm';
import { toastFailure, toastSuccess } from '@/ui/toast';

/** Clears old runs by hand; the server does it by itself as well. */
export function HistoryTab() {
  const { t } = useTranslation();
  const format = useFormat();
  const about = useQuery(aboutQuery);
  const cleanup = useCleanup();
  const [days, setDays] = useState<number>(30);
  const [asking, setAsking] = useState(false);
  return (
    <Stack maw={480}>
      {about.data?.retentionDays != null ? (
        <Text c="dimmed">
          {t('settings.retentionNow', { count: about.data.retentionDays, n: format.number(about.data.retentionDays) })}
        </Text>
      ) : null}
      <NumberInput
        label={t('settings.olderThan')}
        min={1}
        max={36_500}
        allowDecimal={false}
        value={days}
        onChange={(value) => setDays(Number(value) || 1)}
      />
      <Button color="red" variant="light" w="fit-content" onClick={() => setAsking(true)}>
        {t('settings.cleanup')}
      </Button>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('settings.cleanup')}
        confirmLabel={t('action.delete')}
        danger
        typed={String(days)}
        loading={cleanup.isPending}
        onConfirm={() =>
          cleanup.mutate(days, {
            onSuccess: ({ deletedCount }) => {
              setAsking(false);
              toastSuccess(t('settings.cleaned', { count: deletedCount, n: format.number(deletedCount) }));
            },
            onError: toastFailure,
          })
        }
      >
        {t('settings.cleanupText', { count: days, n: format.number(days) })}
      </Confirm>
    </Stack>
  );
}
