import { Button, Group, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { executionDevicesQuery } from '@/api/devices';
import { useRerunFailedDevices } from '@/api/executions';
import type { Execution } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { useFormat } from '@/shared/format/useFormat';
import { Section } from '@/ui/Page';
import { toastFailure } from '@/ui/toast';
import { DeviceLog } from './DeviceLog';
import { OrderTable } from './OrderTable';
import { tally } from './orders';

/** What each device did for a run, and what any of them writes, as it writes it. */
export function ExecutionDevices({
  execution,
  live,
  onRerun,
}: {
  execution: string;
  live: boolean;
  onRerun(run: Execution): void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const canWrite = useCanWrite();
  const query = useQuery(executionDevicesQuery(execution, live));
  const rerun = useRerunFailedDevices(execution);
  const [open, setOpen] = useState<number[]>([]);
  const orders = query.data?.items ?? [];
  if (orders.length === 0) return null;
  const sum = tally(orders);
  const toggle = (id: number) =>
    setOpen((list) => (list.includes(id) ? list.filter((other) => other !== id) : [...list, id]));
  return (
    <>
      <Section
        title={t('devices.orders')}
        actions={
          <Group gap="sm">
            <Text fz="sm" c="dimmed" aria-live="polite">
              {t('devices.tally', {
                ended: format.number(sum.ended),
                total: format.number(sum.total),
                good: format.number(sum.good),
              })}
            </Text>
            {canWrite && !live && sum.good < sum.total ? (
              <Button
                size="xs"
                leftSection={<IconRefresh size={14} />}
                loading={rerun.isPending}
                onClick={() => rerun.mutate(undefined, { onSuccess: onRerun, onError: toastFailure })}
              >
                {t('devices.rerunFailed')}
              </Button>
            ) : null}
          </Group>
        }
        flush
      >
        <OrderTable orders={orders} of="execution" openIds={open} onOpen={({ deviceId }) => toggle(deviceId)} />
      </Section>
      {orders
        .filter(({ deviceId }) => open.includes(deviceId))
        .map((order) => (
          <DeviceLog
            key={order.deviceId}
            execution={execution}
            device={order.deviceId}
            name={order.deviceName}
            onClose={() => toggle(order.deviceId)}
          />
        ))}
    </>
  );
}
