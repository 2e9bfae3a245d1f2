import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatWallClock, instantOf, parseWallClock, wallClockAt } from './wallClock';

/**
 * A date and time on the wall clock of a named zone, kept as an instant. The browser's own control is used because it brings
 * keyboard and screen-reader support and the phone's picker; its text stays left to right.
 */
export function ZonedDateTimeInput({
  label,
  description,
  value,
  onChange,
  zone,
  required,
  error,
  min,
}: {
  label: string;
  description?: string;
  value: string | null | undefined;
  onChange(value: string | null): void;
  zone: string;
  required?: boolean;
  error?: string | undefined;
  min?: string;
}) {
  const { t } = useTranslation();
  const shown = value
    ? formatWallClock(wallClockAt(Date.parse(value), zone))
        .replace(' ', 'T')
        .slice(0, 16)
    : '';
  const [draft, setDraft] = useState<string | null>(null);
  return (
    <TextInput
      type="datetime-local"
      label={label}
      description={description ?? t('schedule.inZone', { zone: `\u2068${zone}\u2069` })}
      dir="ltr"
      value={draft ?? shown}
      required={required ?? false}
      error={error}
      {...(min ? { min } : {})}
      onChange={(event) => {
        const text = event.currentTarget.value;
        setDraft(text);
        const wall = parseWallClock(text);
        onChange(wall ? new Date(instantOf(wall, zone)).toISOString() : null);
      }}
      onBlur={() => setDraft(null)}
    />
  );
}
