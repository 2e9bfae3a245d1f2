import { Alert, Badge, Button, Group, Menu, Text } from '@mantine/core';
import { IconAlertTriangle, IconChevronDown, IconPlayerPlay, IconTools } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deviceOrdersQuery, deviceQuery, useDeleteDevice, useDeviceAction, useSetMaintenance } from '@/api/devices';
import type { Device } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { paths } from '@/paths';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { SharedBadge, useMayManage } from '@/shared/sharing/SharedBadge';
import { Relative, Time } from '@/shared/time/Time';
import { Confirm } from '@/ui/confirm';
import { Ltr } from '@/ui/Ltr';
import { LinkAnchor } from '@/ui/links';
import { Facts, PageHeader, Section } from '@/ui/Page';
import { EmptyState, ErrorState, LoadingState } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';
import { DeviceDialog } from './DeviceDialog';
import { DeviceStatus } from './DeviceStatus';
import { factRows } from './facts';
import { MaintenanceDialog } from './MaintenanceDialog';
import { OrderTable } from './OrderTable';
import { ScheduleDialog } from './ScheduleDialog';

export default function DevicePage() {
  const { deviceId } = useParams({ from: '/app/devices/$deviceId' });
  const query = useQuery(deviceQuery(Number(deviceId)));
  if (query.error && !query.data) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState />;
  return <Content key={deviceId} device={query.data} />;
}

type Dialog = 'edit' | 'maintenance' | 'command' | 'revoke' | 'delete' | 'suspend';

