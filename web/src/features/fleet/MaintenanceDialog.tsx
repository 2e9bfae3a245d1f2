import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSetMaintenance } from '@/api/devices';
import type { Device } from '@/api/model';
import { isolate } from '@/shared/format/formatter';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { ZonedDateTimeInput } from '@/shared/time/ZonedDateTimeInput';
import { failureText, toastSuccess } from '@/ui/toast';

/** A time in which a device is given no new work. */
export function MaintenanceDialog({ device, onClose }: { device: Device; onClose(): void }) {
  const { t } = useTranslation();
  const { myZone } = usePreferences();
  const set = useSetMaintenance();
  const [until, setUntil] = useState<string | null>(device.maintenance?.until ?? null);
  const [reason, setReason] = useState(device.maintenance?.reason ?? '');
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Text fw={600}>{t('devices.beginMaintenance')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          set.mutate(
            {
              id: device.id,
              maintenance: {
                ...(until ? { until } : {}),
                ...(reason.trim() ? { reason: reason.trim() } : {}),
              },
            },
            {
              onSuccess: () => {
                toastSuccess(t('devices.inMaintenance'));
                onClose();
              },
            },
          );
        }}
      >
        <Stack>
          <Text c="dimmed">{t('devices.maintenanceText', { name: isolate(device.name) })}</Text>
          {set.error ? (
            <Alert color="red" role="alert">
              {failureText(set.error)}
            </Alert>
          ) : null}
          <ZonedDateTimeInput label={t('devices.untilLabel')} value={until} onChange={setUntil} zone={myZone} />
          <TextInput
            label={t('pause.reason')}
            maxLength={1000}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="submit" variant="filled" loading={set.isPending}>
              {t('action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
