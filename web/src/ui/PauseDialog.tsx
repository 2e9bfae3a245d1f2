import { Button, Group, Modal, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { addDays, instantOf, wallClockAt } from '@/shared/time/wallClock';
import { ZonedDateTimeInput } from '@/shared/time/ZonedDateTimeInput';

type Choice = 'open' | 'hour' | 'tomorrow' | 'date';

/** Until when, and why. */
export function PauseDialog({
  opened,
  onClose,
  onPause,
  loading,
  zone,
}: {
  opened: boolean;
  onClose(): void;
  onPause(until: string | null, reason: string): void;
  loading: boolean;
  zone?: string;
}) {
  const { t } = useTranslation();
  const { myZone } = usePreferences();
  const [choice, setChoice] = useState<Choice>('open');
  const [date, setDate] = useState<string | null>(null);
  const [reason, setReason] = useState('');

  const until = (): string | null => {
    const now = Date.now();
    if (choice === 'hour') return new Date(now + 3_600_000).toISOString();
    if (choice === 'tomorrow') {
      const tomorrow = addDays(wallClockAt(now, myZone), 1);
      return new Date(instantOf({ ...tomorrow, hour: 8, minute: 0, second: 0 }, myZone)).toISOString();
    }
    return choice === 'date' ? date : null;
  };

  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<Text fw={600}>{t('pause.title')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onPause(until(), reason.trim());
        }}
      >
        <Stack>
          <Text c="dimmed">{t('pause.text')}</Text>
          <Radio.Group label={t('pause.until')} value={choice} onChange={(value) => setChoice(value as Choice)}>
            <Stack gap="xs" mt="xs">
              <Radio value="open" label={t('pause.open')} />
              <Radio value="hour" label={t('pause.hour')} />
              <Radio value="tomorrow" label={t('pause.tomorrow')} />
              <Radio value="date" label={t('pause.date')} />
            </Stack>
          </Radio.Group>
          {choice === 'date' ? (
            <ZonedDateTimeInput
              label={t('pause.date')}
              value={date}
              onChange={setDate}
              zone={zone ?? myZone}
              required
            />
          ) : null}
          <TextInput
            label={t('pause.reason')}
            maxLength={200}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="submit" variant="filled" loading={loading} disabled={choice === 'date' && !date}>
              {t('jobs.action.pause')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
