import { ActionIcon, Button, Checkbox, Group, Menu, Text, TextInput } from '@mantine/core';
import { IconBookmark, IconChevronDown, IconTrash, IconUsers } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { queryString } from '@/api/http';
import { useMe } from '@/api/session';
import { type SavedView, useDeleteView, useSaveView, viewsQuery } from '@/api/views';
import { type JobsSearch, jobsSearch } from '@/searches';
import { isolate } from '@/shared/format/formatter';
import { Confirm } from '@/ui/confirm';
import { failureText, toastFailure } from '@/ui/toast';

const presets: { key: 'failed' | 'running' | 'paused' | 'disabled'; search: JobsSearch }[] = [
  { key: 'failed', search: { status: 'failed' } },
  { key: 'running', search: { status: 'running' } },
  { key: 'paused', search: { paused: true } },
  { key: 'disabled', search: { enabled: false } },
];

export function parseView(query: string): JobsSearch {
  return jobsSearch(Object.fromEntries(new URLSearchParams(query)));
}

/** Named filters: some that everybody wants, one's own, and those that others share. */
export function SavedViews({ search, onOpen }: { search: JobsSearch; onOpen(search: JobsSearch): void }) {
  const { t } = useTranslation();
  const me = useMe();
  const { data } = useQuery(viewsQuery('jobs'));
  const save = useSaveView();
  const remove = useDeleteView();
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const [share, setShare] = useState(false);
  const views = data?.items ?? [];
  const own = views.filter((view) => view.ownerId === me?.id);
  const shared = views.filter((view) => view.ownerId !== me?.id);
  const { page: _, ...kept } = search;
  const item = (view: SavedView) => (
    <Group key={view.id} gap={0} wrap="nowrap">
      <Menu.Item
        flex={1}
        onClick={() => onOpen(parseView(view.query))}
        rightSection={view.isShared ? <IconUsers size={14} aria-label={t('views.sharedMark')} /> : undefined}
      >
        <bdi>{view.name}</bdi>
        {view.ownerId === me?.id ? null : (
          <Text fz="xs" c="dimmed">
            <bdi>{view.ownerName}</bdi>
          </Text>
        )}
      </Menu.Item>
      {view.ownerId === me?.id || me?.role === 'admin' ? (
        <ActionIcon
          aria-label={t('views.remove', { name: isolate(view.name) })}
          onClick={() => remove.mutate(view.id, { onError: toastFailure })}
        >
          <IconTrash size={14} />
        </ActionIcon>
      ) : null}
    </Group>
  );
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button leftSection={<IconBookmark size={16} />} rightSection={<IconChevronDown size={14} />}>
            {t('views.title')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {presets.map(({ key, search: preset }) => (
            <Menu.Item key={key} onClick={() => onOpen(preset)}>
              {t(`views.${key}`)}
            </Menu.Item>
          ))}
          {own.length > 0 ? <Menu.Label>{t('views.own')}</Menu.Label> : null}
          {own.map(item)}
          {shared.length > 0 ? <Menu.Label>{t('views.shared')}</Menu.Label> : null}
          {shared.map(item)}
          <Menu.Divider />
          <Menu.Item disabled={Object.keys(kept).length === 0} onClick={() => setNaming(true)}>
            {t('views.save')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={naming}
        onClose={() => setNaming(false)}
        title={t('views.save')}
        confirmLabel={t('action.save')}
        loading={save.isPending}
        onConfirm={() => {
          if (!name.trim()) return;
          save.mutate(
            { page: 'jobs', name: name.trim(), query: queryString(kept).slice(1), isShared: share },
            {
              onSuccess: () => {
                setNaming(false);
                setName('');
                setShare(false);
              },
            },
          );
        }}
      >
        <Text c="dimmed" mb="sm">
          {t('views.saveText')}
        </Text>
        <TextInput
          label={t('views.name')}
          maxLength={60}
          required
          data-autofocus
          value={name}
          error={save.error ? failureText(save.error) : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox
          mt="md"
          label={t('views.share')}
          description={t('views.shareHelp')}
          checked={share}
          onChange={(event) => setShare(event.currentTarget.checked)}
        />
      </Confirm>
    </>
  );
}
