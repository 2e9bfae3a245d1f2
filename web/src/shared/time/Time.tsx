import { Text, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type DateStyle, toDate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { useNow } from './now';
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
  if (!date)
    return (
      <Text span inherit c="dimmed">
        {empty}
      </Text>
    );
  return (
    <Tooltip label={<AllZones at={date} zone={zone} />}>
      <time dateTime={date.toISOString()} className={classes.time}>
        {format.date(date, style, shown)}
      </time>
    </Tooltip>
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
  const format = useFormat();
  const now = useNow();
  const date = toDate(at);
  if (!date)
    return (
      <Text span inherit c="dimmed">
        {empty}
      </Text>
    );
  const left = date.getTime() - now;
  const counting = countdown && left > 0 && left < 3_600_000;
  return (
    <Tooltip label={<AllZones at={date} zone={zone} />}>
      <time dateTime={date.toISOString()} className={classes.time}>
        {counting ? (
          <bdi dir="ltr" className={classes.digits}>
            {format.countdown(left)}
          </bdi>
        ) : (
          format.relative(date, now)
        )}
      </time>
    </Tooltip>
  );
}

/** Time since `from`, growing while `to` is not known yet. */
export function LiveDuration({ from, to }: { from: Instant; to?: Instant }) {
  const format = useFormat();
  const now = useNow();
  const start = toDate(from);
  if (!start)
    return (
      <Text span inherit c="dimmed">
        —
      </Text>
    );
  const end = toDate(to)?.getTime() ?? now;
  return <span className={classes.digits}>{format.duration(end - start.getTime())}</span>;
}

function AllZones({ at, zone }: { at: Date; zone?: string | null }) {
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
