import { Checkbox, Group, MultiSelect, NumberInput, SimpleGrid, Stack, TagsInput, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { NotificationEvent, NotificationPolicy } from '@/api/model';
import { channelsQuery } from '@/api/notifications';
import type { FieldProblem } from '@/api/problem';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { ZoneSelect } from '@/shared/schedule/ZoneSelect';
import { TimeOfDayInput } from '@/shared/time/TimeOfDayInput';
import { Disclosure } from '@/ui/Disclosure';
import { notificationEvents } from './policy';

/** What is told, through which channels, how often, and when not. */
export function PolicyFields({
  policy,
  onChange,
  errors,
}: {
  policy: NotificationPolicy;
  onChange(policy: NotificationPolicy): void;
  /** Pointers relative to the policy. */
  errors: FieldProblem[];
}) {
  const { t } = useTranslation();
  const { myZone } = usePreferences();
  const channels = useQuery(channelsQuery);
  const set = (patch: Partial<NotificationPolicy>) => onChange({ ...policy, ...patch });
  const at = (pointer: string) =>
    errors.find((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`))?.detail;
  const names = [...new Set([...(channels.data?.items ?? []).map(({ name }) => name), ...policy.channels])];
  const hasMail = (channels.data?.items ?? []).some(
    ({ name, kind }) => kind === 'mail' && policy.channels.includes(name),
  );
  const seconds = (
    name: 'lateSeconds' | 'runningSeconds' | 'remindSeconds' | 'dedupeSeconds' | 'afterFailures',
    min: number,
    empty: null | number,
  ) => (
    <NumberInput
      label={t(`notify.${name}`)}
      description={t(`notify.${name}Help`)}
      min={min}
      allowDecimal={false}
      value={policy[name] ?? ''}
      error={at(`/${name}`)}
      onChange={(value) => set({ [name]: value === '' ? empty : Number(value) })}
    />
  );
  const quiet = policy.quietHours;
  return (
    <Stack gap="sm">
      <MultiSelect
        label={t('notify.events')}
        required
        data={notificationEvents.map((value) => ({ value, label: t(`notify.event.${value}`) }))}
        value={policy.events}
        error={at('/events')}
        onChange={(events) => set({ events: events as NotificationEvent[] })}
      />
      <MultiSelect
        label={t('notify.channels')}
        required
        searchable
        nothingFoundMessage={t('notify.noChannels')}
        placeholder={policy.channels.length === 0 ? t('form.choose') : ''}
        data={names}
        value={policy.channels}
        error={at('/channels')}
        onChange={(chosen) => set({ channels: chosen })}
      />
      {channels.data && channels.data.items.length === 0 ? (
        <Text fz="sm" c="dimmed">
          {t('notify.noChannelsText')}
        </Text>
      ) : null}
      {policy.events.includes('late') || policy.events.includes('long_running') ? (
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {policy.events.includes('late') ? seconds('lateSeconds', 1, null) : null}
          {policy.events.includes('long_running') ? seconds('runningSeconds', 1, null) : null}
        </SimpleGrid>
      ) : null}
      <Disclosure
        title={t('notify.howOften')}
        initiallyOpen={
          (policy.afterFailures ?? 1) > 1 || Boolean(policy.dedupeSeconds || policy.remindSeconds || quiet)
        }
      >
        <Stack gap="sm">
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            {seconds('afterFailures', 1, 1)}
            {seconds('dedupeSeconds', 0, 0)}
            {seconds('remindSeconds', 60, null)}
          </SimpleGrid>
          {hasMail || (policy.recipients?.length ?? 0) > 0 ? (
            <TagsInput
              label={t('notify.recipients')}
              description={t('notify.recipientsHelp')}
              dir="ltr"
              splitChars={[',', ';', ' ']}
              acceptValueOnBlur
              value={policy.recipients ?? []}
              error={at('/recipients')}
              onChange={(recipients) => set({ recipients })}
            />
          ) : null}
          <Checkbox
            label={t('notify.quiet')}
            description={t('notify.quietHelp')}
            checked={Boolean(quiet)}
            onChange={(event) =>
              set({
                quietHours: event.currentTarget.checked
                  ? { timezone: myZone, from: '22:00', until: '07:00', criticalPasses: true }
                  : null,
              })
            }
          />
          {quiet ? (
            <Stack gap="sm">
              <Group>
                <TimeOfDayInput
                  label={t('notify.from')}
                  value={quiet.from}
                  onChange={(from) => set({ quietHours: { ...quiet, from } })}
                />
                <TimeOfDayInput
                  label={t('notify.until')}
                  value={quiet.until}
                  onChange={(until) => set({ quietHours: { ...quiet, until } })}
                />
              </Group>
              <ZoneSelect
                label={t('schedule.timezone')}
                value={quiet.timezone}
                onChange={(timezone) => set({ quietHours: { ...quiet, timezone } })}
                error={at('/quietHours')}
              />
              <Checkbox
                label={t('notify.criticalPasses')}
                checked={quiet.criticalPasses ?? true}
                onChange={(event) => set({ quietHours: { ...quiet, criticalPasses: event.currentTarget.checked } })}
              />
            </Stack>
          ) : null}
        </Stack>
      </Disclosure>
    </Stack>
  );
}
