import { Group, NumberInput, Select, Stack, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/shared/format/useFormat';
import { TimeOfDayInput } from '@/shared/time/TimeOfDayInput';
import { type ScheduleDraft, weekdays } from './draft';
import { evenSteps, formatSimple, parseSimple, type SimpleCron, type SimpleKind, simpleDefaults } from './simpleCron';

const kinds: SimpleKind[] = ['minutes', 'hourly', 'daily', 'weekdays', 'weekly', 'monthly'];

/** Cron text and a simple choice, in step: changing one changes the other, and text beyond the choices shows as "custom". */
export function CronInput({
  draft,
  set,
  error,
}: {
  draft: ScheduleDraft;
  set(patch: Partial<ScheduleDraft>): void;
  error?: string | undefined;
}) {
  const { t } = useTranslation();
  const simple = parseSimple(draft.cron);
  const change = (patch: Partial<SimpleCron>) =>
    set({ cron: formatSimple({ ...(simple ?? simpleDefaults), ...patch }) });
  return (
    <Stack>
      <Group align="flex-end" gap="sm">
        <Select
          label={t('cron.simple')}
          w={{ base: '100%', xs: 220 }}
          data={[
            ...kinds.map((kind) => ({ value: kind, label: t(`cron.kind.${kind}`) })),
            { value: 'custom', label: t('cron.kind.custom'), disabled: simple !== null },
          ]}
          value={simple?.kind ?? 'custom'}
          onChange={(kind) => {
            if (kind && kind !== 'custom') change({ kind: kind as SimpleKind });
          }}
        />
        {simple ? <SimpleInputs simple={simple} change={change} /> : null}
      </Group>
      <TextInput
        label={t('cron.expression')}
        description={draft.cronFields && !draft.cron ? t('cron.sixFields') : t('cron.help')}
        placeholder={
          draft.cronFields
            ? [
                draft.cronFields.minute,
                draft.cronFields.hour,
                draft.cronFields.dayOfMonth,
                draft.cronFields.month,
                draft.cronFields.dayOfWeek,
                draft.cronFields.week,
              ].join(' ')
            : '0 9 * * 1-5'
        }
        dir="ltr"
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        spellCheck={false}
        autoComplete="off"
        value={draft.cron}
        error={error}
        onChange={(event) => set({ cron: event.currentTarget.value })}
      />
    </Stack>
  );
}

function SimpleInputs({ simple, change }: { simple: SimpleCron; change(patch: Partial<SimpleCron>): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const two = (n: number) => String(n).padStart(2, '0');
  const timed = simple.kind !== 'minutes' && simple.kind !== 'hourly';
  return (
    <>
      {simple.kind === 'minutes' ? (
        <Select
          label={t('cron.everyMinutes')}
          w={150}
          data={evenSteps.map((step) => ({ value: String(step), label: format.number(step) }))}
          value={String(simple.every)}
          onChange={(every) => change({ every: Number(every) })}
        />
      ) : null}
      {simple.kind === 'hourly' ? (
        <NumberInput
          label={t('cron.atMinute')}
          w={130}
          min={0}
          max={59}
          allowDecimal={false}
          value={simple.minute}
          onChange={(minute) => change({ minute: Math.min(59, Math.max(0, Number(minute) || 0)) })}
        />
      ) : null}
      {simple.kind === 'weekly' ? (
        <Select
          label={t('schedule.onDays')}
          w={150}
          data={weekdays.map((day, index) => ({ value: String(index), label: t(`weekday.${day}`) }))}
          value={String(simple.dayOfWeek)}
          onChange={(day) => change({ dayOfWeek: Number(day) })}
        />
      ) : null}
      {simple.kind === 'monthly' ? (
        <NumberInput
          label={t('cron.onDay')}
          w={120}
          min={1}
          max={31}
          allowDecimal={false}
          value={simple.dayOfMonth}
          onChange={(day) => change({ dayOfMonth: Math.min(31, Math.max(1, Number(day) || 1)) })}
        />
      ) : null}
      {timed ? (
        <TimeOfDayInput
          label={t('cron.at')}
          value={`${two(simple.hour)}:${two(simple.minute)}`}
          onChange={(next) => {
            const [hour, minute] = next.split(':').map(Number);
            if (hour !== undefined && minute !== undefined) change({ hour, minute });
          }}
        />
      ) : null}
    </>
  );
}
