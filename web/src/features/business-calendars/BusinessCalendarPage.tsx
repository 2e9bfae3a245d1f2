import { Badge, Button, Group, Menu, Text } from '@mantine/core';
import { IconFileImport, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUpdateCalendar, workCalendarQuery } from '@/api/calendars';
import type { CalendarEntry, WorkCalendar } from '@/api/model';
import { paths } from '@/paths';
import { isolate } from '@/shared/format/formatter';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { useMayManage } from '@/shared/sharing/SharedBadge';
import { Confirm } from '@/ui/confirm';
import { type Column, DataTable } from '@/ui/DataTable';
import { LinkAnchor } from '@/ui/links';
import { PageHeader, Section } from '@/ui/Page';
import { Pager } from '@/ui/Pager';
import { RowMenu } from '@/ui/RowMenu';
import { statusColor } from '@/ui/StatusBadge';
import { EmptyState, ErrorState, LoadingState } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';
import { CalendarDialog } from './CalendarDialog';
import { EffectSection } from './EffectSection';
import { EntryDialog } from './EntryDialog';
import { ImportDialog } from './ImportDialog';
import { MonthView } from './MonthView';
import { useTimeText, useWeekdayList } from './words';

const perPage = 50;
/** The colours that the month has. */
const tones = { holiday: 'running', blackout: 'missed' } as const;

export default function BusinessCalendarPage() {
  const { calendarId } = useParams({ from: '/app/calendars/$calendarId' });
  const query = useQuery(workCalendarQuery(Number(calendarId)));
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState />;
  return <Content calendar={query.data.calendar} />;
}

type Dialog =
  | { kind: 'edit' | 'import' | 'new' }
  | { kind: 'entry' | 'delete'; index: number; entry: CalendarEntry }
  | null;

function Content({ calendar }: { calendar: WorkCalendar }) {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const mayManage = useMayManage()(calendar);
  const timeText = useTimeText();
  const weekdayList = useWeekdayList();
  const update = useUpdateCalendar();
  const [dialog, setDialog] = useState<Dialog>(null);
  const [page, setPage] = useState(1);
  const name = localized({ en: calendar.nameEn, ar: calendar.nameAr ?? null });
  const entries = calendar.entries.map((entry, index) => ({ entry, index }));
  const entryName = (entry: CalendarEntry) => localized({ en: entry.name, ar: entry.nameAr ?? null });
  const columns: Column<(typeof entries)[number]>[] = [
    {
      key: 'name',
      header: t('calendars.name'),
      phone: 'title',
      render: ({ entry }) => (
        <Text inherit fw={600}>
          <bdi>{entryName(entry)}</bdi>
        </Text>
      ),
    },
    {
      key: 'kind',
      header: t('calendars.kind'),
      render: ({ entry }) => (
        <Badge
          styles={{
            root: { background: statusColor(tones[entry.kind], 'tint'), color: statusColor(tones[entry.kind], 'text') },
          }}
        >
          {t(`calendars.kindName.${entry.kind}`)}
        </Badge>
      ),
    },
    {
      key: 'when',
      header: t('calendars.when'),
      render: ({ entry }) => timeText(entry.when, calendar.timezone),
    },
    ...(mayManage
      ? ([
          {
            key: 'actions',
            header: '',
            align: 'end',
            phone: 'foot',
            render: ({ entry, index }) => (
              <RowMenu label={t('calendars.actionsOf', { name: isolate(entryName(entry)) })}>
                <Menu.Item onClick={() => setDialog({ kind: 'entry', index, entry })}>{t('action.edit')}</Menu.Item>
                <Menu.Item color="red" onClick={() => setDialog({ kind: 'delete', index, entry })}>
                  {t('action.delete')}
                </Menu.Item>
              </RowMenu>
            ),
          },
        ] satisfies Column<(typeof entries)[number]>[])
      : []),
  ];
  return (
    <>
      <PageHeader
        title={<bdi>{name}</bdi>}
        tabTitle={name}
        before={
          <LinkAnchor to={paths.businessCalendars} fz="sm">
            {t('nav.businessCalendars')}
          </LinkAnchor>
        }
        description={
          <Group gap="0.125rem 1rem" fz="sm">
            <bdi dir="ltr">{calendar.timezone}</bdi>
            <span>
              {t('calendars.weekend')}: {weekdayList(calendar.weekend)}
            </span>
            <span>{t('calendars.usedBy', { count: calendar.jobs, n: format.number(calendar.jobs) })}</span>
            {calendar.description ? <bdi>{calendar.description}</bdi> : null}
          </Group>
        }
        actions={
          mayManage ? (
            <>
              <Button leftSection={<IconFileImport size={16} />} onClick={() => setDialog({ kind: 'import' })}>
                {t('calendars.import')}
              </Button>
              <Button onClick={() => setDialog({ kind: 'edit' })}>{t('action.edit')}</Button>
              <Button variant="filled" leftSection={<IconPlus size={16} />} onClick={() => setDialog({ kind: 'new' })}>
                {t('calendars.newEntry')}
              </Button>
            </>
          ) : undefined
        }
      />
      <MonthView calendar={calendar} />
      <Section title={t('calendars.entries')} flush>
        {entries.length === 0 ? (
          <EmptyState title={t('calendars.noEntries')}>{t('calendars.noEntriesText')}</EmptyState>
        ) : (
          <>
            <DataTable
              caption={t('calendars.entries')}
              columns={columns}
              rows={entries.slice((page - 1) * perPage, page * perPage)}
              rowKey={({ index }) => index}
            />
            {entries.length > perPage ? (
              <Pager page={page} perPage={perPage} total={entries.length} onPage={setPage} />
            ) : null}
          </>
        )}
      </Section>
      <EffectSection calendar={calendar} />
      {dialog?.kind === 'edit' ? <CalendarDialog calendar={calendar} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'import' ? <ImportDialog calendar={calendar} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'new' ? <EntryDialog calendar={calendar} index={null} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'entry' ? (
        <EntryDialog calendar={calendar} index={dialog.index} onClose={() => setDialog(null)} />
      ) : null}
      {dialog?.kind === 'delete' ? (
        <Confirm
          opened
          danger
          title={t('calendars.deleteEntryTitle')}
          confirmLabel={t('action.delete')}
          loading={update.isPending}
          onClose={() => setDialog(null)}
          onConfirm={() =>
            update.mutate(
              {
                id: calendar.id,
                version: calendar.version,
                change: { entries: calendar.entries.filter((_, index) => index !== dialog.index) },
              },
              {
                onSuccess: () => {
                  setDialog(null);
                  toastSuccess(t('calendars.saved'));
                },
                onError: toastFailure,
              },
            )
          }
        >
          {t('calendars.deleteEntryText', { name: isolate(entryName(dialog.entry)) })}
        </Confirm>
      ) : null}
    </>
  );
}
