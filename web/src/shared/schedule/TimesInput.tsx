import { ActionIcon, Button, Group, Input } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/shared/format/useFormat';
import { TimeOfDayInput } from '@/shared/time/TimeOfDayInput';

/** Times of day, any number of them, kept in order. */
export function TimesInput({
  times,
  onChange,
  error,
}: {
  times: string[];
  onChange(times: string[]): void;
  error?: string | undefined;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Input.Wrapper label={t('schedule.atTimes')} error={error} labelElement="div">
      <Group gap="xs" mt={4}>
        {times.map((time, index) => (
          <Group key={index} gap={2} wrap="nowrap">
            <TimeOfDayInput
              label={t('schedule.time', { n: format.number(index + 1) })}
              hideLabel
              value={time}
              onChange={(next) => onChange(times.map((old, position) => (position === index ? next : old)))}
            />
            {times.length > 1 ? (
              <ActionIcon
                size="sm"
                aria-label={t('action.remove')}
                onClick={() => onChange(times.filter((_, position) => position !== index))}
              >
                <IconX size={14} />
              </ActionIcon>
            ) : null}
          </Group>
        ))}
        <Button size="xs" leftSection={<IconPlus size={14} />} onClick={() => onChange([...times, '12:00'])}>
          {t('schedule.addTime')}
        </Button>
      </Group>
    </Input.Wrapper>
  );
}
