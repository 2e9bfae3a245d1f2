import { VisuallyHidden } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { HeatCell } from '@/api/stats';
import { paths } from '@/paths';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { useMinute } from '@/shared/time/now';
import { addDays, dayKey, instantOf, wallClockAt } from '@/shared/time/wallClock';
import { statusColor } from '@/ui/StatusBadge';
import classes from './dashboard.module.css';

const cellHeight = 22;
const left = 58;
const top = 18;

/** Runs by hour and day. Depth is how many; a red or violet corner says that some failed or were missed. Hours go left to right in both languages. */
export function HeatMap({ cells, days, zone }: { cells: HeatCell[]; days: number; zone: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const minute = useMinute();
  const today = wallClockAt(minute, zone);
  const rows = Array.from({ length: days }, (_, index) =>
    addDays({ ...today, hour: 0, minute: 0, second: 0 }, index - days + 1),
  );
  const byKey = new Map(cells.map((cell) => [`${cell.day}-${cell.hour}`, cell]));
  const most = Math.max(1, ...cells.map(({ total }) => total));
  const { ref, width: available } = useElementSize();
  const cellWidth = Math.min(44, Math.max(10, (available - left - 4) / 24));
  // On a phone the cells are narrow: less air between them, and a mark that leaves something of the cell.
  const narrow = cellWidth < 16;
  const gap = narrow ? 1.5 : 3;
  const radius = narrow ? 2.5 : 4;
  const width = left + 24 * cellWidth;
  const sum = cells.reduce((total, cell) => total + cell.total, 0);
  const bad = cells.reduce((total, cell) => total + cell.failed, 0);
  return (
    <>
      <section ref={ref} className={classes.heat} aria-label={t('dashboard.heat')} tabIndex={0}>
        <svg
          width={width}
          height={top + rows.length * cellHeight}
          role="img"
          aria-label={t('dashboard.heatLabel', { n: format.number(sum), failed: format.number(bad) })}
        >
          {Array.from({ length: 8 }, (_, index) => index * 3).map((hour) => (
            <text key={hour} x={left + hour * cellWidth} y={12}>
              {format.number(hour, { minimumIntegerDigits: 2 })}
            </text>
          ))}
          {rows.map((day, row) => {
            const start = instantOf(day, zone);
            return (
              <g key={dayKey(day)}>
                <text x={0} y={top + row * cellHeight + 15}>
                  {isolate(`${format.date(start, 'weekdayShort', zone)} ${format.number(day.day)}`)}
                </text>
                {Array.from({ length: 24 }, (_, hour) => {
                  const cell = byKey.get(`${dayKey(day)}-${hour}`);
                  const x = left + hour * cellWidth;
                  const y = top + row * cellHeight;
                  const from = instantOf({ ...day, hour }, zone);
                  const open = () =>
                    void navigate({
                      to: paths.history,
                      search: { from: new Date(from).toISOString(), to: new Date(from + 3_600_000).toISOString() },
                    });
                  const share = cell ? 0.22 + 0.78 * Math.sqrt(cell.total / most) : 0;
                  return (
                    // biome-ignore lint/a11y/noStaticElementInteractions: the history page offers the same filter by keyboard
                    <g key={hour} onClick={cell ? open : undefined} style={cell ? { cursor: 'pointer' } : undefined}>
                      <title>{`${format.date(from, 'dateTime', zone)} · ${cell ? t('dashboard.heatCell', { count: cell.total, n: format.number(cell.total), failed: format.number(cell.failed), missed: format.number(cell.missed) }) : t('dashboard.heatNone')}`}</title>
                      <rect
                        x={x}
                        y={y}
                        width={cellWidth - gap}
                        height={cellHeight - 3}
                        rx={narrow ? 2 : 3}
                        fill="var(--o-heat-empty)"
                      />
                      {cell ? (
                        <rect
                          x={x}
                          y={y}
                          width={cellWidth - gap}
                          height={cellHeight - 3}
                          rx={narrow ? 2 : 3}
                          fill="var(--o-heat-full)"
                          fillOpacity={share}
                        />
                      ) : null}
                      {cell && cell.failed > 0 ? (
                        <circle
                          cx={x + cellWidth - gap - radius - 1}
                          cy={y + 5}
                          r={radius}
                          fill={statusColor('failed')}
                          stroke="var(--o-surface)"
                        />
                      ) : null}
                      {cell && cell.failed === 0 && cell.missed > 0 ? (
                        <circle
                          cx={x + cellWidth - gap - radius - 1}
                          cy={y + 5}
                          r={radius}
                          fill={statusColor('missed')}
                          stroke="var(--o-surface)"
                        />
                      ) : null}
                    </g>
                  );
                })}
              </g>
            );
          })}
        </svg>
      </section>
      <div className={classes.legend}>
        <span style={{ ['--swatch' as string]: 'var(--o-heat-full)' }}>{t('dashboard.legendRuns')}</span>
        <span style={{ ['--swatch' as string]: statusColor('failed') }}>{t('status.failed')}</span>
        <span style={{ ['--swatch' as string]: statusColor('missed') }}>{t('status.missed')}</span>
        <VisuallyHidden>{zone}</VisuallyHidden>
      </div>
    </>
  );
}