function Content({ device }: { device: Device }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const canWrite = useCanWrite();
  const mayManage = useMayManage()(device);
  const orders = useQuery(deviceOrdersQuery(device.id));
  const action = useDeviceAction();
  const maintenance = useSetMaintenance();
  const remove = useDeleteDevice();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = () => setDialog(null);
  const act = (name: 'revoke' | 'suspend' | 'resume', done: string) =>
    action.mutate(
      { id: device.id, action: name },
      {
        onSuccess: () => {
          close();
          toastSuccess(done);
        },
        onError: toastFailure,
      },
    );
  const facts = factRows(device.facts, format, t);
  return (
    <>
      <PageHeader
        title={
          <Group gap="sm" component="span" style={{ display: 'inline-flex' }}>
            <DeviceStatus status={device.status} />
            <bdi>{device.name}</bdi>
          </Group>
        }
        tabTitle={device.name}
        before={
          <LinkAnchor to={paths.devices} search={{}} fz="sm">
            {t('nav.devices')}
          </LinkAnchor>
        }
        description={device.description ? <bdi>{device.description}</bdi> : undefined}
        actions={
          canWrite ? (
            <>
              <Button
                variant="filled"
                leftSection={<IconPlayerPlay size={16} />}
                disabled={device.status === 'revoked'}
                onClick={() => setDialog('command')}
              >
                {t('devices.runCommand')}
              </Button>
              {mayManage ? (
                <Menu position="bottom-end">
                  <Menu.Target>
                    <Button rightSection={<IconChevronDown size={16} />}>{t('action.more')}</Button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item onClick={() => setDialog('edit')}>{t('action.edit')}</Menu.Item>
                    {device.status !== 'revoked' ? (
                      <>
                        <Menu.Item onClick={() => setDialog('maintenance')}>{t('devices.beginMaintenance')}</Menu.Item>
                        {device.suspendedAt ? (
                          <Menu.Item onClick={() => act('resume', t('devices.readmitted'))}>
                            {t('devices.readmit')}
                          </Menu.Item>
                        ) : (
                          <Menu.Item onClick={() => setDialog('suspend')}>{t('devices.suspend')}</Menu.Item>
                        )}
                        <Menu.Item color="red" onClick={() => setDialog('revoke')}>
                          {t('devices.revoke')}
                        </Menu.Item>
                      </>
                    ) : null}
                    <Menu.Item color="red" onClick={() => setDialog('delete')}>
                      {t('action.delete')}
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              ) : null}
            </>
          ) : undefined
        }
      />
      {device.suspendedAt ? (
        <Alert color="red" icon={<IconAlertTriangle />} mb="md" title={t('devices.status.suspended')}>
          {device.suspendReason === 'duplicate_identity' ? t('devices.duplicate') : t('devices.suspendedByHand')}{' '}
          <Time at={device.suspendedAt} />
        </Alert>
      ) : null}
      {device.maintenance ? (
        <Alert color="orange" icon={<IconTools />} mb="md" title={t('devices.maintenance')}>
          <Group justify="space-between">
            <Text inherit>
              {device.maintenance.until ? (
                <>
                  {t('devices.until')} <Time at={device.maintenance.until} />{' '}
                </>
              ) : null}
              {device.maintenance.reason ? <bdi>{device.maintenance.reason}</bdi> : t('devices.noNewWork')}
            </Text>
            {mayManage ? (
              <Button
                size="xs"
                loading={maintenance.isPending}
                onClick={() => maintenance.mutate({ id: device.id, maintenance: null }, { onError: toastFailure })}
              >
                {t('devices.endMaintenance')}
              </Button>
            ) : null}
          </Group>
        </Alert>
      ) : null}
      <Section>
        <Facts
          items={[
            [t('devices.seen'), <Relative key="s" at={device.lastSeenAt} empty={t('word.never')} />],
            [t('devices.connectedSince'), <Time key="c" at={device.connectedAt} />],
            [t('devices.address'), <Ltr key="a">{device.address ?? '—'}</Ltr>],
            [t('devices.agent'), <Ltr key="v">{device.agentVersion ?? '—'}</Ltr>],
            [t('sharing.owner'), <SharedBadge key="o" thing={device} />],
            [
              t('jobs.filter.tags'),
              device.tags.length > 0 ? (
                <Group key="t" gap={4}>
                  {device.tags.map((tag) => (
                    <Badge key={tag} variant="light" color="gray">
                      {tag}
                    </Badge>
                  ))}
                </Group>
              ) : (
                '—'
              ),
            ],
            [t('devices.enrolledAt'), <Time key="e" at={device.createdAt} />],
          ]}
        />
      </Section>
      <Section title={t('devices.history')} flush>
        {orders.error ? <ErrorState error={orders.error} onRetry={() => void orders.refetch()} /> : null}
        {orders.isPending ? <LoadingState rows={3} /> : null}
        {orders.data && orders.data.items.length === 0 ? <EmptyState title={t('devices.noHistory')} /> : null}
        {orders.data && orders.data.items.length > 0 ? <OrderTable orders={orders.data.items} of="device" /> : null}
      </Section>
      <Section title={t('devices.facts')}>
        {facts.length === 0 ? <Text c="dimmed">{t('devices.noFacts')}</Text> : null}
        <Facts
          items={facts.map(({ name, value, at }) => [
            <bdi key="n">{name}</bdi>,
            at ? (
              <Time key="v" at={at} style="full" />
            ) : (
              <bdi key="v" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-line' }}>
                {value}
              </bdi>
            ),
          ])}
        />
        {device.factsAt ? (
          <Text fz="xs" c="dimmed" mt="sm">
            {t('devices.reported')} <Relative at={device.factsAt} />
          </Text>
        ) : null}
      </Section>
      {dialog === 'edit' ? <DeviceDialog device={device} onClose={close} /> : null}
      {dialog === 'maintenance' ? <MaintenanceDialog device={device} onClose={close} /> : null}
      {dialog === 'command' ? (
        <ScheduleDialog
          task="command"
          subject={device.name}
          parameters={{ targets: { devices: [device.id] } }}
          onClose={close}
        />
      ) : null}
      {dialog === 'suspend' ? (
        <Confirm
          opened
          danger
          title={t('devices.suspendTitle')}
          confirmLabel={t('devices.suspend')}
          loading={action.isPending}
          onClose={close}
          onConfirm={() => act('suspend', t('devices.suspended'))}
        >
          {t('devices.suspendText', { name: isolate(device.name) })}
        </Confirm>
      ) : null}
      {dialog === 'revoke' ? (
        <Confirm
          opened
          danger
          typed={device.name}
          title={t('devices.revokeTitle')}
          confirmLabel={t('devices.revoke')}
          loading={action.isPending}
          onClose={close}
          onConfirm={() => act('revoke', t('devices.revoked'))}
        >
          {t('devices.revokeText', { name: isolate(device.name) })}
        </Confirm>
      ) : null}
      {dialog === 'delete' ? (
        <Confirm
          opened
          danger
          typed={device.name}
          title={t('devices.deleteTitle')}
          confirmLabel={t('action.delete')}
          loading={remove.isPending}
          onClose={close}
          onConfirm={() =>
            remove.mutate(device.id, {
              onSuccess: () => {
                toastSuccess(t('devices.deleted'));
                void navigate({ to: paths.devices, search: {} });
              },
              onError: toastFailure,
            })
          }
        >
          {t('devices.deleteText', { name: isolate(device.name) })}
        </Confirm>
      ) : null}
    </>
  );
}
