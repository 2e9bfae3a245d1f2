import { useTranslation } from 'react-i18next';
import type { CalendarTime, Weekday } from '@/api/model';
import { type Formatter, isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';

export function useWeekdayList(): (days: Weekday[]) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return (days) => (days.length === 0 ? t('word.none') : format.list(days.map((day) => t(`weekday.${day}`))));
}

/** A date without a zone, as the calendar means it. */
export function plainDate(format: Formatter, day: string): string {
  return format.date(`${day}T12:00:00Z`, 'date', 'UTC');
}

/** When an entry is in force, in words. */
export function useTimeText(): (when: CalendarTime, zone: string) => string {
  const { t } = useTranslation();
  const format = useFormat();
  const weekdayList = useWeekdayList();
  return (when, zone) => {
    switch (when.type) {
      case 'dates':
        return when.to && when.to !== when.from
          ? `${plainDate(format, when.from)} – ${plainDate(format, when.to)}`
          : plainDate(format, when.from);
      case 'yearly': {
        // A leap year, so that 29 February is a date.
        const two = (n: number) => String(n).padStart(2, '0');
        const day = format.date(`2024-${two(when.month)}-${two(when.day)}T12:00:00Z`, 'dayMonth', 'UTC');
        const days = when.days ?? 1;
        return days > 1
          ? t('calendars.time.yearlyDays', { day: isolate(day), count: days, n: format.number(days) })
          : t('calendars.time.yearly', { day: isolate(day) });
      }
      case 'weekly':
        return t('calendars.time.weekly', {
          days: isolate(weekdayList(when.days)),
          from: isolate(when.from),
          to: isolate(when.to),
        });
      case 'cron':
        return t('calendars.time.cron', {
          expression: isolate(when.expression),
          duration: format.duration(when.durationSeconds * 1000),
        });
      case 'span':
        return `${format.date(when.from, 'dateTime', zone)} – ${format.date(when.to, 'dateTime', zone)}`;
      case 'recurrence':
        return t('calendars.time.recurrence', {
          rule: isolate(when.rule),
          from: isolate(plainDate(format, when.from)),
        });
    }
  };
}
