import {
  Alert,
  Chip,
  Fieldset,
  Group,
  Input,
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Text,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldProblem } from '@/api/problem';
import { useFormat } from '@/shared/format/useFormat';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { ZonedDateTimeInput } from '@/shared/time/ZonedDateTimeInput';
import { isLimited, type Timing } from '@/shared/timing/rules';
import { Disclosure } from '@/ui/Disclosure';
import { CollisionHint } from './CollisionHint';
import { CronInput } from './CronInput';
import { draftProblem, fieldsOf, type Mode, modes, type ScheduleDraft, weekdays } from './draft';
import { SchedulePreview } from './SchedulePreview';
import { TimesInput } from './TimesInput';
import { ZoneSelect } from './ZoneSelect';

export interface ScheduleBuilderProps {
  draft: ScheduleDraft;
  onChange(draft: ScheduleDraft): void;
  errors?: FieldProblem[];
  jobId?: number;
  showProblems?: boolean;
  /** Calendars and windows that the next runs are shown under. */
  timing?: Timing;
}

/** When a job runs: a choice of kinds, each with its own few inputs, and at once what comes of it. */
export function ScheduleBuilder({
  draft,
  onChange,
  errors = [],
  jobId,
  showProblems = false,
  timing,
}: ScheduleBuilderProps) {
  const { t } = useTranslation();
  const set = (patch: Partial<ScheduleDraft>) => onChange({ ...draft, ...patch });
  const problem = draftProblem(draft);
  const errorAt = (...pointers: string[]) =>
    errors.find(({ pointer }) => pointers.some((start) => pointer === start || pointer.startsWith(`${start}/`)))
      ?.detail;
  const [settled] = useDebouncedValue(draft, 250);
  const limits = timing && isLimited(timing) ? timing : undefined;
  const request = useMemo(
    () => (draftProblem(settled) ? null : { ...fieldsOf(settled), count: 10, ...(jobId ? { jobId } : {}), ...limits }),
    [settled, jobId, limits],
  );
  const open = draft.mode !== 'manual' && draft.mode !== 'once';
  return (
    <Stack>
      <Select
        hiddenFrom="sm"
        label={t('schedule.kindLabel')}
        data={modes.map((mode) => ({ value: mode, label: t(`schedule.kind.${mode}`) }))}
        value={draft.mode}
        onChange={(mode) => set({ mode: mode as Mode })}
      />
      <SegmentedControl
        visibleFrom="sm"
        fullWidth
        aria-label={t('schedule.kindLabel')}
        data={modes.map((mode) => ({ value: mode, label: t(`schedule.kind.${mode}`) }))}
        value={draft.mode}
        onChange={(mode) => set({ mode: mode as Mode })}
      />
      <KindInputs draft={draft} set={set} errorAt={errorAt} />
      {showProblems && problem ? (
        <Alert color="red" p="xs">
          {t(`schedule.problem.${problem}`)}
        </Alert>
      ) : null}
      {draft.mode !== 'manual' ? (
        <ZoneSelect
          label={t('schedule.timezone')}
          value={draft.timezone}
          onChange={(timezone) => set({ timezone })}
          error={errorAt('/timezone')}
        />
      ) : null}
      {open ? (
        <Disclosure title={t('schedule.limits')} initiallyOpen={Boolean(draft.startAt || draft.endAt)}>
          <Stack>
            <Group grow align="flex-start" preventGrowOverflow={false}>
              <ZonedDateTimeInput
                label={t('schedule.startAt')}
                value={draft.startAt}
                onChange={(startAt) => set({ startAt })}
                zone={draft.timezone}
                error={errorAt('/startAt')}
              />
              <ZonedDateTimeInput
                label={t('schedule.endAt')}
                value={draft.endAt}
                onChange={(endAt) => set({ endAt })}
                zone={draft.timezone}
                error={errorAt('/endAt')}
              />
            </Group>
            {draft.mode !== 'interval' ? (
              <Group grow align="flex-start" preventGrowOverflow={false}>
                <Select
                  label={t('schedule.gap')}
                  data={(['run_after', 'skip'] as const).map((value) => ({
                    value,
                    label: t(`schedule.gapChoice.${value}`),
                  }))}
                  value={draft.dst.gap}
                  onChange={(gap) => set({ dst: { ...draft.dst, gap: gap as 'run_after' } })}
                />
                <Select
                  label={t('schedule.overlap')}
                  data={(['first', 'second', 'both'] as const).map((value) => ({
                    value,
                    label: t(`schedule.overlapChoice.${value}`),
                  }))}
                  value={draft.dst.overlap}
                  onChange={(overlap) => set({ dst: { ...draft.dst, overlap: overlap as 'first' } })}
                />
              </Group>
            ) : null}
          </Stack>
        </Disclosure>
      ) : null}
      <Fieldset legend={t('schedule.preview')}>
        {draft.mode === 'manual' ? (
          <Text c="dimmed">{t('schedule.manualText')}</Text>
        ) : (
          <Stack gap="sm">
            <SchedulePreview request={request} timezone={draft.timezone} />
            <CollisionHint request={request} draft={draft} onChange={onChange} />
          </Stack>
        )}
      </Fieldset>
    </Stack>
  );
}

