import type { MantineSize, StyleProp } from '@mantine/core';
import { DateTimePicker } from '@mantine/dates';
import { useTranslation } from 'react-i18next';
import { isolate } from '@/shared/format/formatter';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import '@mantine/dates/styles.css';
import 'dayjs/locale/ar';
import 'dayjs/locale/en-gb';
import { formatWallClock, instantOf, parseWallClock, wallClockAt } from './wallClock';

/** A date and time on the wall clock of a named zone, kept as an instant. */
export function ZonedDateTimeInput({
  label,
  description,
  value,
  onChange,
  zone,
  required,
  error,
  size,
  miw = 190,
}: {
  label: string;
  description?: string;
  value: string | null | undefined;
  onChange(value: string | null): void;
  zone: string;
  required?: boolean;
  error?: string | undefined;
  size?: MantineSize;
  miw?: StyleProp<number | string>;
}) {
  const { t } = useTranslation();
  const { preferences } = usePreferences();
  const shown = value ? formatWallClock(wallClockAt(Date.parse(value), zone)) : null;
  return (
    <DateTimePicker
      label={label}
      description={description ?? t('schedule.inZone', { zone: isolate(zone) })}
      value={shown}
      onChange={(text) => {
        const wall = text ? parseWallClock(text) : null;
        onChange(wall ? new Date(instantOf(wall, zone)).toISOString() : null);
      }}
      valueFormat="D MMM YYYY HH:mm"
      locale={preferences.language === 'ar' ? 'ar' : 'en-gb'}
      firstDayOfWeek={preferences.firstDayOfWeek}
      weekendDays={preferences.language === 'ar' ? [5, 6] : [0, 6]}
      placeholder={t('form.choose')}
      clearable={!required}
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      required={required ?? false}
      error={error}
      miw={miw}
      {...(size ? { size } : {})}
      timePickerProps={{
        format: '24h',
        hoursInputLabel: t('schedule.unit.hours'),
        minutesInputLabel: t('schedule.unit.minutes'),
      }}
      submitButtonProps={{ 'aria-label': t('action.save') }}
      ariaLabels={{
        previousMonth: t('calendar.previous'),
        nextMonth: t('calendar.next'),
        previousYear: t('calendar.previous'),
        nextYear: t('calendar.next'),
        previousDecade: t('calendar.previous'),
        nextDecade: t('calendar.next'),
        monthLevelControl: t('calendar.month'),
        yearLevelControl: t('calendar.view'),
      }}
    />
  );
}
