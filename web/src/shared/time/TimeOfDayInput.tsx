import { TimePicker } from '@mantine/dates';
import '@mantine/dates/styles.css';
import { useTranslation } from 'react-i18next';

/** A time of day on a 24-hour clock, `HH:MM` or `HH:MM:SS`, left to right in both languages. */
export function TimeOfDayInput({
  label,
  hideLabel = false,
  value,
  onChange,
}: {
  label: string;
  hideLabel?: boolean;
  value: string;
  onChange(value: string): void;
}) {
  const { t } = useTranslation();
  const seconds = value.length > 5;
  return (
    <TimePicker
      {...(hideLabel ? { 'aria-label': label } : { label })}
      dir="ltr"
      w={seconds ? 130 : 104}
      format="24h"
      withSeconds={seconds}
      value={value}
      onChange={(next) => {
        if (next) onChange(next.slice(0, seconds ? 8 : 5));
      }}
      hoursInputLabel={`${label}: ${t('schedule.unit.hours')}`}
      minutesInputLabel={`${label}: ${t('schedule.unit.minutes')}`}
      secondsInputLabel={`${label}: ${t('schedule.unit.seconds')}`}
    />
  );
}
