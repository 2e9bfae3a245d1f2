import { ActionIcon, Alert, Button, Drawer, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type CalendarJob, calendarQuery } from '@/api/stats';
import { paths } from '@/paths';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { useMinute } from '@/shared/time/now';
import { Time, useShownZone } from '@/shared/time/Time';
import {
  addDays,
  dayKey,
  instantOf,
  parseWallClock,
  type WallClock,
  wallClockAt,
  weekdayOf,
} from '@/shared/time/wallClock';
import { LinkAnchor } from '@/ui/links';
import { PageHeader, Section } from '@/ui/Page';
import { ErrorState, LoadingState } from '@/ui/states';
import { CalendarDay, tallyOf } from './CalendarDay';
import classes from './calendar.module.css';

/** Past runs and coming ones by day. A job that runs often is one line with its counts, not a thousand. */
export default function CalendarPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const navigate = useNavigate();
  const { preferences } = usePreferences();
  const zone = useShownZone();
  const minute = useMinute();
  const search = useSearch({ from: '/app/calendar' });
  const view = search.view ?? 'month';
  const today = dayKey(wallClockAt(minute, zone));
  const anchor = useMemo<WallClock>(
    () => parseWallClock(search.day ?? today) ?? wallClockAt(Date.now(), zone),
    [search.day, today, zone],
  );
  const [openDay, setOpenDay] = useState<string | null>(null);

  const days = useMemo(() => {
    const first = view === 'month' ? { ...anchor, day: 1 } : anchor;
    const back = (weekdayOf(first) - preferences.firstDayOfWeek + 7) % 7;
    const start = addDays({ ...first, hour: 0, minute: 0, second: 0 }, -back);
    return Array.from({ length: view === 'month' ? 42 : 7 }, (_, index) => addDays(start, index));
  }, [anchor, view, preferences.firstDayOfWeek]);
  const from = new Date(instantOf(days[0] ?? anchor, zone)).toISOString();
  const to = new Date(instantOf(addDays(days.at(-1) ?? anchor, 1), zone)).toISOString();
  const query = useQuery(calendarQuery(from, to, zone));
  const byDay = useMemo(() => new Map(query.data?.days.map(({ day, jobs }) => [day, jobs])), [query.data]);
  const go = (patch: Record<string, unknown>) =>
    void navigate({ to: paths.calendar, search: { ...search, ...patch } as typeof search });
  const shift = (step: 1 | -1) => {
    if (view === 'week') return go({ day: dayKey(addDays(anchor, 7 * step)) });
    const month = anchor.month + step;
    go({
      day: dayKey({
        year: anchor.year + (month > 12 ? 1 : month < 1 ? -1 : 0),
        month: month > 12 ? 1 : month < 1 ? 12 : month,
        day: 1,
      }),
    });
  };
  const rtl = preferences.language === 'ar';
  const Back = rtl ? IconChevronRight : IconChevronLeft;
  const Forward = rtl ? IconChevronLeft : IconChevronRight;
  const title =
    view === 'month'
      ? format.date(instantOf({ ...anchor, day: 15 }, zone), 'monthYear', zone)
      : `${format.date(from, 'dayMonth', zone)} – ${format.date(Date.parse(to) - 1, 'date', zone)}`;
  const openJobs: CalendarJob[] = openDay ? (byDay.get(openDay) ?? []) : [];

  return (
    <>
      <PageHeader
        title={t('nav.calendar')}
        description={t('calendar.zone', { zone: `\u2068${zone}\u2069` })}
        actions={
          <>
            <SegmentedControl
              size="xs"
              aria-label={t('calendar.view')}
              value={view}
              onChange={(next) => go({ view: next === 'month' ? undefined : next })}
              data={[
                { value: 'month', label: t('calendar.month') },
                { value: 'week', label: t('calendar.week') },
              ]}
            />
            <Button size="xs" onClick={() => go({ day: undefined })}>
              {t('calendar.today')}
            </Button>
            <ActionIcon variant="default" aria-label={t('calendar.previous')} onClick={() => shift(-1)}>
              <Back size={18} />
            </ActionIcon>
            <ActionIcon variant="default" aria-label={t('calendar.next')} onClick={() => shift(1)}>
              <Forward size={18} />
            </ActionIcon>
          </>
        }
      />
      <Section title={title} flush>
        {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
        {query.isPending ? <LoadingState /> : null}
        {query.data?.truncated ? (
          <Alert color="yellow" p="xs" m="sm">
            {t('calendar.truncated')}
          </Alert>
        ) : null}
        {query.data ? (
          <div className={classes.grid} data-view={view}>
            {days.slice(0, 7).map((day) => (
              <div key={dayKey(day)} className={classes.head}>
                {format.date(instantOf({ ...day, hour: 12 }, zone), 'weekdayShort', zone)}
              </div>
            ))}
            {days.map((day) => (
              <CalendarDay
                key={dayKey(day)}
                label={format.date(instantOf({ ...day, hour: 12 }, zone), 'date', zone)}
                number={format.number(day.day)}
                weekday={format.date(instantOf({ ...day, hour: 12 }, zone), 'weekdayShort', zone)}
                jobs={byDay.get(dayKey(day)) ?? []}
                today={dayKey(day) === today}
                outside={view === 'month' && day.month !== anchor.month}
                limit={view === 'month' ? 4 : 40}
                onOpen={() => setOpenDay(dayKey(day))}
              />
            ))}
          </div>
        ) : null}
      </Section>
      <Drawer
        opened={openDay !== null}
        onClose={() => setOpenDay(null)}
        position={rtl ? 'left' : 'right'}
        title={
          <Text fw={600}>
            {openDay ? format.date(instantOf(parseWallClock(openDay) ?? anchor, zone), 'date', zone) : ''}
          </Text>
        }
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        <Stack>
          {openJobs.map((job) => (
            <div key={job.jobId}>
              <LinkAnchor to={paths.job} params={{ jobId: String(job.jobId) }} search={{}} fw={600} dir="auto">
                {localized({ en: job.jobName, ar: job.jobNameAr ?? null })}
              </LinkAnchor>
              <Text fz="sm" c="dimmed">
                {tallyOf(job, t, format)}
              </Text>
              {job.firstAt ? (
                <Text fz="sm" c="dimmed">
                  <Time at={job.firstAt} style="time" />
                  {job.lastAt && job.lastAt !== job.firstAt ? (
                    <>
                      {' '}
                      – <Time at={job.lastAt} style="time" />
                    </>
                  ) : null}
                </Text>
              ) : null}
              {job.total > 0 && openDay ? (
                <LinkAnchor
                  fz="sm"
                  to={paths.history}
                  search={{
                    job: job.jobId,
                    from: new Date(instantOf(parseWallClock(openDay) ?? anchor, zone)).toISOString(),
                    to: new Date(instantOf(addDays(parseWallClock(openDay) ?? anchor, 1), zone)).toISOString(),
                  }}
                >
                  {t('calendar.showRuns')}
                </LinkAnchor>
              ) : null}
            </div>
          ))}
          {openJobs.length === 0 ? (
            <Group>
              <Text c="dimmed">{t('calendar.nothing')}</Text>
            </Group>
          ) : null}
        </Stack>
      </Drawer>
    </>
  );
}
