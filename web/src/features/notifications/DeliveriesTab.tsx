import { Badge, Button, Group, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Delivery, ExecutionStatus } from '@/api/model';
import { deliveriesQuery, useRetryDelivery } from '@/api/notifications';
import { useCanWrite } from '@/api/session';
import { paths } from '@/paths';
import { deliveryStates } from '@/searches';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { Relative, Time } from '@/shared/time/Time';
import { type Column, DataTable } from '@/ui/DataTable';
import { Disclosure } from '@/ui/Disclosure';
import { LinkAnchor } from '@/ui/links';
import { Pager } from '@/ui/Pager';
import { statusColor } from '@/ui/StatusBadge';
import { EmptyState, Fetched } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';

const tones: Record<Delivery['state'], ExecutionStatus> = {
  pending: 'pending',
  sending: 'running',
  sent: 'success',
  failed: 'failed',
  held: 'skipped',
  summarized: 'skipped',
};

const events = [
  'failure',
  'recovery',
  'success',
  'partial',
  'missed',
  'late',
  'long_running',
  'lost',
  'reminder',
  'summary',
] as const;

/** What was sent to whom, what is waiting, and what was given up. */
export function DeliveriesTab() {
  const { t } = useTranslation();
  const localized = useLocalized();
  const format = useFormat();
  const navigate = useNavigate();
  const canWrite = useCanWrite();
  const search = useSearch({ from: '/app/notifications' });
  const page = search.page ?? 1;
  const query = useQuery(
    deliveriesQuery({
      page,
      ...(search.state ? { state: search.state } : {}),
      ...(search.job ? { job: search.job } : {}),
    }),
  );
  const retry = useRetryDelivery();
  const go = (patch: Record<string, unknown>) =>
    void navigate({
      to: paths.notifications,
      search: { ...search, tab: 'deliveries', page: undefined, ...patch } as typeof search,
    });
  const columns: Column<Delivery>[] = [
    { key: 'at', header: t('audit.at'), render: (delivery) => <Relative at={delivery.createdAt} /> },
    {
      key: 'event',
      header: t('notify.what'),
      phone: 'title',
      render: (delivery) => {
        const event = events.find((word) => word === delivery.event);
        return (
          <>
            <Text inherit fw={600}>
              {event ? t(`notify.event.${event}`) : delivery.event}
            </Text>
            {delivery.jobId ? (
              <LinkAnchor to={paths.job} params={{ jobId: String(delivery.jobId) }} search={{}} fz="sm">
                <bdi>{localized({ en: delivery.jobName, ar: delivery.jobNameAr })}</bdi>
              </LinkAnchor>
            ) : null}
          </>
        );
      },
    },
    {
      key: 'channel',
      header: t('notify.channel'),
      render: (delivery) => <bdi dir="ltr">{delivery.channelName}</bdi>,
    },
    { key: 'rule', header: t('notify.rule'), phone: 'hide', render: (delivery) => <bdi>{delivery.ruleName}</bdi> },
    {
      key: 'state',
      header: t('notify.state'),
      render: (delivery) => (
        <Stack gap={2}>
          <Badge
            styles={{
              root: {
                background: statusColor(tones[delivery.state], 'tint'),
                color: statusColor(tones[delivery.state], 'text'),
              },
            }}
          >
            {t(`notify.stateName.${delivery.state}`)}
          </Badge>
          {delivery.nextAttemptAt ? (
            <Text fz="xs" c="dimmed">
              <Relative at={delivery.nextAttemptAt} />
            </Text>
          ) : null}
        </Stack>
      ),
    },
    {
      key: 'attempts',
      header: t('runs.attempts'),
      render: (delivery) =>
        delivery.attempts.length > 0 ? (
          <Disclosure title={format.number(delivery.attempts.length)} subtle>
            <Stack gap={4} maw={420}>
              {delivery.attempts.map((attempt) => (
                <Text key={attempt.at} fz="sm">
                  <Time at={attempt.at} style="dateTimeSeconds" />: <bdi>{attempt.message}</bdi>
                </Text>
              ))}
            </Stack>
          </Disclosure>
        ) : (
          '—'
        ),
    },
    {
      key: 'actions',
      header: '',
      align: 'end',
      phone: 'foot',
      render: (delivery) => (
        <Group gap={4} wrap="nowrap" justify="flex-end">
          {delivery.executionId ? (
            <LinkAnchor to={paths.execution} params={{ executionId: delivery.executionId }} search={{}} fz="sm">
              {t('runs.one')}
            </LinkAnchor>
          ) : null}
          {canWrite && delivery.state === 'failed' ? (
            <Button
              size="compact-sm"
              loading={retry.isPending && retry.variables === delivery.id}
              onClick={() =>
                retry.mutate(delivery.id, {
                  onSuccess: () => toastSuccess(t('notify.retried')),
                  onError: toastFailure,
                })
              }
            >
              {t('notify.retry')}
            </Button>
          ) : null}
        </Group>
      ),
    },
  ];
  return (
    <>
      <Group className="o-filters" p="sm" gap="sm" data-noprint>
        <Select
          size="xs"
          label={t('notify.state')}
          placeholder={t('word.all')}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          data={deliveryStates.map((value) => ({ value, label: t(`notify.stateName.${value}`) }))}
          value={search.state ?? null}
          onChange={(state) => go({ state: state ?? undefined })}
        />
        {search.job ? (
          <Button size="xs" mt="auto" onClick={() => go({ job: undefined })}>
            {t('notify.allJobs')}
          </Button>
        ) : null}
      </Group>
      <Fetched
        query={query}
        empty={<EmptyState title={t('notify.noDeliveries')}>{t('notify.noDeliveriesText')}</EmptyState>}
      >
        {(data) => (
          <>
            <DataTable
              caption={t('notify.tab.deliveries')}
              columns={columns}
              rows={data.items}
              rowKey={(delivery) => delivery.id}
              stale={query.isPlaceholderData}
            />
            <Pager page={page} perPage={25} total={data.total} onPage={(next) => go({ page: next })} />
          </>
        )}
      </Fetched>{' '}
    </>
  );
}
