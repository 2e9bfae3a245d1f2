import { Group, Text } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import type { DashboardNumbers } from '@/api/stats';
import { paths } from '@/paths';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { useMinute, useNow } from '@/shared/time/now';
import { Relative, useShownZone } from '@/shared/time/Time';
import { LinkAnchor } from '@/ui/links';
import classes from './dashboard.module.css';

const hour = 3_600_000;
const bins = 60;

/** What is due within the hour, minute by minute, and the next few by name. */
export function NextHour({ upcoming }: { upcoming: DashboardNumbers['upcoming'] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const zone = useShownZone();
  const now = useNow();
  const minute = useMinute();
  const { ref, width } = useElementSize();
  const counts = Array.from({ length: bins }, () => 0);
  for (const { at } of upcoming) {
    const bin = Math.floor((Date.parse(at) - minute) / 60_000);
    if (bin >= 0 && bin < bins) counts[bin] = (counts[bin] ?? 0) + 1;
  }
  const most = Math.max(1, ...counts);
  const slot = width / bins;
  // Of a job that is due often, only its next time.
  const named = new Set<number>();
  const next = upcoming
    .filter(({ at, jobId }) => Date.parse(at) > now && !named.has(jobId) && named.add(jobId))
    .slice(0, 5);
  return (
    <>
      <div ref={ref} className={classes.strip}>
        <svg
          width="100%"
          height={58}
          role="img"
          aria-label={t('dashboard.nextHourLabel', { count: upcoming.length, n: format.number(upcoming.length) })}
        >
          <line x1="0" x2="100%" y1="40.5" y2="40.5" stroke="var(--o-line-strong)" />
          {counts.map((count, bin) => (
            <g key={bin}>
              <title>{`${format.date(minute + bin * 60_000, 'time', zone)} · ${format.number(count)}`}</title>
              <rect x={bin * slot} y={0} width={slot} height={40} fill="transparent" />
              {count > 0 ? (
                <rect
                  x={bin * slot + 1}
                  y={40 - Math.max(5, (count / most) * 36)}
                  width={Math.max(2, slot - 2)}
                  height={Math.max(5, (count / most) * 36)}
                  rx={1.5}
                  fill="var(--o-running-solid)"
                />
              ) : null}
            </g>
          ))}
          {[0, 15, 30, 45].map((offset) => (
            <text key={offset} x={offset * slot} y={55}>
              {format.date(minute + offset * 60_000, 'time', zone)}
            </text>
          ))}
          <text x="100%" y={55} textAnchor="end">
            {format.date(minute + hour, 'time', zone)}
          </text>
        </svg>
      </div>
      {next.length > 0 ? (
        <Group gap="0.25rem 1.25rem" mt="xs">
          {next.map((entry) => (
            <Text key={`${entry.jobId}-${entry.at}`} fz="sm">
              <LinkAnchor to={paths.job} params={{ jobId: String(entry.jobId) }} search={{}} dir="auto">
                {localized({ en: entry.jobName, ar: entry.jobNameAr ?? null })}
              </LinkAnchor>{' '}
              <Text span c="dimmed">
                <Relative at={entry.at} countdown />
              </Text>
            </Text>
          ))}
        </Group>
      ) : (
        <Text c="dimmed" fz="sm">
          {t('dashboard.nothingDue')}
        </Text>
      )}
    </>
  );
}
