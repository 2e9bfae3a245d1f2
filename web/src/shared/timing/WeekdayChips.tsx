import { Chip, Group, Input } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Weekday } from '@/api/model';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { weekdays } from '@/shared/schedule/draft';

/** Days of the week, beginning with the viewer's first. */
export function WeekdayChips({
  label,
  description,
  value,
  onChange,
  error,
}: {
  label: string;
  description?: string;
  value: Weekday[];
  onChange(days: Weekday[]): void;
  error?: string | undefined;
}) {
  const { t } = useTranslation();
  const { preferences } = usePreferences();
  const order = Array.from({ length: 7 }, (_, index) => weekdays[(preferences.firstDayOfWeek + index) % 7] ?? 'monday');
  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div">
      <Chip.Group multiple value={value} onChange={(days) => onChange(order.filter((day) => days.includes(day)))}>
        <Group gap={6} mt={6} role="group" aria-label={label}>
          {order.map((day) => (
            <Chip key={day} value={day} size="sm" variant="light">
              {t(`weekday.${day}`)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </Input.Wrapper>
  );
}
