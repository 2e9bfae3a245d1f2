import { ActionIcon, Button, Fieldset, Group, Select, Stack, Text } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { calendarPreviewQuery, calendarsQuery } from '@/api/calendars';
import type { CalendarPreviewRequest, CalendarRule, OutsideWindows } from '@/api/model';
import type { FieldProblem } from '@/api/problem';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { TimeOfDayInput } from '@/shared/time/TimeOfDayInput';
import { Disclosure } from '@/ui/Disclosure';
import { failureText } from '@/ui/toast';
import { EffectList } from './EffectList';
import { calendarRules, isLimited, type Timing } from './rules';
import { WeekdayChips } from './WeekdayChips';

/** Calendars and windows of a job, and at once what they change. */
export function TimingFields({
  value,
  onChange,
  schedule,
  zone,
  errors = [],
}: {
  value: Timing;
  onChange(value: Timing): void;
  /** The schedule members of the job; null while they are not complete. */
  schedule: Partial<CalendarPreviewRequest> | null;
  zone: string;
  errors?: FieldProblem[];
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const calendars = useQuery(calendarsQuery);
  const known = calendars.data?.items ?? [];
  const set = (patch: Partial<Timing>) => onChange({ ...value, ...patch });
  const wrong = errors.filter(({ pointer }) => /^\/(calendars|executionWindows|outsideWindows)/.test(pointer));
  const free = known.filter(({ id }) => !value.calendars.some(({ calendarId }) => calendarId === id));
  const limited = isLimited(value);
  const preview = useQuery(calendarPreviewQuery(schedule && limited ? { ...schedule, ...value } : null));
  return (
    <Disclosure
      title={t('timing.title')}
      {...(limited ? { summary: format.number(value.calendars.length + value.executionWindows.length) } : {})}
      initiallyOpen={limited}
    >
      <Stack>
        {wrong.map(({ pointer, detail }) => (
          <Text key={pointer} c="red" fz="sm">
            {detail}
          </Text>
        ))}
        <Fieldset legend={t('nav.businessCalendars')}>
          <Stack gap="sm">
            {value.calendars.map((use, index) => {
              const calendar = known.find(({ id }) => id === use.calendarId);
              const name = calendar
                ? localized({ en: calendar.nameEn, ar: calendar.nameAr ?? null })
                : `#${use.calendarId}`;
              return (
                <Group key={use.calendarId} align="flex-end" wrap="nowrap" gap="xs">
                  <Select
                    label={name}
                    flex={1}
                    miw={0}
                    data={calendarRules.map((rule) => ({ value: rule, label: t(`timing.ruleName.${rule}`) }))}
                    allowDeselect={false}
                    value={use.rule}
                    onChange={(rule) =>
                      set({
                        calendars: value.calendars.map((old, at) =>
                          at === index ? { ...old, rule: rule as CalendarRule } : old,
                        ),
                      })
                    }
                  />
                  <ActionIcon
                    aria-label={t('timing.removeCalendar', { name })}
                    onClick={() => set({ calendars: value.calendars.filter((_, at) => at !== index) })}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </Group>
              );
            })}
            {calendars.data && known.length === 0 ? <Text c="dimmed">{t('timing.noCalendars')}</Text> : null}
            {free.length > 0 ? (
              <Select
                label={t('timing.addCalendar')}
                placeholder={t('form.choose')}
                searchable
                value={null}
                data={free.map((calendar) => ({
                  value: String(calendar.id),
                  label: localized({ en: calendar.nameEn, ar: calendar.nameAr ?? null }),
                }))}
                onChange={(id) => {
                  if (id)
                    set({ calendars: [...value.calendars, { calendarId: Number(id), rule: 'only_business_days' }] });
                }}
              />
            ) : null}
          </Stack>
        </Fieldset>
        <Fieldset legend={t('timing.windows')}>
          <Stack gap="sm">
            <Text fz="sm" c="dimmed">
              {t('timing.windowsHelp')}
            </Text>
            {value.executionWindows.map((window, index) => {
              const change = (patch: Partial<typeof window>) =>
                set({
                  executionWindows: value.executionWindows.map((old, at) =>
                    at === index ? { ...old, ...patch } : old,
                  ),
                });
              return (
                <Group key={index} align="flex-end" gap="sm">
                  <WeekdayChips
                    label={t('timing.windowDays', { n: format.number(index + 1) })}
                    value={window.days ?? []}
                    onChange={(days) => change({ days })}
                  />
                  <TimeOfDayInput
                    label={t('calendars.fromTime')}
                    value={window.from}
                    onChange={(from) => change({ from })}
                  />
                  <TimeOfDayInput label={t('calendars.toTime')} value={window.to} onChange={(to) => change({ to })} />
                  <ActionIcon
                    aria-label={t('timing.removeWindow', { n: format.number(index + 1) })}
                    onClick={() => set({ executionWindows: value.executionWindows.filter((_, at) => at !== index) })}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </Group>
              );
            })}
            <Button
              size="xs"
              w="fit-content"
              leftSection={<IconPlus size={14} />}
              onClick={() =>
                set({ executionWindows: [...value.executionWindows, { days: [], from: '08:00', to: '18:00' }] })
              }
            >
              {t('timing.addWindow')}
            </Button>
            {value.executionWindows.length > 0 ? (
              <Select
                label={t('timing.outside')}
                data={(['skip', 'wait'] as const).map((choice) => ({
                  value: choice,
                  label: t(`timing.outsideChoice.${choice}`),
                }))}
                allowDeselect={false}
                maw={460}
                value={value.outsideWindows}
                onChange={(choice) => set({ outsideWindows: choice as OutsideWindows })}
              />
            ) : null}
          </Stack>
        </Fieldset>
        {limited && schedule ? (
          <Fieldset legend={t('timing.effect')}>
            {preview.error ? <Text c="red">{failureText(preview.error)}</Text> : null}
            {preview.data ? <EffectList preview={preview.data} zone={zone} /> : null}
          </Fieldset>
        ) : null}
      </Stack>
    </Disclosure>
  );
}
