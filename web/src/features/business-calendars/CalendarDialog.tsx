import { Alert, Button, Chip, Group, Input, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCreateCalendar, useUpdateCalendar } from '@/api/calendars';
import type { Weekday, WorkCalendar } from '@/api/model';
import { isProblem } from '@/api/problem';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { weekdays } from '@/shared/schedule/draft';
import { ZoneSelect } from '@/shared/schedule/ZoneSelect';
import { type Sharing, SharingFields } from '@/shared/sharing/SharingFields';
import { Disclosure } from '@/ui/Disclosure';
import { failureText, toastSuccess } from '@/ui/toast';

/** Name, zone and weekend of a calendar; what is closed besides is edited on its page. */
export function CalendarDialog({
  calendar,
  onClose,
  onSaved,
}: {
  calendar: WorkCalendar | null;
  onClose(): void;
  onSaved?: (calendar: WorkCalendar) => void;
}) {
  const { t, i18n } = useTranslation();
  const { myZone } = usePreferences();
  const create = useCreateCalendar();
  const update = useUpdateCalendar();
  const [nameEn, setNameEn] = useState(calendar?.nameEn ?? '');
  const [nameAr, setNameAr] = useState(calendar?.nameAr ?? '');
  const [description, setDescription] = useState(calendar?.description ?? '');
  const [timezone, setTimezone] = useState(calendar?.timezone ?? myZone);
  /** Nothing chosen yet: the server knows the usual weekend of the zone. */
  const [weekend, setWeekend] = useState<Weekday[] | null>(calendar?.weekend ?? null);
  const [sharing, setSharing] = useState<Sharing>({
    users: calendar?.sharedWith ?? [],
    everybody: calendar?.sharedWithEverybody ?? false,
  });
  const error = create.error ?? update.error;
  const at = (pointer: string) =>
    isProblem(error) ? error.fields.find((field) => field.pointer.startsWith(pointer))?.detail : undefined;
  const done = (saved: WorkCalendar) => {
    toastSuccess(t('calendars.saved'));
    onClose();
    onSaved?.(saved);
  };
  const submit = () => {
    const body = {
      nameEn: nameEn.trim(),
      timezone,
      ...(weekend ? { weekend } : {}),
      sharedWith: sharing.users,
      sharedWithEverybody: sharing.everybody,
    };
    if (calendar)
      update.mutate(
        {
          id: calendar.id,
          version: calendar.version,
          change: { ...body, nameAr: nameAr.trim() || null, description: description.trim() || null },
        },
        { onSuccess: done },
      );
    else
      create.mutate(
        {
          ...body,
          ...(nameAr.trim() ? { nameAr: nameAr.trim() } : {}),
          ...(description.trim() ? { description: description.trim() } : {}),
        },
        { onSuccess: done },
      );
  };
  const english = (
    <TextInput
      key="en"
      label={t('editor.nameEn')}
      required
      dir="ltr"
      maxLength={100}
      value={nameEn}
      error={at('/nameEn')}
      onChange={(event) => setNameEn(event.currentTarget.value)}
    />
  );
  const arabic = (
    <TextInput
      key="ar"
      label={t('editor.nameAr')}
      dir="rtl"
      lang="ar"
      maxLength={100}
      value={nameAr}
      error={at('/nameAr')}
      onChange={(event) => setNameAr(event.currentTarget.value)}
    />
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Text fw={600}>{calendar ? t('calendars.editTitle') : t('calendars.new')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack>
          {error ? (
            <Alert color="red" role="alert">
              {failureText(error)}
            </Alert>
          ) : null}
          {i18n.language === 'ar' ? [arabic, english] : [english, arabic]}
          <TextInput
            label={t('connections.description')}
            dir="auto"
            maxLength={1000}
            value={description}
            error={at('/description')}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <ZoneSelect label={t('schedule.timezone')} value={timezone} onChange={setTimezone} error={at('/timezone')} />
          <Input.Wrapper
            label={t('calendars.weekend')}
            description={weekend ? t('calendars.weekendHelp') : t('calendars.weekendUsual')}
            error={at('/weekend')}
            labelElement="div"
          >
            <Chip.Group multiple value={weekend ?? []} onChange={(days) => setWeekend(days as Weekday[])}>
              <Group gap={6} mt={6} role="group" aria-label={t('calendars.weekend')}>
                {weekdays.map((day) => (
                  <Chip key={day} value={day} size="sm" variant="light">
                    {t(`weekday.${day}`)}
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
          </Input.Wrapper>
          <Disclosure title={t('sharing.title')} initiallyOpen={sharing.everybody || sharing.users.length > 0}>
            <SharingFields value={sharing} onChange={setSharing} error={at('/sharedWith')} />
          </Disclosure>
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="submit" variant="filled" loading={create.isPending || update.isPending}>
              {calendar ? t('action.save') : t('action.create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
