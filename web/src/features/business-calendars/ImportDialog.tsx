import { Alert, Button, Checkbox, FileInput, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useImportCalendar } from '@/api/calendars';
import type { CalendarEntry, WorkCalendar } from '@/api/model';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { failureText, toastSuccess } from '@/ui/toast';

const maxBytes = 1_048_576;

/** Reads the events of an iCalendar file into a calendar. */
export function ImportDialog({ calendar, onClose }: { calendar: WorkCalendar; onClose(): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const load = useImportCalendar();
  const [file, setFile] = useState<File | null>(null);
  const [kind, setKind] = useState<CalendarEntry['kind']>('holiday');
  const [replace, setReplace] = useState(false);
  const tooLarge = file !== null && file.size > maxBytes;
  const submit = async () => {
    if (!file || tooLarge) return;
    const icalendar = await file.text();
    load.mutate(
      { id: calendar.id, body: { icalendar, kind, replace } },
      {
        onSuccess: (changed) => {
          toastSuccess(
            t('calendars.imported', { count: changed.entries.length, n: format.number(changed.entries.length) }),
          );
          onClose();
        },
      },
    );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Text fw={600}>{t('calendars.importTitle')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Stack>
          {load.error ? (
            <Alert color="red" role="alert">
              {failureText(load.error)}
            </Alert>
          ) : null}
          <FileInput
            label={t('calendars.file')}
            description={t('calendars.fileHelp')}
            placeholder={t('form.choose')}
            required
            accept=".ics,text/calendar"
            value={file}
            onChange={setFile}
            error={tooLarge ? t('calendars.tooLarge', { size: isolate(format.bytes(maxBytes)) }) : undefined}
          />
          <Select
            label={t('calendars.eventsAre')}
            description={t(`calendars.kindHelp.${kind}`)}
            data={(['holiday', 'blackout'] as const).map((value) => ({
              value,
              label: t(`calendars.kindName.${value}`),
            }))}
            allowDeselect={false}
            value={kind}
            onChange={(value) => setKind(value as CalendarEntry['kind'])}
          />
          <Checkbox
            label={t('calendars.replaceEntries')}
            checked={replace}
            onChange={(event) => setReplace(event.currentTarget.checked)}
          />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="submit" variant="filled" disabled={!file || tooLarge} loading={load.isPending}>
              {t('calendars.import')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