interface KindProps {
  draft: ScheduleDraft;
  set(patch: Partial<ScheduleDraft>): void;
  errorAt(...pointers: string[]): string | undefined;
}

function KindInputs({ draft, set, errorAt }: KindProps) {
  const { t } = useTranslation();
  switch (draft.mode) {
    case 'interval':
      return (
        <Input.Wrapper
          label={t('schedule.every')}
          error={errorAt('/intervalSeconds', '/intervalMinutes', '/intervalHours', '/intervalDays')}
          labelElement="div"
        >
          <Group gap="sm" mt={4}>
            {(['days', 'hours', 'minutes', 'seconds'] as const).map((unit) => (
              <NumberInput
                key={unit}
                w={{ base: '46%', xs: 120 }}
                label={t(`schedule.unit.${unit}`)}
                min={0}
                max={100_000}
                allowDecimal={false}
                value={draft[unit]}
                onChange={(value) => set({ [unit]: Number(value) || 0 })}
              />
            ))}
          </Group>
        </Input.Wrapper>
      );
    case 'daily':
      return <TimesInput times={draft.times} onChange={(times) => set({ times })} error={errorAt('/recurrence')} />;
    case 'weekly':
      return (
        <Stack>
          <WeekdayChips value={draft.daysOfWeek} onChange={(daysOfWeek) => set({ daysOfWeek })} />
          <TimesInput times={draft.times} onChange={(times) => set({ times })} error={errorAt('/recurrence')} />
        </Stack>
      );
    case 'monthly':
      return (
        <Stack>
          <MonthDays value={draft.daysOfMonth} onChange={(daysOfMonth) => set({ daysOfMonth })} />
          <TimesInput times={draft.times} onChange={(times) => set({ times })} error={errorAt('/recurrence')} />
        </Stack>
      );
    case 'cron':
      return <CronInput draft={draft} set={set} error={errorAt('/cronExpression', '/cronFields')} />;
    case 'once':
      return (
        <ZonedDateTimeInput
          label={t('schedule.runAt')}
          value={draft.runAt}
          onChange={(runAt) => set({ runAt })}
          zone={draft.timezone}
          error={errorAt('/runAt')}
          required
        />
      );
    case 'manual':
      return null;
  }
}

function WeekdayChips({
  value,
  onChange,
}: {
  value: ScheduleDraft['daysOfWeek'];
  onChange(days: ScheduleDraft['daysOfWeek']): void;
}) {
  const { t } = useTranslation();
  const { preferences } = usePreferences();
  const order = Array.from({ length: 7 }, (_, index) => weekdays[(preferences.firstDayOfWeek + index) % 7] ?? 'monday');
  return (
    <Input.Wrapper label={t('schedule.onDays')} labelElement="div">
      <Chip.Group multiple value={value} onChange={(days) => onChange(days as ScheduleDraft['daysOfWeek'])}>
        <Group gap={6} mt={4} role="group" aria-label={t('schedule.onDays')}>
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

function MonthDays({ value, onChange }: { value: number[]; onChange(days: number[]): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const days = [...Array.from({ length: 31 }, (_, index) => index + 1), -1];
  return (
    <MultiSelect
      label={t('schedule.onMonthDays')}
      data={days.map((day) => ({ value: String(day), label: day === -1 ? t('schedule.lastDay') : format.number(day) }))}
      value={value.map(String)}
      onChange={(next) => onChange(next.map(Number).sort((a, b) => (a === -1 ? 1 : b === -1 ? -1 : a - b)))}
      searchable
      clearButtonProps={{ 'aria-label': t('action.clear') }}
    />
  );
}
