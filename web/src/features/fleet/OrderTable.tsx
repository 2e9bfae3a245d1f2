import { Badge, Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DeviceOrder } from '@/api/model';
import { paths } from '@/paths';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { LiveDuration, Relative } from '@/shared/time/Time';
import { type Column, DataTable } from '@/ui/DataTable';
import { LinkAnchor } from '@/ui/links';
import { statusColor } from '@/ui/StatusBadge';
import { orderTone, outcomes, states } from './orders';

/** Orders to devices: of one device over time, or of one execution over its devices. */
export function OrderTable({
  orders,
  of,
  onOpen,
  openIds = [],
}: {
  orders: DeviceOrder[];
  of: 'device' | 'execution';
  onOpen?: (order: DeviceOrder) => void;
  openIds?: number[];
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const columns: Column<DeviceOrder>[] = [
    of === 'device'
      ? {
          key: 'execution',
          header: t('runs.one'),
          phone: 'title',
          render: (order) => (
            <LinkAnchor to={paths.execution} params={{ executionId: String(order.executionNumber) }} search={{}}>
              <Relative at={order.createdAt} />
            </LinkAnchor>
          ),
        }
      : {
          key: 'device',
          header: t('devices.name'),
          phone: 'title',
          render: (order) => (
            <LinkAnchor to={paths.device} params={{ deviceId: String(order.deviceId) }} search={{}} fw={600}>
              <bdi>{order.deviceName || `#${order.deviceId}`}</bdi>
            </LinkAnchor>
          ),
        },
    { key: 'state', header: t('runs.column.status'), render: (order) => <OrderBadge order={order} /> },
    {
      key: 'progress',
      header: t('runs.progress'),
      render: (order) => (
        <Stack gap={2}>
          {order.progress != null && order.state !== 'ended' ? (
            <Progress value={order.progress} size="sm" miw={90} aria-label={t('runs.progress')} />
          ) : null}
          <Text fz="sm" c="dimmed">
            {order.step != null ? t('devices.step', { n: format.number(order.step + 1) }) : null}{' '}
            {order.note ? <bdi>{order.note}</bdi> : null}
            {order.step == null && !order.note ? '—' : null}
          </Text>
        </Stack>
      ),
    },
    {
      key: 'duration',
      header: t('runs.column.duration'),
      render: (order) => (order.startedAt ? <LiveDuration from={order.startedAt} to={order.endedAt} /> : '—'),
    },
    {
      key: 'exit',
      header: t('devices.exitCode'),
      align: 'end',
      render: (order) => (order.exitCode != null ? format.number(order.exitCode) : '—'),
    },
    {
      key: 'reason',
      header: t('runs.reason'),
      render: (order) => <Reason of={order} />,
    },
    ...(onOpen
      ? ([
          {
            key: 'output',
            header: t('devices.output'),
            phone: 'foot',
            render: (order) => (
              <Button
                size="compact-sm"
                aria-expanded={openIds.includes(order.deviceId)}
                aria-label={`${format.bytes(order.outputBytes)} · ${t('devices.outputOf', { name: isolate(order.deviceName) })}`}
                onClick={() => onOpen(order)}
              >
                {format.bytes(order.outputBytes)}
              </Button>
            ),
          },
        ] satisfies Column<DeviceOrder>[])
      : []),
  ];
  return (
    <DataTable
      caption={t('devices.orders')}
      columns={columns}
      rows={orders}
      rowKey={(order) => `${order.executionNumber}-${order.deviceId}`}
    />
  );
}

/** Where an order stands, or how it ended. */
export function OrderBadge({ order }: { order: Pick<DeviceOrder, 'state' | 'outcome' | 'isUnreachable'> }) {
  const { t } = useTranslation();
  const tone = orderTone(order);
  const outcome = outcomes.find((word) => word === order.outcome);
  const state = states.find((word) => word === order.state);
  const words = outcome
    ? t(`devices.outcome.${outcome}`)
    : state
      ? t(`devices.orderState.${state}`)
      : (order.outcome ?? order.state);
  return (
    <Group gap={4}>
      <Badge styles={{ root: { background: statusColor(tone, 'tint'), color: statusColor(tone, 'text') } }}>
        {words}
      </Badge>
      {order.isUnreachable ? (
        <Badge variant="light" color="orange">
          {t('devices.silent')}
        </Badge>
      ) : null}
    </Group>
  );
}

const known = ['offline', 'expired', 'maintenance', 'revoked', 'suspended', 'halted', 'cancelled'] as const;

/** Why an order ended as it did: a word, the exit code, or what the device said. */
export function Reason({ of: { reason, exitCode } }: { of: Pick<DeviceOrder, 'reason' | 'exitCode'> }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!reason) return '—';
  if (exitCode != null && reason === `exit code ${exitCode}`)
    return t('devices.exitCodeIs', { n: format.number(exitCode) });
  const word = known.find((candidate) => candidate === reason);
  return word ? t(`devices.reason.${word}`) : <bdi style={{ overflowWrap: 'anywhere' }}>{reason}</bdi>;
}
