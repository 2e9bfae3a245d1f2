import { Alert, Button, Group, Modal, NumberInput, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUpdateCalendar } from '@/api/calendars';
import type { WorkCalendar } from '@/api/model';
import { isProblem } from '@/api/problem';
import { useFormat } from '@/shared/format/useFormat';
import { TimeOfDayInput } from '@/shared/time/TimeOfDayInput';
import { dayKey, wallClockAt } from '@/shared/time/wallClock';
import { ZonedDateTimeInput } from '@/shared/time/ZonedDateTimeInput';
import { WeekdayChips } from '@/shared/timing/WeekdayChips';
import { failureText, toastSuccess } from '@/ui/toast';
import { draftOfEntry, type EntryDraft, entryOf, entryProblem, newEntry, type TimeType, timeTypes } from './entryDraft';

/** Adds an entry to a calendar, or changes one. */
export function EntryDialog({
  calendar,
  index,
  onClose,
}: {
  calendar: WorkCalendar;
  /** Its place; null for a new one. */
  index: number | null;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const update = useUpdateCalendar();
  const present = index === null ? undefined : calendar.entries[index];
  const [draft, setDraft] = useState<EntryDraft>(() => {
    const today = dayKey(wallClockAt(Date.now(), calendar.timezone));
    return present ? draftOfEntry(present, today) : newEntry(today);
  });
  const [tried, setTried] = useState(false);
  const set = (patch: Partial<EntryDraft>) => setDraft((current) => ({ ...current, ...patch }));
  const problem = entryProblem(draft);
  const save = () => {
    setTried(true);
    if (problem) return;
    const entry = entryOf(draft);
    update.mutate(
      {
        id: calendar.id,
        version: calendar.version,
        change: {
          entries:
            index === null
              ? [...calendar.entries, entry]
              : calendar.entries.map((old, at) => (at === index ? entry : old)),
        },
      },
      {
        onSuccess: () => {
          toastSuccess(t('calendars.saved'));
          onClose();
        },
      },
    );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={<Text fw={600}>{present ? t('calendars.editEntry') : t('calendars.newEntry')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Stack>
          {update.error ? (
            <Alert color="red" role="alert">
              {isProblem(update.error, 409) ? t('calendars.changedMeanwhile') : failureText(update.error)}
            </Alert>
          ) : null}
          {tried && problem && problem !== 'name' ? (
            <Alert color="red" role="alert" p="xs">
              {t(`calendars.problem.${problem}`)}
            </Alert>
          ) : null}
          <TextInput
            label={t('calendars.name')}
            required
            dir="auto"
            maxLength={200}
            value={draft.name}
            error={tried && problem === 'name' ? t('calendars.problem.name') : undefined}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
          <TextInput
            label={t('editor.nameAr')}
            dir="rtl"
            lang="ar"
            maxLength={200}
            value={draft.nameAr}
            onChange={(event) => set({ nameAr: event.currentTarget.value })}
          />
          <Select
            label={t('calendars.kind')}
            description={t(`calendars.kindHelp.${draft.kind}`)}
            data={(['holiday', 'blackout'] as const).map((value) => ({
              value,
              label: t(`calendars.kindName.${value}`),
            }))}
            allowDeselect={false}
            value={draft.kind}
            onChange={(kind) => set({ kind: kind as EntryDraft['kind'] })}
          />
          <Select
            label={t('calendars.when')}
            data={timeTypes.map((value) => ({ value, label: t(`calendars.timeType.${value}`) }))}
            allowDeselect={false}
            value={draft.type}
            onChange={(type) => set({ type: type as TimeType })}
          />
          <TimeInputs draft={draft} set={set} zone={calendar.timezone} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="submit" variant="filled" loading={update.isPending}>
              {present ? t('action.save') : t('action.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function TimeInputs({ draft, set, zone }: { draft: EntryDraft; set(patch: Partial<EntryDraft>): void; zone: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const date = (name: 'from' | 'to', label: string, required: boolean) => (
    <TextInput
      type="date"
      label={label}
      required={required}
      value={draft[name]}
      onChange={(event) => set({ [name]: event.currentTarget.value })}
    />
  );
  const days = (
    <NumberInput
      label={t('calendars.dayCount')}
      min={1}
      max={366}
      allowDecimal={false}
      maw={160}
      value={draft.days}
      onChange={(value) => set({ days: Number(value) || 1 })}
    />
  );
  const duration = (
    <NumberInput
      label={t('calendars.durationMinutes')}
      min={1}
      max={527_040}
      allowDecimal={false}
      maw={200}
      value={draft.durationMinutes}
      onChange={(value) => set({ durationMinutes: Number(value) || 1 })}
    />
  );
  switch (draft.type) {
    case 'dates':
      return (
        <Group grow align="flex-start">
          {date('from', t('calendars.firstDay'), true)}
          {date('to', t('calendars.lastDay'), false)}
        </Group>
      );
    case 'yearly':
      return (
        <Group align="flex-end">
          <Select
            label={t('calendars.month')}
            data={Array.from({ length: 12 }, (_, index) => ({
              value: String(index + 1),
              label: new Intl.DateTimeFormat(format.locale, { month: 'long', timeZone: 'UTC' }).format(
                Date.UTC(2024, index, 15),
              ),
            }))}
            allowDeselect={false}
            w={160}
            value={String(draft.month)}
            onChange={(month) => set({ month: Number(month) })}
          />
          <NumberInput
            label={t('calendars.day')}
            min={1}
            max={31}
            allowDecimal={false}
            w={110}
            value={draft.day}
            onChange={(value) => set({ day: Number(value) || 1 })}
          />
          {days}
        </Group>
      );
    case 'weekly':
      return (
        <Stack gap="sm">
          <WeekdayChips
            label={t('schedule.onDays')}
            value={draft.weekdays}
            onChange={(weekdays) => set({ weekdays })}
          />
          <Group>
            <TimeOfDayInput
              label={t('calendars.fromTime')}
              value={draft.fromTime}
              onChange={(fromTime) => set({ fromTime })}
            />
            <TimeOfDayInput label={t('calendars.toTime')} value={draft.toTime} onChange={(toTime) => set({ toTime })} />
          </Group>
          {draft.toTime <= draft.fromTime ? (
            <Text fz="sm" c="dimmed">
              {t('calendars.nextDay')}
            </Text>
          ) : null}
        </Stack>
      );
    case 'cron':
      return (
        <Group align="flex-start">
          <TextInput
            label={t('cron.expression')}
            description={t('cron.help')}
            required
            dir="ltr"
            flex={1}
            miw={220}
            value={draft.expression}
            onChange={(event) => set({ expression: event.currentTarget.value })}
          />
          {duration}
        </Group>
      );
    case 'span':
      return (
        <Group grow align="flex-start" preventGrowOverflow={false}>
          <ZonedDateTimeInput
            label={t('calendars.begins')}
            value={draft.spanFrom}
            onChange={(spanFrom) => set({ spanFrom })}
            zone={zone}
            required
          />
          <ZonedDateTimeInput
            label={t('calendars.ends')}
            value={draft.spanTo}
            onChange={(spanTo) => set({ spanTo })}
            zone={zone}
            required
          />
        </Group>
      );
    case 'recurrence':
      return (
        <Stack gap="sm">
          <TextInput
            label={t('calendars.rule')}
            description={t('calendars.ruleHelp')}
            required
            dir="ltr"
            value={draft.rule}
            onChange={(event) => set({ rule: event.currentTarget.value })}
          />
          <Group align="flex-end">
            {date('from', t('calendars.firstDay'), true)}
            <TextInput
              type="time"
              label={t('calendars.atTime')}
              value={draft.at}
              onChange={(event) => set({ at: event.currentTarget.value })}
            />
            {draft.at ? duration : days}
          </Group>
          <TagsInput
            label={t('calendars.except')}
            description={t('calendars.exceptHelp')}
            dir="ltr"
            value={draft.except}
            onChange={(except) => set({ except: except.filter((day) => /^\d{4}-\d{2}-\d{2}$/.test(day)) })}
          />
        </Stack>
      );
  }
}
