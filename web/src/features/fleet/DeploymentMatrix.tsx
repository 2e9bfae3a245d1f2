import { Badge, Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { DeploymentDetail, DeploymentDevice, ExecutionStatus } from '@/api/model';
import { paths } from '@/paths';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { type Column, DataTable } from '@/ui/DataTable';
import { LinkAnchor } from '@/ui/links';
import { statusColor } from '@/ui/StatusBadge';
import { OrderBadge, Reason } from './OrderTable';

const steps = ['pending', 'running', 'success', 'failed', 'skipped'] as const;

/** Each device a row, each step a column: what is done, what is under way, what failed. */
export function DeploymentMatrix({
  deployment,
  openIds,
  onToggle,
}: {
  deployment: DeploymentDetail;
  openIds: number[];
  onToggle(device: number): void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const batches = new Set(deployment.devices.map(({ batch }) => batch)).size;
  const columns: Column<DeploymentDevice>[] = [
    {
      key: 'device',
      header: t('devices.name'),
      phone: 'title',
      render: (device) => (
        <>
          <LinkAnchor to={paths.device} params={{ deviceId: String(device.deviceId) }} search={{}} fw={600}>
            <bdi>{device.name || `#${device.deviceId}`}</bdi>
          </LinkAnchor>
          {batches > 1 ? (
            <Text fz="xs" c="dimmed">
              {t('deployments.batch', { n: format.number(device.batch) })}
            </Text>
          ) : null}
        </>
      ),
    },
    {
      key: 'state',
      header: t('deployments.status'),
      render: (device) => (
        <>
          <OrderBadge order={{ ...device, isUnreachable: false }} />
          {device.reason ? (
            <Text fz="xs" c="dimmed">
              <Reason of={device} />
            </Text>
          ) : null}
        </>
      ),
    },
    ...deployment.steps.map(
      (step, index): Column<DeploymentDevice> => ({
        key: `step${index}`,
        header: `${format.number(index + 1)}. ${isolate(step.name.slice(0, 40))}`,
        render: (device) => <StepBadge state={device.steps[index]} />,
      }),
    ),
    {
      key: 'exit',
      header: t('devices.exitCode'),
      align: 'end',
      render: (device) => (device.exitCode != null ? format.number(device.exitCode) : '—'),
    },
    {
      key: 'output',
      header: t('devices.output'),
      phone: 'foot',
      render: (device) => (
        <Button
          size="compact-sm"
          aria-expanded={openIds.includes(device.deviceId)}
          aria-label={`${t('deployments.showOutput')} · ${isolate(device.name)}`}
          onClick={() => onToggle(device.deviceId)}
        >
          {t('deployments.showOutput')}
        </Button>
      ),
    },
  ];
  return (
    <DataTable
      caption={t('deployments.matrix')}
      columns={columns}
      rows={deployment.devices}
      rowKey={(device) => device.deviceId}
    />
  );
}

function StepBadge({ state }: { state: string | undefined }) {
  const { t } = useTranslation();
  const known = steps.find((word) => word === state);
  if (!known) return '—';
  const tone: ExecutionStatus = known;
  return (
    <Badge styles={{ root: { background: statusColor(tone, 'tint'), color: statusColor(tone, 'text') } }}>
      {t(`deployments.stepState.${known}`)}
    </Badge>
  );
}
