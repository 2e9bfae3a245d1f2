import { useElementSize } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Execution } from '@/api/model';
import { paths } from '@/paths';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { useShownZone } from '@/shared/time/Time';
import classes from './chart.module.css';
import { statusColor } from './StatusBadge';

const height = 120;
const foot = 18;

/** The last runs, oldest at the left in both languages: height is duration, colour is outcome. */
export function DurationChart({ runs, zone }: { runs: Execution[]; zone?: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const shownZone = useShownZone(zone);
  const navigate = useNavigate();
  const { ref, width } = useElementSize();
  const ordered = [...runs].reverse();
  const longest = Math.max(1, ...ordered.map(({ durationMs }) => durationMs ?? 0));
  const slot = ordered.length > 0 ? Math.min(26, Math.max(6, width / ordered.length)) : 10;
  const failures = ordered.filter(({ statusName }) => ['failed', 'timeout', 'lost'].includes(statusName)).length;
  return (
    <div ref={ref} className={classes.chart} dir="ltr">
      <svg
        width="100%"
        height={height + foot}
        role="img"
        aria-label={t('runs.chartLabel', {
          count: ordered.length,
          n: format.number(ordered.length),
          failed: format.number(failures),
          longest: format.duration(longest),
        })}
      >
        <line x1="0" x2="100%" y1={height + 0.5} y2={height + 0.5} stroke="var(--o-line-strong)" />
        {ordered.map((run, index) => {
          const bar = Math.max(4, ((run.durationMs ?? 0) / longest) * (height - 14));
          return (
            // Each run is a link in the table below; here it is a shortcut for the pointer.
            // biome-ignore lint/a11y/noStaticElementInteractions: see above
            <g
              key={run.executionId}
              className={classes.bar}
              onClick={() =>
                void navigate({ to: paths.execution, params: { executionId: run.executionId }, search: {} })
              }
            >
              <title>{`${t(`status.${run.statusName}`)} · ${format.date(run.scheduledAt, 'dateTimeSeconds', shownZone)} · ${format.duration(run.durationMs)}`}</title>
              <rect x={index * slot} y={0} width={slot} height={height} fill="transparent" />
              <rect
                x={index * slot + 1}
                y={height - bar}
                width={Math.max(3, slot - 2)}
                height={bar}
                rx={1.5}
                fill={statusColor(run.statusName)}
              />
            </g>
          );
        })}
        <text x="0" y={height + 14} className={classes.tick}>
          {ordered[0] ? isolate(format.date(ordered[0].scheduledAt, 'dateTime', shownZone)) : ''}
        </text>
        <text x="100%" y="10" textAnchor="end" className={classes.tick}>
          {isolate(format.duration(longest))}
        </text>
      </svg>
    </div>
  );
}
