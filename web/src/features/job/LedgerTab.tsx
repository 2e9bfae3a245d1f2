import { Alert, Badge, Button, Group, Select, Stack, Text } from '@mantine/core';
import { IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { firesQuery } from '@/api/jobs';
import type { Disposition, Fire, Job } from '@/api/model';
import { paths } from '@/paths';
import { useFormat } from '@/shared/format/useFormat';
import { Time } from '@/shared/time/Time';
import { ZonedDateTimeInput } from '@/shared/time/ZonedDateTimeInput';
import { type Column, DataTable } from '@/ui/DataTable';
import { LinkAnchor } from '@/ui/links';
import { Pager } from '@/ui/Pager';
import { useReasonText } from '@/ui/reason';
import { StatusBadge, statusColor } from '@/ui/StatusBadge';
import { EmptyState, ErrorState, LoadingState } from '@/ui/states';

const dispositions: Disposition[] = ['execution', 'missed', 'skipped', 'coalesced'];
const colors: Record<Disposition, string> = {
  execution: 'success',
  missed: 'missed',
  skipped: 'skipped',
  coalesced: 'pending',
};
/** Every due instant and what was decided about it: the answer to "why did it not run at 02:30". */
export function LedgerTab({ job }: { job: Job }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [page, setPage] = useState(1);
  const [disposition, setDisposition] = useState<Disposition | null>(null);
  const [from, setFrom] = useState<string | null>(null);
  const [to, setTo] = useState<string | null>(null);
  const query = useQuery(
    firesQuery(job.id, {
      page,
      ...(disposition ? { disposition } : {}),
      ...(from ? { from } : {}),
      ...(to ? { to } : {}),
    }),
  );
  const reasonText = useReasonText();
  const columns: Column<Fire>[] = [
    {
      key: 'due',
      header: t('ledger.due'),
      phone: 'title',
      render: (fire) => (
        <Stack gap={0}>
          <Time at={fire.dueAt} zone={job.timezone} style="full" />
          {fire.until ? (
            <Text fz="xs" c="dimmed">
              {t('ledger.until')} <Time at={fire.until} zone={job.timezone} style="full" />
            </Text>
          ) : null}
        </Stack>
      ),
    },
    {
      key: 'decision',
      header: t('ledger.decision'),
      render: (fire) => (
        <Badge
          variant="light"
          styles={{
            root: {
              background: statusColor(colors[fire.disposition], 'tint'),
              color: statusColor(colors[fire.disposition], 'text'),
            },
          }}
        >
          {t(`ledger.disposition.${fire.disposition}`)}
          {fire.count > 1 ? ` × ${format.number(fire.count)}` : ''}
        </Badge>
      ),
    },
    {
      key: 'reason',
      header: t('ledger.why'),
      render: (fire) => <bdi>{reasonText(fire.reason)}</bdi>,
    },
    {
      key: 'trigger',
      header: t('runs.column.trigger'),
      phone: 'hide',
      render: (fire) => t(`trigger.${fire.triggeredBy}`),
    },
    {
      key: 'run',
      header: t('ledger.run'),
      render: (fire) =>
        fire.executionId ? (
          <LinkAnchor
            to={paths.execution}
            params={{ executionId: fire.executionId }}
            search={{}}
            data-row-link
            underline="never"
          >
            {fire.statusName ? <StatusBadge status={fire.statusName} size="sm" /> : t('ledger.openRun')}
          </LinkAnchor>
        ) : (
          '—'
        ),
    },
  ];
  return (
    <>
      <Alert variant="light" color="gray" m="sm" p="xs" icon={<IconInfoCircle size={18} />}>
        {t('ledger.text')}
      </Alert>
      <Group className="o-filters" px="sm" pb="sm" gap="sm" align="flex-start" data-noprint>
        <Select
          size="xs"
          label={t('ledger.decision')}
          description={'\u00a0'}
          descriptionProps={{ visibleFrom: 'sm' }}
          placeholder={t('word.all')}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          data={dispositions.map((value) => ({ value, label: t(`ledger.disposition.${value}`) }))}
          value={disposition}
          onChange={(value) => {
            setDisposition(value as Disposition | null);
            setPage(1);
          }}
        />
        <ZonedDateTimeInput
          size="xs"
          miw={{ base: '46%', xs: 190 }}
          label={t('ledger.from')}
          zone={job.timezone}
          value={from}
          onChange={(value) => {
            setFrom(value);
            setPage(1);
          }}
        />
        <ZonedDateTimeInput
          size="xs"
          miw={{ base: '46%', xs: 190 }}
          label={t('ledger.to')}
          zone={job.timezone}
          value={to}
          onChange={(value) => {
            setTo(value);
            setPage(1);
          }}
        />
        {from || to || disposition ? (
          <Button
            size="xs"
            mt={46}
            onClick={() => {
              setFrom(null);
              setTo(null);
              setDisposition(null);
            }}
          >
            {t('action.clear')}
          </Button>
        ) : null}
      </Group>
      {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <LoadingState /> : null}
      {query.data && query.data.items.length === 0 ? (
        <EmptyState title={t('ledger.empty')}>{t('ledger.emptyText')}</EmptyState>
      ) : null}
      {query.data && query.data.items.length > 0 ? (
        <>
          <DataTable
            caption={t('jobs.tab.ledger')}
            columns={columns}
            rows={query.data.items}
            rowKey={(fire) => `${fire.dueAt}-${fire.executionId ?? fire.disposition}`}
            stale={query.isPlaceholderData}
          />
          <Pager page={page} perPage={25} total={query.data.total} onPage={setPage} />
        </>
      ) : null}
    </>
  );
}
