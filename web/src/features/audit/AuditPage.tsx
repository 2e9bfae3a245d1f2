import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { AuditEvent } from '@/api/model';
import { auditQuery, useVerifyAudit } from '@/api/people';
import { useMe } from '@/api/session';
import { paths } from '@/paths';
import type { auditSearch } from '@/searches';
import { useFormat } from '@/shared/format/useFormat';
import { Time } from '@/shared/time/Time';
import { CommitInput } from '@/ui/CommitInput';
import { type Column, DataTable } from '@/ui/DataTable';
import { Disclosure } from '@/ui/Disclosure';
import { Ltr } from '@/ui/Ltr';
import { PageHeader, Section } from '@/ui/Page';
import { Pager } from '@/ui/Pager';
import { EmptyState, Fetched } from '@/ui/states';
import { failureText } from '@/ui/toast';

/** Who did what, in a chain that shows when somebody changed it afterwards. */
export default function AuditPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const me = useMe();
  const search = useSearch({ from: '/app/audit' });
  const page = search.page ?? 1;
  const query = useQuery(auditQuery({ ...search, page }));
  const verify = useVerifyAudit();
  const go = (patch: Record<string, unknown>) =>
    void navigate({
      to: paths.audit,
      search: { ...search, page: undefined, ...patch } as ReturnType<typeof auditSearch>,
    });
  const columns: Column<AuditEvent>[] = [
    { key: 'at', header: t('audit.at'), render: (event) => <Time at={event.at} style="dateTimeSeconds" /> },
    { key: 'actor', header: t('audit.actor'), render: (event) => <bdi>{event.actor}</bdi> },
    { key: 'action', header: t('audit.action'), phone: 'title', render: (event) => <Ltr>{event.action}</Ltr> },
    {
      key: 'entity',
      header: t('audit.entity'),
      render: (event) => (
        <Text inherit>
          <Ltr>
            {event.entity}
            {event.entityId != null ? ` #${event.entityId}` : ''}
          </Ltr>{' '}
          {event.entityName ? <bdi>{event.entityName}</bdi> : null}
        </Text>
      ),
    },
    { key: 'via', header: t('audit.via'), phone: 'hide', render: (event) => <Ltr>{event.via}</Ltr> },
    {
      key: 'details',
      header: t('audit.details'),
      render: (event) =>
        event.details && Object.keys(event.details).length > 0 ? (
          <Disclosure title={t('audit.show')} subtle>
            <Code block dir="ltr" mah={220} maw={420} style={{ overflow: 'auto' }} tabIndex={0}>
              {JSON.stringify(event.details, null, 2)}
            </Code>
          </Disclosure>
        ) : (
          '—'
        ),
    },
  ];
  return (
    <>
      <PageHeader
        title={t('nav.audit')}
        description={t('audit.text')}
        actions={
          me.role === 'admin' ? (
            <Button
              leftSection={<IconShieldCheck size={16} />}
              loading={verify.isPending}
              onClick={() => verify.mutate()}
            >
              {t('audit.verify')}
            </Button>
          ) : undefined
        }
      />
      {verify.data ? (
        <Alert
          color="green"
          mb="md"
          withCloseButton
          closeButtonLabel={t('action.close')}
          onClose={() => verify.reset()}
        >
          {t('audit.verified', { count: verify.data.verified, n: format.number(verify.data.verified) })}
        </Alert>
      ) : null}
      {verify.error ? (
        <Alert color="red" mb="md">
          {failureText(verify.error)}
        </Alert>
      ) : null}
      <Section flush>
        <Group className="o-filters" p="sm" gap="sm" data-noprint>
          <CommitInput
            size="xs"
            dir="ltr"
            data-page-search
            label={t('audit.action')}
            placeholder="job.updated"
            value={search.action}
            onCommit={(action) => go({ action })}
          />
          <CommitInput
            size="xs"
            dir="ltr"
            label={t('audit.entity')}
            placeholder="job"
            value={search.entity}
            onCommit={(entity) => go({ entity })}
          />
        </Group>
        <Fetched query={query} empty={<EmptyState title={t('audit.empty')} />}>
          {(data) => (
            <>
              <DataTable
                caption={t('nav.audit')}
                columns={columns}
                rows={data.items}
                rowKey={(event) => event.id}
                stale={query.isPlaceholderData}
              />
              <Pager page={page} perPage={25} total={data.total} onPage={(next) => go({ page: next })} />
            </>
          )}
        </Fetched>{' '}
      </Section>
    </>
  );
}
