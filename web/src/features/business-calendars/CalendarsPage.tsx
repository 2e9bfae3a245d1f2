import { Button, Menu, Text } from '@mantine/core';
import { IconCalendarOff, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { calendarsQuery, useDeleteCalendar } from '@/api/calendars';
import type { WorkCalendar } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { paths } from '@/paths';
import { isolate } from '@/shared/format/formatter';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { SharedBadge, useMayManage } from '@/shared/sharing/SharedBadge';
import { Confirm } from '@/ui/confirm';
import { type Column, DataTable } from '@/ui/DataTable';
import { LinkAnchor } from '@/ui/links';
import { PageHeader, Section } from '@/ui/Page';
import { RowMenu } from '@/ui/RowMenu';
import { EmptyState, Fetched } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';
import { CalendarDialog } from './CalendarDialog';
import { useWeekdayList } from './words';

type Dialog = { kind: 'new' } | { kind: 'edit' | 'delete'; calendar: WorkCalendar } | null;

/** Holidays and blackouts that jobs are subject to. */
export default function CalendarsPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const navigate = useNavigate();
  const canWrite = useCanWrite();
  const mayManage = useMayManage();
  const weekdayList = useWeekdayList();
  const query = useQuery(calendarsQuery);
  const remove = useDeleteCalendar();
  const [dialog, setDialog] = useState<Dialog>(null);
  const nameOf = (calendar: WorkCalendar) => localized({ en: calendar.nameEn, ar: calendar.nameAr ?? null });
  const open = (calendar: WorkCalendar) =>
    void navigate({ to: paths.businessCalendar, params: { calendarId: String(calendar.id) }, search: {} });
  const columns: Column<WorkCalendar>[] = [
    {
      key: 'name',
      header: t('calendars.name'),
      phone: 'title',
      render: (calendar) => (
        <>
          <LinkAnchor
            to={paths.businessCalendar}
            params={{ calendarId: String(calendar.id) }}
            search={{}}
            fw={600}
            inherit
          >
            <bdi>{nameOf(calendar)}</bdi>
          </LinkAnchor>
          {calendar.description ? (
            <Text fz="xs" c="dimmed">
              <bdi>{calendar.description}</bdi>
            </Text>
          ) : null}
        </>
      ),
    },
    {
      key: 'zone',
      header: t('schedule.timezone'),
      render: (calendar) => <bdi dir="ltr">{calendar.timezone}</bdi>,
    },
    { key: 'weekend', header: t('calendars.weekend'), render: (calendar) => weekdayList(calendar.weekend) },
    {
      key: 'entries',
      header: t('calendars.entries'),
      align: 'end',
      render: (calendar) => format.number(calendar.entries.length),
    },
    { key: 'jobs', header: t('nav.jobs'), align: 'end', render: (calendar) => format.number(calendar.jobs) },
    { key: 'owner', header: t('sharing.owner'), render: (calendar) => <SharedBadge thing={calendar} /> },
    ...(canWrite
      ? ([
          {
            key: 'actions',
            header: '',
            align: 'end',
            phone: 'foot',
            render: (calendar) =>
              mayManage(calendar) ? (
                <RowMenu label={t('calendars.actionsOf', { name: isolate(nameOf(calendar)) })}>
                  <Menu.Item onClick={() => setDialog({ kind: 'edit', calendar })}>{t('action.edit')}</Menu.Item>
                  <Menu.Item color="red" onClick={() => setDialog({ kind: 'delete', calendar })}>
                    {t('action.delete')}
                  </Menu.Item>
                </RowMenu>
              ) : null,
          },
        ] satisfies Column<WorkCalendar>[])
      : []),
  ];
  const add = canWrite ? (
    <Button variant="filled" leftSection={<IconPlus size={16} />} onClick={() => setDialog({ kind: 'new' })}>
      {t('calendars.new')}
    </Button>
  ) : undefined;
  return (
    <>
      <PageHeader title={t('nav.businessCalendars')} description={t('calendars.text')} actions={add} />
      <Section flush>
        <Fetched
          query={query}
          skeletons={4}
          empty={
            <EmptyState icon={<IconCalendarOff size={28} />} title={t('calendars.empty')} action={add}>
              {t('calendars.emptyText')}
            </EmptyState>
          }
        >
          {(data) => (
            <DataTable
              caption={t('nav.businessCalendars')}
              columns={columns}
              rows={data.items}
              rowKey={(calendar) => calendar.id}
            />
          )}
        </Fetched>{' '}
      </Section>
      {dialog?.kind === 'new' ? (
        <CalendarDialog calendar={null} onClose={() => setDialog(null)} onSaved={open} />
      ) : null}
      {dialog?.kind === 'edit' ? <CalendarDialog calendar={dialog.calendar} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'delete' ? (
        <Confirm
          opened
          danger
          title={t('calendars.deleteTitle')}
          confirmLabel={t('action.delete')}
          loading={remove.isPending}
          onClose={() => setDialog(null)}
          onConfirm={() =>
            remove.mutate(dialog.calendar.id, {
              onSuccess: () => {
                setDialog(null);
                toastSuccess(t('calendars.deleted'));
              },
              onError: toastFailure,
            })
          }
        >
          {dialog.calendar.jobs > 0
            ? t('calendars.deleteUsed', {
                count: dialog.calendar.jobs,
                n: format.number(dialog.calendar.jobs),
                name: isolate(nameOf(dialog.calendar)),
              })
            : t('calendars.deleteText', { name: isolate(nameOf(dialog.calendar)) })}
        </Confirm>
      ) : null}
    </>
  );
}
