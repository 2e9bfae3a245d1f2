import { Box, Button, Chip, CloseButton, Collapse, Group, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks';
import { IconAdjustmentsHorizontal, IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import { executionStatuses } from '@/api/model';
import { useMe } from '@/api/session';
import type { JobsSearch } from '@/searches';
import { OwnerSelect } from '@/ui/OwnerSelect';

const kinds = ['interval', 'cron', 'once', 'daily', 'weekly', 'monthly', 'manual'] as const;

export function JobFilters({
  search,
  onChange,
}: {
  search: JobsSearch;
  onChange(patch: Partial<Record<keyof JobsSearch, unknown>> & Partial<JobsSearch>): void;
}) {
  const { t } = useTranslation();
  const tasks = useTaskFunctions();
  const me = useMe();
  const [text, setText] = useState(search.q ?? '');
  const [open, { toggle }] = useDisclosure(
    Boolean(search.task || search.kind || search.tag || search.owner || search.status),
  );
  const apply = useDebouncedCallback((q: string) => onChange({ q: q.trim() || undefined } as Partial<JobsSearch>), 300);
  // The address may change under us: a saved view, the Back button.
  useEffect(() => setText(search.q ?? ''), [search.q]);

  const state = search.paused
    ? 'paused'
    : search.enabled === true
      ? 'enabled'
      : search.enabled === false
        ? 'disabled'
        : 'all';
  const more = [search.task, search.kind, search.tag, search.owner, search.status].filter(Boolean).length;
  return (
    <Box p="sm" style={{ borderBlockEnd: '1px solid var(--o-line)' }} data-noprint>
      <Group gap="sm">
        <TextInput
          flex={1}
          miw={200}
          data-page-search
          leftSection={<IconSearch size={16} />}
          placeholder={t('jobs.search')}
          aria-label={t('jobs.search')}
          value={text}
          rightSection={
            text ? (
              <CloseButton
                size="sm"
                aria-label={t('action.clear')}
                onClick={() => {
                  setText('');
                  onChange({ q: undefined } as Partial<JobsSearch>);
                }}
              />
            ) : null
          }
          onChange={(event) => {
            setText(event.currentTarget.value);
            apply(event.currentTarget.value);
          }}
        />
        <Chip.Group
          multiple={false}
          value={state}
          onChange={(value) =>
            onChange({
              enabled: value === 'enabled' ? true : value === 'disabled' ? false : undefined,
              paused: value === 'paused' ? true : undefined,
            } as Partial<JobsSearch>)
          }
        >
          <Group gap={6} role="group" aria-label={t('jobs.filter.state')}>
            {(['all', 'enabled', 'disabled', 'paused'] as const).map((value) => (
              <Chip key={value} value={value} size="xs" variant="light">
                {t(`jobs.filter.${value}`)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <Button
          size="xs"
          leftSection={<IconAdjustmentsHorizontal size={15} />}
          onClick={toggle}
          aria-expanded={open}
          variant={more > 0 ? 'light' : 'default'}
        >
          {t('jobs.filter.more')}
        </Button>
      </Group>
      <Collapse expanded={open}>
        <Group gap="sm" pt="sm" align="flex-end">
          <Select
            size="xs"
            w={{ base: '100%', xs: 180 }}
            label={t('jobs.filter.status')}
            placeholder={t('word.all')}
            clearable
            clearButtonProps={{ 'aria-label': t('action.clear') }}
            data={executionStatuses.map((status) => ({ value: status, label: t(`status.${status}`) }))}
            value={search.status ?? null}
            onChange={(value) => onChange({ status: value ?? undefined } as Partial<JobsSearch>)}
          />
          <Select
            size="xs"
            w={{ base: '100%', xs: 200 }}
            label={t('jobs.column.task')}
            placeholder={t('word.all')}
            searchable
            clearable
            clearButtonProps={{ 'aria-label': t('action.clear') }}
            data={tasks.list.map(({ key }) => ({ value: key, label: tasks.name(key) }))}
            value={search.task ?? null}
            onChange={(value) => onChange({ task: value ?? undefined } as Partial<JobsSearch>)}
          />
          <Select
            size="xs"
            w={{ base: '100%', xs: 160 }}
            label={t('jobs.filter.kind')}
            placeholder={t('word.all')}
            clearable
            clearButtonProps={{ 'aria-label': t('action.clear') }}
            data={kinds.map((kind) => ({ value: kind, label: t(`schedule.kind.${kind}`) }))}
            value={search.kind ?? null}
            onChange={(value) => onChange({ kind: value ?? undefined } as Partial<JobsSearch>)}
          />
          <TextInput
            key={search.tag ?? ''}
            size="xs"
            w={{ base: '100%', xs: 140 }}
            label={t('jobs.filter.tag')}
            defaultValue={search.tag ?? ''}
            onBlur={(event) => {
              if (event.currentTarget.value !== (search.tag ?? ''))
                onChange({ tag: event.currentTarget.value || undefined } as Partial<JobsSearch>);
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') event.currentTarget.blur();
            }}
          />
          {me.role === 'admin' ? (
            <OwnerSelect value={search.owner} onChange={(owner) => onChange({ owner } as Partial<JobsSearch>)} />
          ) : null}
        </Group>
      </Collapse>
    </Box>
  );
}
