import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { LinkProps } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { historyQuery } from '@/api/executions';
import type { SchedulerStatus } from '@/api/model';
import type { DashboardNumbers } from '@/api/stats';
import { paths } from '@/paths';
import { useFormat } from '@/shared/format/useFormat';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { useMinute } from '@/shared/time/now';
import { startOfDay } from '@/shared/time/wallClock';
import { LinkBox } from '@/ui/links';
import classes from './dashboard.module.css';

interface Card {
  key: 'total' | 'active' | 'running' | 'failed' | 'missed' | 'success';
  value: number | null | undefined;
  to: LinkProps;
  tone?: string | undefined;
  percent?: boolean;
}

export function StatCards({ status, numbers }: { status: SchedulerStatus; numbers: DashboardNumbers | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { myZone } = usePreferences();
  const minute = useMinute();
  const today = new Date(startOfDay(minute, myZone)).toISOString();
  // Counts of today by the history itself, for a server that keeps no statistics.
  const count = (state: string) => ({
    ...historyQuery({ status: state, from: today, perPage: 1 }),
    enabled: numbers === null,
  });
  const failed = useQuery(count('failed,timeout,lost'));
  const missed = useQuery(count('missed'));
  const success = useQuery(count('success'));
  const failedToday = numbers?.failedToday ?? failed.data?.total;
  const missedToday = numbers?.missedToday ?? missed.data?.total;
  const good = success.data?.total;
  const rate = numbers
    ? numbers.successRate
    : good !== undefined && failedToday !== undefined && good + failedToday > 0
      ? (100 * good) / (good + failedToday)
      : null;

  const cards: Card[] = [
    { key: 'total', value: status.totalJobs, to: { to: paths.jobs, search: {} } },
    { key: 'active', value: status.enabledJobs, to: { to: paths.jobs, search: { enabled: true } } },
    {
      key: 'running',
      value: status.runningExecutions,
      to: { to: paths.history, search: { status: 'running' } },
      tone: status.runningExecutions > 0 ? 'running' : undefined,
    },
    {
      key: 'failed',
      value: failedToday,
      to: { to: paths.history, search: { status: 'failed', from: today } },
      tone: failedToday ? 'failed' : undefined,
    },
    {
      key: 'missed',
      value: missedToday,
      to: { to: paths.history, search: { status: 'missed', from: today } },
      tone: missedToday ? 'missed' : undefined,
    },
    { key: 'success', value: rate, to: { to: paths.history, search: { from: today } }, percent: true },
  ];
  return (
    <div className={classes.cards}>
      {cards.map((card) => (
        <LinkBox
          key={card.key}
          {...(card.to as { to: typeof paths.jobs; search: object })}
          className={classes.card ?? ''}
          {...{ 'data-tone': card.tone }}
        >
          <Text component="span" className={classes.number ?? ''}>
            {card.percent
              ? format.percent(card.value)
              : card.value === undefined || card.value === null
                ? '—'
                : format.number(card.value)}
          </Text>
          <Text component="span" className={classes.label ?? ''}>
            {t(`dashboard.card.${card.key}`)}
          </Text>
        </LinkBox>
      ))}
    </div>
  );
}
