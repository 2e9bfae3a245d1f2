import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type DateStyle, toDate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { useHint } from '@/ui/useHint';
import { useNow, useSaid } from './now';
import classes from './time.module.css';

type Instant = string | number | Date | null | undefined;

/** The zone the page-wide switch asks for, given the zone of the job at hand. */
export function useShownZone(jobZone?: string | null): string {
  const { zoneMode, myZone } = usePreferences();
  if (zoneMode === 'utc') return 'UTC';
  return zoneMode === 'job' && jobZone ? jobZone : myZone;
}

/** An instant; hovering or focusing shows it in the job's zone, the viewer's and UTC. */
export function Time({
  at,
  zone,
  style = 'dateTime',
  empty = '—',
}: {
  at: Instant;
  zone?: string | null;
  style?: DateStyle;
  empty?: string;
}) {
  const format = useFormat();
  const shown = useShownZone(zone);
  const date = toDate(at);
  if (!date) return <span className={classes.none}>{empty}</span>;
  return (
    <Moment at={date} zone={zone}>
      {format.date(date, style, shown)}
    </Moment>
  );
}

/** What is said of an instant, with the instant itself for those who point at it. */
function Moment({ at, zone, children }: { at: Date; zone: string | null | undefined; children: ReactNode }) {
  const hint = useHint(() => <AllZones at={at} zone={zone} />);
  return (
    <>
      <time dateTime={at.toISOString()} className={classes.time} {...hint.target}>
        {children}
      </time>
      {hint.shown}
    </>
  );
}

/** How long ago or how soon; within the last hour before it happens, a running countdown. */
export function Relative({
  at,
  zone,
  countdown = false,
  empty = '—',
}: {
  at: Instant;
  zone?: string | null;
  countdown?: boolean;
  empty?: string;
}) {
  const date = toDate(at);
  if (!date) return <span className={classes.none}>{empty}</span>;
  return (
    <Moment at={date} zone={zone}>
      <Distance to={date.getTime()} countdown={countdown} />
    </Moment>
  );
}

function Distance({ to, countdown }: { to: number; countdown: boolean }) {
  const format = useFormat();
  const isCounting = (now: number) => countdown && to > now && to - now < 3_600_000;
  const counting = useSaid((now) => (isCounting(now) ? 'counting' : '')) !== '';
  const said = useSaid((now) => (isCounting(now) ? format.countdown(to - now) : format.relative(to, now)));
  if (!counting) return said;
  return (
    <bdi dir="ltr" className={classes.digits}>
      {said}
    </bdi>
  );
}

/** Time since `from`, growing while `to` is not known yet. */
export function LiveDuration({ from, to }: { from: Instant; to?: Instant }) {
  const format = useFormat();
  const now = useNow();
  const start = toDate(from);
  if (!start) return <span className={classes.none}>—</span>;
  const end = toDate(to)?.getTime() ?? now;
  return <span className={classes.digits}>{format.duration(end - start.getTime())}</span>;
}

function AllZones({ at, zone }: { at: Date; zone: string | null | undefined }) {
  const format = useFormat();
  const { t } = useTranslation();
  const { myZone } = usePreferences();
  const rows: [string, string][] = [];
  if (zone) rows.push([t('zone.job'), zone]);
  rows.push([t('zone.mine'), myZone], [t('zone.utc'), 'UTC']);
  return (
    <table className={classes.zones}>
      <tbody>
        {rows.map(([label, name]) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td>{format.date(at, 'full', name)}</td>
            <td>
              <bdi dir="ltr">{name}</bdi>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
