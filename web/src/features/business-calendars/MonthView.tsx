import { ActionIcon, Button, Group, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { workDaysQuery } from '@/api/calendars';
import type { WorkCalendar } from '@/api/model';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { useMinute } from '@/shared/time/now';
import { addDays, dayKey, type WallClock, wallClockAt, weekdayOf } from '@/shared/time/wallClock';
import { Section } from '@/ui/Page';
import { ErrorState } from '@/ui/states';
import classes from './month.module.css';
import { plainDate } from './words';

/** A month of the calendar: business days, days off, and why. */
export function MonthView({ calendar }: { calendar: WorkCalendar }) {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const { preferences } = usePreferences();
  const minute = useMinute();
  const now = wallClockAt(minute, calendar.timezone);
  const today = dayKey(now);
  const [month, setMonth] = useState({ year: now.year, month: now.month });
  const days = useMemo(() => {
    const first: WallClock = { ...month, day: 1, hour: 0, minute: 0, second: 0 };
    const start = addDays(first, -((weekdayOf(first) - preferences.firstDayOfWeek + 7) % 7));
    const shown = Array.from({ length: 42 }, (_, index) => addDays(start, index));
    // A sixth week that belongs to the next month altogether says nothing.
    return shown[35]?.month === month.month ? shown : shown.slice(0, 35);
  }, [month, preferences.firstDayOfWeek]);
  const query = useQuery(
    workDaysQuery(calendar.id, dayKey(days[0] ?? { ...month, day: 1 }), dayKey(days.at(-1) ?? { ...month, day: 28 })),
  );
  const byDay = new Map(query.data?.map((day) => [day.date, day]));
  const shift = (step: 1 | -1) => {
    const next = month.month + step;
    setMonth({
      year: month.year + (next > 12 ? 1 : next < 1 ? -1 : 0),
      month: next > 12 ? 1 : next < 1 ? 12 : next,
    });
  };
  const rtl = preferences.language === 'ar';
  const Back = rtl ? IconChevronRight : IconChevronLeft;
  const Forward = rtl ? IconChevronLeft : IconChevronRight;
  const noon = (day: WallClock) => `${dayKey(day)}T12:00:00Z`;
  return (
    <Section
      title={
        <span aria-live="polite">{format.date(noon({ ...month, day: 15 } as WallClock), 'monthYear', 'UTC')}</span>
      }
      actions={
        <>
          <Button size="xs" onClick={() => setMonth({ year: now.year, month: now.month })}>
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
      flush
    >
      {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      <div className={classes.grid} aria-hidden="true">
        {days.slice(0, 7).map((day) => (
          <div key={dayKey(day)} className={classes.head}>
            {format.date(noon(day), 'weekdayShort', 'UTC')}
          </div>
        ))}
      </div>
      <ol className={classes.grid} aria-label={t('calendars.days')} data-stale={query.isFetching || undefined}>
        {days.map((day) => {
          const key = dayKey(day);
          const known = byDay.get(key);
          const state = !known ? 'unknown' : known.isBusinessDay ? 'open' : 'closed';
          const entries = known?.entries ?? [];
          return (
            <li
              key={key}
              className={classes.day}
              data-state={state}
              data-outside={day.month !== month.month || undefined}
              data-today={key === today || undefined}
              data-plain={entries.length === 0 || undefined}
              aria-current={key === today ? 'date' : undefined}
            >
              <span className={classes.number}>
                <span className={classes.long}>{plainDate(format, key)}</span>
                <span className={classes.short} aria-hidden="true">
                  {format.number(day.day)}
                </span>
              </span>
              {known?.isWeekend ? (
                <Text fz="xs" c="dimmed">
                  {t('calendars.weekend')}
                </Text>
              ) : null}
              {entries.slice(0, 3).map((entry) => {
                const full = calendar.entries[entry.index];
                return (
                  <span key={entry.index} className={classes.entry} data-kind={entry.kind}>
                    <bdi>{full ? localized({ en: full.name, ar: full.nameAr ?? null }) : entry.name}</bdi>
                  </span>
                );
              })}
              {entries.length > 3 ? (
                <Text fz="xs" c="dimmed">
                  {t('calendar.more', { count: entries.length - 3, n: format.number(entries.length - 3) })}
                </Text>
              ) : null}
            </li>
          );
        })}
      </ol>
      <Group gap="md" p="sm" fz="xs" c="dimmed">
        <Group gap={6}>
          <span className={classes.key} data-kind="closed" /> {t('calendars.closedDay')}
        </Group>
        <Group gap={6}>
          <span className={classes.key} data-kind="holiday" /> {t('calendars.kindName.holiday')}
        </Group>
        <Group gap={6}>
          <span className={classes.key} data-kind="blackout" /> {t('calendars.kindName.blackout')}
        </Group>
      </Group>
    </Section>
  );
}
