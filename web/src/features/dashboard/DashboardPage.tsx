import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useCanWrite } from '@/api/session';
import { dashboardQuery, heatmapQuery } from '@/api/stats';
import { statusQuery } from '@/api/system';
import { paths } from '@/paths';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { ExecutionTable } from '@/ui/ExecutionTable';
import { InstanceList } from '@/ui/InstanceList';
import { LinkAnchor, LinkButton } from '@/ui/links';
import { PageHeader, Section } from '@/ui/Page';
import { EmptyState, ErrorState, LoadingState } from '@/ui/states';
import classes from './dashboard.module.css';
import { Failures } from './Failures';
import { HeatMap } from './HeatMap';
import { NextHour } from './NextHour';
import { StatCards } from './StatCards';

/** The state of things at one look; every number leads to what it counts. */
export default function DashboardPage() {
  const { t } = useTranslation();
  const { myZone } = usePreferences();
  const canWrite = useCanWrite();
  const status = useQuery(statusQuery);
  const numbers = useQuery(dashboardQuery(myZone));
  const heat = useQuery(heatmapQuery(7, myZone));
  if (status.error && !status.data) return <ErrorState error={status.error} onRetry={() => void status.refetch()} />;
  if (!status.data) return <LoadingState rows={8} />;
  const fresh = status.data.totalJobs === 0;
  return (
    <>
      <PageHeader
        title={t('dashboard.title')}
        actions={
          canWrite ? (
            <LinkButton to={paths.newJob} variant="filled" leftSection={<IconPlus size={16} />}>
              {t('jobs.new')}
            </LinkButton>
          ) : null
        }
      />
      <StatCards status={status.data} numbers={numbers.data ?? null} />
      {fresh ? (
        <Section>
          <EmptyState
            title={t('dashboard.welcome')}
            action={
              canWrite ? (
                <LinkButton to={paths.newJob} variant="filled">
                  {t('jobs.new')}
                </LinkButton>
              ) : undefined
            }
          >
            {t('dashboard.welcomeText')}
          </EmptyState>
        </Section>
      ) : null}
      {numbers.data && !fresh ? (
        <Section title={t('dashboard.nextHour')}>
          <NextHour upcoming={numbers.data.upcoming} />
        </Section>
      ) : null}
      <div className={classes.columns}>
        <div className={classes.wide}>
          {heat.data && !fresh ? (
            <Section title={t('dashboard.heat')}>
              <HeatMap cells={heat.data.cells} days={7} zone={myZone} />
            </Section>
          ) : null}
          <Section
            title={t('dashboard.recent')}
            flush
            actions={
              <LinkAnchor to={paths.history} search={{}} fz="sm">
                {t('dashboard.allRuns')}
              </LinkAnchor>
            }
          >
            {status.data.recentExecutions.length > 0 ? (
              <ExecutionTable rows={status.data.recentExecutions} showJob brief />
            ) : (
              <EmptyState title={t('runs.empty')} />
            )}
          </Section>
        </div>
        <div>
          {numbers.data ? (
            <Section title={t('dashboard.failures')}>
              <Failures groups={numbers.data.failures} />
            </Section>
          ) : null}
          <Section title={t('nav.instances')}>
            <InstanceList instances={status.data.instances} compact />
          </Section>
        </div>
      </div>
    </>
  );
}
