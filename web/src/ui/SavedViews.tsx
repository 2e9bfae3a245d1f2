import { ActionIcon, Button, Checkbox, Group, Menu, Text, TextInput } from '@mantine/core';
import { IconBookmark, IconChevronDown, IconTrash, IconUsers } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { queryString } from '@/api/http';
import { useMe } from '@/api/session';
import { type SavedView, useDeleteView, useSaveView, type ViewPage, viewsQuery } from '@/api/views';
import { isolate } from '@/shared/format/formatter';
import { Confirm } from './confirm';
import { failureText, toastFailure } from './toast';

/**
 * Named filters of a list: some that everybody wants, one's own, and those that others share. `read` makes a search of what
 * an address says, as the list's own route does: what a view says was written by somebody.
 */
export function SavedViews<S extends { page?: number }>({
  list,
  search,
  presets,
  read,
  onOpen,
}: {
  list: ViewPage;
  search: S;
  presets: { label: string; search: S }[];
  read(raw: Record<string, unknown>): S;
  onOpen(search: S): void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const { data } = useQuery(viewsQuery(list));
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
        onClick={() => onOpen(read(Object.fromEntries(new URLSearchParams(view.query))))}
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
          {presets.map(({ label, search: preset }) => (
            <Menu.Item key={label} onClick={() => onOpen(preset)}>
              {label}
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
            { page: list, name: name.trim(), query: queryString(kept).slice(1), isShared: share },
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
