import { useNavigate } from '@tanstack/react-router';
import { type MouseEvent, memo, useState } from 'react';
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
const slot = barWidth + gap;

/**
 * The last runs as bars: height is duration, colour is outcome, each leads to its run. Time goes left to right in both
 * languages. One shape per outcome, and one title for the bar that is pointed at: a page may have a hundred of these.
 */
export const Sparkline = memo(function Sparkline({ runs, height = 22 }: { runs: SparkRun[]; height?: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const zone = useShownZone();
  const navigate = useNavigate();
  const [over, setOver] = useState(-1);
  const shown = runs.slice(-slots);
  const longest = Math.max(1, ...shown.map(({ durationMs }) => durationMs ?? 0));
  const failed = shown.filter(
    ({ statusName }) => statusName !== 'success' && statusName !== 'running' && statusName !== 'pending',
  ).length;
  // A short row of bars stands where its column begins: at the right in Arabic.
  const skipped = format.language === 'ar' ? slots - shown.length : 0;
  const outlines = new Map<string, string>();
  for (const [index, run] of shown.entries()) {
    const bar = Math.max(4, Math.round(Math.sqrt((run.durationMs ?? 0) / longest) * height));
    const outline = `M${(skipped + index) * slot} ${height - bar}h${barWidth}v${bar}h-${barWidth}z`;
    outlines.set(run.statusName, (outlines.get(run.statusName) ?? '') + outline);
  }
  const runAt = (event: MouseEvent<SVGSVGElement>) =>
    Math.floor((event.clientX - event.currentTarget.getBoundingClientRect().left) / slot) - skipped;
  const pointed = shown[over];
  return (
    // The same runs are reachable by keyboard in the job's list of runs; twenty tab stops per row would be in the way.
    // biome-ignore lint/a11y/useKeyWithClickEvents: a pointer shortcut to what links elsewhere reach
    <svg
      width={slots * slot}
      height={height}
      className={classes.spark}
      data-pointed={pointed ? true : undefined}
      role="img"
      aria-label={t('spark.label', {
        count: shown.length,
        n: format.number(shown.length),
        failed: format.number(failed),
      })}
      onMouseMove={(event) => setOver(runAt(event))}
      onMouseLeave={() => setOver(-1)}
      onClick={(event) => {
        const run = shown[runAt(event)];
        if (run) void navigate({ to: paths.execution, params: { executionId: run.executionId }, search: {} });
      }}
    >
      {pointed ? (
        <>
          <title>{`${t(`status.${pointed.statusName}`)} · ${format.date(pointed.scheduledAt, 'dateTime', zone)} · ${format.duration(pointed.durationMs)}`}</title>
          <rect className={classes.pointed} x={(skipped + over) * slot - gap / 2} width={slot} height={height} />
        </>
      ) : null}
      {[...outlines].map(([status, outline]) => (
        <path key={status} d={outline} fill={statusColor(status)} />
      ))}
    </svg>
  );
});
