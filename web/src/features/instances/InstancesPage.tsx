import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { statusQuery } from '@/api/system';
import { useFormat } from '@/shared/format/useFormat';
import { Relative, Time } from '@/shared/time/Time';
import { InstanceList } from '@/ui/InstanceList';
import { Facts, PageHeader, Section } from '@/ui/Page';
import { ErrorState, LoadingState } from '@/ui/states';

export default function InstancesPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const query = useQuery({ ...statusQuery, refetchInterval: 5000 });
  return (
    <>
      <PageHeader title={t('nav.instances')} description={t('instances.text')} />
      {query.error && !query.data ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <LoadingState /> : null}
      {query.data ? (
        <>
          <Section title={t('instances.scheduler')}>
            <Facts
              items={[
                [
                  t('instances.running'),
                  query.data.isRunning ? t('instances.state.running') : t('instances.state.stopped'),
                ],
                [t('instances.active'), format.number(query.data.activeInstances)],
                [t('instances.runningNow'), format.number(query.data.runningExecutions)],
                [t('instances.waiting'), format.number(query.data.waitingExecutions)],
                [t('instances.watermark'), <Time key="w" at={query.data.watermark} style="dateTimeSeconds" />],
                [t('instances.heartbeat'), <Relative key="h" at={query.data.lastHeartbeat} />],
              ]}
            />
          </Section>
          <Section title={t('nav.instances')}>
            <InstanceList instances={query.data.instances} />
          </Section>
        </>
      ) : null}
    </>
  );
}
