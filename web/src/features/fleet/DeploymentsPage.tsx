import { Group, Progress, Select, Stack, Text } from '@mantine/core';
import { IconRocket } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { deploymentsQuery, isUnderWay } from '@/api/deployments';
import type { Deployment } from '@/api/model';
import { paths } from '@/paths';
import { type DeploymentsSearch, deploymentKinds, deploymentStatuses } from '@/searches';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { LiveDuration, Relative } from '@/shared/time/Time';
import { CommitInput } from '@/ui/CommitInput';
import { type Column, DataTable } from '@/ui/DataTable';
import { LinkAnchor } from '@/ui/links';
import { PageHeader, Section } from '@/ui/Page';
import { Pager } from '@/ui/Pager';
import { EmptyState, Fetched } from '@/ui/states';
import { DeploymentStatus } from './DeploymentStatus';

/** What was brought onto devices. */
export default function DeploymentsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const search = useSearch({ from: '/app/deployments' });
  const page = search.page ?? 1;
  const query = useQuery(deploymentsQuery({ ...search, page }));
  const go = (patch: { [K in keyof DeploymentsSearch]?: DeploymentsSearch[K] | undefined }) =>
    void navigate({ to: paths.deployments, search: { ...search, page: undefined, ...patch } as DeploymentsSearch });
  const columns: Column<Deployment>[] = [
    {
      key: 'name',
      header: t('deployments.name'),
      phone: 'title',
      render: (deployment) => (
        <LinkAnchor to={paths.deployment} params={{ deploymentId: String(deployment.id) }} search={{}} inherit fw={600}>
          <bdi>{deployment.name}</bdi>
        </LinkAnchor>
      ),
    },
    {
      key: 'kind',
      header: t('deployments.kind'),
      render: (deployment) => t(`deployments.kindName.${deployment.kind}`),
    },
    {
      key: 'status',
      header: t('deployments.status'),
      render: (deployment) => <DeploymentStatus status={deployment.status} />,
    },
    {
      key: 'devices',
      header: t('deployments.devices'),
      render: (deployment) => (
        <Stack gap={2}>
          <Text fz="sm">
            {t('deployments.counts', {
              succeeded: format.number(deployment.counts.succeeded),
              total: format.number(deployment.counts.total),
              failed: format.number(deployment.counts.failed + deployment.counts.unreached),
            })}
          </Text>
          {isUnderWay(deployment) ? (
            <Progress
              value={deployment.progress}
              size="sm"
              aria-label={t('files.progressOf', { name: isolate(deployment.name) })}
            />
          ) : null}
        </Stack>
      ),
    },
    { key: 'at', header: t('audit.at'), render: (deployment) => <Relative at={deployment.createdAt} /> },
    {
      key: 'duration',
      header: t('runs.column.duration'),
      phone: 'hide',
      render: (deployment) =>
        deployment.startedAt ? <LiveDuration from={deployment.startedAt} to={deployment.endedAt} /> : '—',
    },
  ];
  const filtered = Boolean(search.q || search.kind || search.status);
  return (
    <>
      <PageHeader title={t('nav.deployments')} description={t('deployments.text')} />
      <Section flush>
        <Group className="o-filters" p="sm" gap="sm" align="flex-end" data-noprint>
          <CommitInput
            size="xs"
            data-page-search
            label={t('action.search')}
            value={search.q}
            onCommit={(q) => go({ q })}
          />
          <Select
            size="xs"
            label={t('deployments.kind')}
            placeholder={t('word.all')}
            clearable
            clearButtonProps={{ 'aria-label': t('action.clear') }}
            data={deploymentKinds.map((value) => ({ value, label: t(`deployments.kindName.${value}`) }))}
            value={search.kind ?? null}
            onChange={(kind) => go({ kind: (kind ?? undefined) as DeploymentsSearch['kind'] })}
          />
          <Select
            size="xs"
            label={t('deployments.status')}
            placeholder={t('word.all')}
            clearable
            clearButtonProps={{ 'aria-label': t('action.clear') }}
            data={deploymentStatuses.map((value) => ({ value, label: t(`deployments.statusName.${value}`) }))}
            value={search.status ?? null}
            onChange={(status) => go({ status: (status ?? undefined) as DeploymentsSearch['status'] })}
          />
        </Group>
        <Fetched
          query={query}
          empty={
            <EmptyState
              icon={<IconRocket size={28} />}
              title={filtered ? t('deployments.noneMatches') : t('deployments.empty')}
            >
              {filtered ? undefined : t('deployments.emptyText')}
            </EmptyState>
          }
        >
          {(data) => (
            <>
              <DataTable
                caption={t('nav.deployments')}
                columns={columns}
                rows={data.items}
                rowKey={(deployment) => deployment.id}
                stale={query.isPlaceholderData}
              />
              <Pager page={page} perPage={20} total={data.total} onPage={(next) => go({ page: next })} />
            </>
          )}
        </Fetched>{' '}
      </Section>
    </>
  );
}
