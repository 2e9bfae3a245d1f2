import { Badge, Button, Group, Menu, Select, Text } from '@mantine/core';
import { IconDeviceDesktop, IconPlayerPlay, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { devicesQuery } from '@/api/devices';
import type { Device } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { paths } from '@/paths';
import { type DevicesSearch, deviceStatuses } from '@/searches';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { SharedBadge } from '@/shared/sharing/SharedBadge';
import { Relative } from '@/shared/time/Time';
import { CommitInput } from '@/ui/CommitInput';
import { type Column, DataTable } from '@/ui/DataTable';
import { LinkAnchor } from '@/ui/links';
import { PageHeader, Section } from '@/ui/Page';
import { Pager } from '@/ui/Pager';
import { RowMenu } from '@/ui/RowMenu';
import { EmptyState, Fetched } from '@/ui/states';
import { DeviceStatus } from './DeviceStatus';
import { EnrollDialog } from './EnrollDialog';
import { osText } from './facts';
import { ScheduleDialog } from './ScheduleDialog';

/** Hosts with an agent. */
export default function DevicesPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const canWrite = useCanWrite();
  const search = useSearch({ from: '/app/devices' });
  const page = search.page ?? 1;
  const query = useQuery(devicesQuery({ ...search, page }));
  const [enrolling, setEnrolling] = useState(false);
  const [commanded, setCommanded] = useState<Device | null>(null);
  const go = (patch: Partial<DevicesSearch> | Record<string, undefined>) =>
    void navigate({ to: paths.devices, search: { ...search, page: undefined, ...patch } as DevicesSearch });
  const columns: Column<Device>[] = [
    {
      key: 'name',
      header: t('devices.name'),
      phone: 'title',
      render: (device) => (
        <>
          <LinkAnchor to={paths.device} params={{ deviceId: String(device.id) }} search={{}} inherit fw={600}>
            <bdi>{device.name}</bdi>
          </LinkAnchor>
          {device.description ? (
            <Text fz="xs" c="dimmed">
              <bdi>{device.description}</bdi>
            </Text>
          ) : null}
        </>
      ),
    },
    {
      key: 'status',
      header: t('devices.state'),
      render: (device) => (
        <Group gap={4}>
          <DeviceStatus status={device.status} />
          {device.maintenance ? (
            <Badge variant="light" color="orange">
              {t('devices.maintenance')}
            </Badge>
          ) : null}
        </Group>
      ),
    },
    { key: 'os', header: t('devices.os'), render: (device) => <bdi>{osText(device.facts)}</bdi> },
    {
      key: 'address',
      header: t('devices.address'),
      phone: 'hide',
      render: (device) => <bdi dir="ltr">{device.address ?? '—'}</bdi>,
    },
    {
      key: 'tags',
      header: t('jobs.filter.tags'),
      render: (device) =>
        device.tags.length > 0 ? (
          <Group gap={4}>
            {device.tags.map((tag) => (
              <Badge key={tag} variant="light" color="gray">
                {tag}
              </Badge>
            ))}
          </Group>
        ) : (
          '—'
        ),
    },
    {
      key: 'seen',
      header: t('devices.seen'),
      render: (device) => <Relative at={device.lastSeenAt} empty={t('word.never')} />,
    },
    { key: 'owner', header: t('sharing.owner'), phone: 'hide', render: (device) => <SharedBadge thing={device} /> },
    ...(canWrite
      ? ([
          {
            key: 'actions',
            header: '',
            align: 'end',
            phone: 'foot',
            render: (device) => (
              <RowMenu label={t('devices.actionsOf', { name: isolate(device.name) })}>
                <Menu.Item leftSection={<IconPlayerPlay size={16} />} onClick={() => setCommanded(device)}>
                  {t('devices.runCommand')}
                </Menu.Item>
              </RowMenu>
            ),
          },
        ] satisfies Column<Device>[])
      : []),
  ];
  const add = canWrite ? (
    <Button variant="filled" leftSection={<IconPlus size={16} />} onClick={() => setEnrolling(true)}>
      {t('devices.enroll')}
    </Button>
  ) : undefined;
  const filtered = Boolean(search.q || search.status || search.tag);
  return (
    <>
      <PageHeader title={t('nav.devices')} description={t('devices.text')} actions={add} />
      <Section flush>
        <Group className="o-filters" p="sm" gap="sm" align="flex-end" data-noprint>
          <CommitInput
            size="xs"
            data-page-search
            label={t('action.search')}
            placeholder={t('devices.searchHint')}
            value={search.q}
            onCommit={(q) => go({ q })}
          />
          <Select
            size="xs"
            label={t('devices.state')}
            placeholder={t('word.all')}
            clearable
            clearButtonProps={{ 'aria-label': t('action.clear') }}
            data={deviceStatuses.map((value) => ({ value, label: t(`devices.status.${value}`) }))}
            value={search.status ?? null}
            onChange={(status) => go({ status: (status ?? undefined) as DevicesSearch['status'] })}
          />
        </Group>
        <Fetched
          query={query}
          empty={
            <EmptyState
              icon={<IconDeviceDesktop size={28} />}
              title={filtered ? t('devices.noneMatches') : t('devices.empty')}
              action={filtered ? undefined : add}
            >
              {filtered ? undefined : t('devices.emptyText')}
            </EmptyState>
          }
        >
          {(data) => (
            <>
              <DataTable
                caption={t('nav.devices')}
                columns={columns}
                rows={data.items}
                rowKey={(device) => device.id}
                stale={query.isPlaceholderData}
              />
              <Pager page={page} perPage={20} total={data.total} onPage={(next) => go({ page: next })} />
            </>
          )}
        </Fetched>{' '}
      </Section>
      {query.data && query.data.total > 0 ? (
        <Text fz="xs" c="dimmed">
          {t('groups.count', { count: query.data.total, n: format.number(query.data.total) })}
        </Text>
      ) : null}
      {enrolling ? <EnrollDialog onClose={() => setEnrolling(false)} /> : null}
      {commanded ? (
        <ScheduleDialog
          task="command"
          subject={commanded.name}
          parameters={{ targets: { devices: [commanded.id] } }}
          onClose={() => setCommanded(null)}
        />
      ) : null}
    </>
  );
}
