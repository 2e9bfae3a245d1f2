import { ActionIcon, Button, Group, Menu, Text, TextInput } from '@mantine/core';
import { IconBookmark, IconChevronDown, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { accountQuery, type SavedView, useSaveAccount } from '@/api/account';
import { queryString } from '@/api/http';
import { type JobsSearch, jobsSearch } from '@/searches';
import { isolate } from '@/shared/format/formatter';
import { Confirm } from '@/ui/confirm';

const presets: { key: 'failed' | 'running' | 'paused' | 'disabled'; search: JobsSearch }[] = [
  { key: 'failed', search: { status: 'failed' } },
  { key: 'running', search: { status: 'running' } },
  { key: 'paused', search: { paused: true } },
  { key: 'disabled', search: { enabled: false } },
];

export function parseView(query: string): JobsSearch {
  return jobsSearch(Object.fromEntries(new URLSearchParams(query)));
}

/** Named filters: some that everybody wants, and one's own, kept in the account. */
export function SavedViews({ search, onOpen }: { search: JobsSearch; onOpen(search: JobsSearch): void }) {
  const { t } = useTranslation();
  const { data } = useQuery(accountQuery);
  const save = useSaveAccount();
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const views: SavedView[] = data?.user.preferences.jobViews ?? [];
  const { page: _, ...kept } = search;
  const store = (jobViews: SavedView[]) => save.mutate({ jobViews });
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
          {views.length > 0 ? <Menu.Label>{t('views.own')}</Menu.Label> : null}
          {views.map((view) => (
            <Group key={view.name} gap={0} wrap="nowrap">
              <Menu.Item flex={1} onClick={() => onOpen(parseView(view.query))}>
                <bdi>{view.name}</bdi>
              </Menu.Item>
              <ActionIcon
                aria-label={t('views.remove', { name: isolate(view.name) })}
                onClick={() => store(views.filter((other) => other.name !== view.name))}
              >
                <IconTrash size={14} />
              </ActionIcon>
            </Group>
          ))}
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
        onConfirm={() => {
          if (!name.trim()) return;
          store([
            ...views.filter((view) => view.name !== name.trim()),
            { name: name.trim(), query: queryString(kept).slice(1) },
          ]);
          setNaming(false);
          setName('');
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
          onChange={(event) => setName(event.currentTarget.value)}
        />
      </Confirm>
    </>
  );
}
