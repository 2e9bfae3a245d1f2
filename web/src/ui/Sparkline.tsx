import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { SparkRun } from '@/api/stats';
import { paths } from '@/paths';
import { useFormat } from '@/shared/format/useFormat';
import { useShownZone } from '@/shared/time/Time';
import { statusColor } from './StatusBadge';
import classes from './sparkline.module.css';

const slots = 20;
const barWidth = 3.5;
const gap = 1;

/** The last runs as bars: height is duration, colour is outcome, each leads to its run. Time goes left to right in both languages. */
export function Sparkline({ runs, height = 22 }: { runs: SparkRun[]; height?: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const zone = useShownZone();
  const navigate = useNavigate();
  const shown = runs.slice(-slots);
  const longest = Math.max(1, ...shown.map(({ durationMs }) => durationMs ?? 0));
  const failed = shown.filter(
    ({ statusName }) => statusName !== 'success' && statusName !== 'running' && statusName !== 'pending',
  ).length;
  const width = slots * (barWidth + gap);
  // A short row of bars stands where its column begins: at the right in Arabic.
  const skipped = format.language === 'ar' ? slots - shown.length : 0;
  const label = t('spark.label', {
    count: shown.length,
    n: format.number(shown.length),
    failed: format.number(failed),
  });
  return (
    <svg width={width} height={height} className={classes.spark} role="img" aria-label={label}>
      {shown.map((run, index) => {
        const share = (run.durationMs ?? 0) / longest;
        const bar = Math.max(4, Math.round(Math.sqrt(share) * height));
        const x = (skipped + index) * (barWidth + gap);
        const describe = `${t(`status.${run.statusName}`)} · ${format.date(run.scheduledAt, 'dateTime', zone)} · ${format.duration(run.durationMs)}`;
        return (
          // The same runs are reachable by keyboard in the job's list of runs; twenty tab stops per row would be in the way.
          // biome-ignore lint/a11y/noStaticElementInteractions: a pointer shortcut to what links elsewhere reach
          <g
            key={run.executionId}
            className={classes.bar}
            onClick={() => void navigate({ to: paths.execution, params: { executionId: run.executionId }, search: {} })}
          >
            <title>{describe}</title>
            <rect x={x} y={0} width={barWidth + gap} height={height} fill="transparent" />
            <rect x={x} y={height - bar} width={barWidth} height={bar} rx={1} fill={statusColor(run.statusName)} />
          </g>
        );
      })}
    </svg>
  );
}
