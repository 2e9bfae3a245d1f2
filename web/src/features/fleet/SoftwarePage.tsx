import { Badge, Button, Group, Menu, Text, TextInput } from '@mantine/core';
import { IconPackage, IconPlayerPlay, IconPlus, IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { softwareQuery, useDeleteSoftware } from '@/api/fleet';
import type { Software } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { isolate } from '@/shared/format/formatter';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { SharedBadge, useMayManage } from '@/shared/sharing/SharedBadge';
import { Confirm } from '@/ui/confirm';
import { type Column, DataTable } from '@/ui/DataTable';
import { PageHeader, Section } from '@/ui/Page';
import { RowMenu } from '@/ui/RowMenu';
import { EmptyState, Fetched } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';
import { ScheduleDialog } from './ScheduleDialog';
import { SoftwareDialog } from './SoftwareDialog';

type Dialog = { kind: 'new' } | { kind: 'edit' | 'delete' | 'deploy'; software: Software } | null;

/** What can be installed on devices, and how. */
/** Those of the built-in catalogue; of one's own software a category is any text. */
const categories = ['desktop', 'development', 'editors', 'network', 'security', 'servers', 'system'] as const;

export default function SoftwarePage() {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const canWrite = useCanWrite();
  const mayManage = useMayManage();
  const query = useQuery(softwareQuery);
  const remove = useDeleteSoftware();
  const [search, setSearch] = useState('');
  const [dialog, setDialog] = useState<Dialog>(null);
  const all = query.data?.items ?? [];
  const categoryName = (category: string) => {
    const known = categories.find((word) => word === category);
    return known ? t(`software.categoryName.${known}`) : category;
  };
  const wanted = search.trim().toLocaleLowerCase();
  const shown = all.filter((entry) =>
    [
      entry.name,
      entry.description,
      entry.descriptionAr,
      entry.category && categoryName(entry.category),
      entry.publisher,
    ].some((text) => text?.toLocaleLowerCase().includes(wanted)),
  );
  const columns: Column<Software>[] = [
    {
      key: 'name',
      header: t('software.name'),
      phone: 'title',
      render: (entry) => (
        <>
          <Group gap={6}>
            <Text inherit fw={600}>
              <bdi>{entry.name}</bdi>
            </Text>
            {entry.version ? (
              <Text inherit c="dimmed">
                <bdi dir="ltr">{entry.version}</bdi>
              </Text>
            ) : null}
          </Group>
          {entry.description ? (
            <Text fz="xs" c="dimmed">
              <bdi>{localized({ en: entry.description, ar: entry.descriptionAr ?? null })}</bdi>
            </Text>
          ) : null}
        </>
      ),
    },
    {
      key: 'category',
      header: t('software.category'),
      render: (entry) => (entry.category ? <bdi>{categoryName(entry.category)}</bdi> : '—'),
    },
    {
      key: 'platforms',
      header: t('software.platforms'),
      render: (entry) => (
        <Group gap={4}>
          {Object.entries(entry.platforms).map(([system, platform]) => (
            <Badge key={system} variant="light" color="gray">
              <bdi dir="ltr">{[system, ...Object.keys(platform?.packages ?? {})].join(' · ')}</bdi>
            </Badge>
          ))}
        </Group>
      ),
    },
    {
      key: 'needs',
      header: t('software.needs'),
      phone: 'hide',
      render: (entry) =>
        entry.dependencies.length > 0
          ? format.list(entry.dependencies.map((id) => isolate(all.find((other) => other.id === id)?.name ?? `#${id}`)))
          : '—',
    },
    {
      key: 'owner',
      header: t('sharing.owner'),
      render: (entry) => (entry.isBuiltin ? t('connections.builtin') : <SharedBadge thing={entry} />),
    },
    ...(canWrite
      ? ([
          {
            key: 'actions',
            header: '',
            align: 'end',
            phone: 'foot',
            render: (entry) => (
              <RowMenu label={t('software.actionsOf', { name: isolate(entry.name) })}>
                <Menu.Item
                  leftSection={<IconPlayerPlay size={16} />}
                  onClick={() => setDialog({ kind: 'deploy', software: entry })}
                >
                  {t('software.deploy')}
                </Menu.Item>
                {!entry.isBuiltin && mayManage(entry) ? (
                  <>
                    <Menu.Item onClick={() => setDialog({ kind: 'edit', software: entry })}>
                      {t('action.edit')}
                    </Menu.Item>
                    <Menu.Item color="red" onClick={() => setDialog({ kind: 'delete', software: entry })}>
                      {t('action.delete')}
                    </Menu.Item>
                  </>
                ) : null}
              </RowMenu>
            ),
          },
        ] satisfies Column<Software>[])
      : []),
  ];
  return (
    <>
      <PageHeader
        title={t('nav.software')}
        description={t('software.text')}
        actions={
          canWrite ? (
            <Button variant="filled" leftSection={<IconPlus size={16} />} onClick={() => setDialog({ kind: 'new' })}>
              {t('software.new')}
            </Button>
          ) : undefined
        }
      />
      <Section flush>
        <Group className="o-filters" p="sm" data-noprint>
          <TextInput
            size="xs"
            data-page-search
            aria-label={t('action.search')}
            placeholder={t('action.search')}
            leftSection={<IconSearch size={14} />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
          />
        </Group>
        <Fetched
          query={query}
          items={shown}
          empty={<EmptyState icon={<IconPackage size={28} />} title={t('software.noneMatches')} />}
        >
          {() => <DataTable caption={t('nav.software')} columns={columns} rows={shown} rowKey={(entry) => entry.id} />}
        </Fetched>{' '}
      </Section>
      {dialog?.kind === 'new' ? <SoftwareDialog software={null} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'edit' ? <SoftwareDialog software={dialog.software} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'deploy' ? (
        <ScheduleDialog
          task="software_deployment"
          subject={dialog.software.name}
          parameters={{ software: [dialog.software.id] }}
          onClose={() => setDialog(null)}
        />
      ) : null}
      {dialog?.kind === 'delete' ? (
        <Confirm
          opened
          danger
          title={t('software.deleteTitle')}
          confirmLabel={t('action.delete')}
          loading={remove.isPending}
          onClose={() => setDialog(null)}
          onConfirm={() =>
            remove.mutate(dialog.software.id, {
              onSuccess: () => {
                setDialog(null);
                toastSuccess(t('software.deleted'));
              },
              onError: toastFailure,
            })
          }
        >
          {t('software.deleteText', { name: isolate(dialog.software.name) })}
        </Confirm>
      ) : null}
    </>
  );
}
