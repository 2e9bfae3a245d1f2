import { Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Attempt } from '@/api/model';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { useNow } from '@/shared/time/now';
import { Time } from '@/shared/time/Time';
import { StatusDot, statusColor } from '@/ui/StatusBadge';
import classes from './execution.module.css';

/** The attempts of a run on one time axis, with the pauses between them. */
export function AttemptTimeline({ attempts, zone }: { attempts: Attempt[]; zone: string | undefined }) {
  const { t } = useTranslation();
  const localized = useLocalized();
  const format = useFormat();
  const now = useNow();
  const started = attempts.map(({ startedAt }) => (startedAt ? Date.parse(startedAt) : now));
  const ended = attempts.map(({ completedAt }) => (completedAt ? Date.parse(completedAt) : now));
  const first = Math.min(...started);
  const span = Math.max(1, Math.max(...ended) - first);
  return (
    <div className={classes.timeline}>
      {attempts.map((attempt, index) => {
        const from = started[index] ?? first;
        const to = ended[index] ?? from;
        return (
          <div key={attempt.number} className={classes.attempt}>
            <Group gap={6} wrap="nowrap">
              <StatusDot status={attempt.statusName} />
              <Text inherit>{t('runs.attemptNumber', { n: format.number(attempt.number) })}</Text>
            </Group>
            <div className={classes.lane}>
              <div
                className={classes.bar}
                style={{
                  left: `${((from - first) / span) * 100}%`,
                  width: `${Math.max(0.5, ((to - from) / span) * 100)}%`,
                  background: statusColor(attempt.statusName),
                }}
              />
            </div>
            <Text fz="sm" c="dimmed">
              {format.duration(to - from)}
            </Text>
            {attempt.errorMessage ? (
              <Text fz="xs" c="dimmed" dir="auto" style={{ gridColumn: '1 / -1' }}>
                <Time at={attempt.startedAt} zone={zone ?? null} style="timeSeconds" /> ·{' '}
                {localized({ en: attempt.errorMessage, ar: attempt.errorMessageAr })}
              </Text>
            ) : null}
          </div>
        );
      })}
    </div>
  );
}
