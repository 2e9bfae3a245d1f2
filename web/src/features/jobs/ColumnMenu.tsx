import { ActionIcon, Checkbox, Menu, Stack, Tooltip } from '@mantine/core';
import { IconColumns3 } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '@/api/model';
import type { Column } from '@/ui/DataTable';

const storageKey = 'orloj.jobs.hiddenColumns';
const fixed = new Set(['name', 'actions']);
/** Not shown before somebody asks for them. */
const hiddenAtFirst = ['priority', 'owner', 'number', 'kind', 'tags', 'created', 'changed'];

export function useHiddenColumns(): [ReadonlySet<string>, (hidden: ReadonlySet<string>) => void] {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(() => {
    try {
      const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? 'null');
      return new Set(Array.isArray(stored) ? stored.map(String) : hiddenAtFirst);
    } catch {
      return new Set(hiddenAtFirst);
    }
  });
  return [
    hidden,
    (next) => {
      setHidden(next);
      try {
        localStorage.setItem(storageKey, JSON.stringify([...next]));
      } catch {
        // Kept for this visit only.
      }
    },
  ];
}

export function ColumnMenu({
  columns,
  hidden,
  onChange,
}: {
  columns: Column<Job>[];
  hidden: ReadonlySet<string>;
  onChange(hidden: ReadonlySet<string>): void;
}) {
  const { t } = useTranslation();
  return (
    <Menu closeOnItemClick={false} position="bottom-end">
      <Menu.Target>
        <Tooltip label={t('table.columns')}>
          <ActionIcon variant="default" visibleFrom="sm" aria-label={t('table.columns')}>
            <IconColumns3 size={18} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown p="sm">
        <Stack gap="xs" role="group" aria-label={t('table.columns')}>
          {columns
            .filter(({ key }) => !fixed.has(key))
            .map(({ key, header }) => (
              <Checkbox
                key={key}
                size="xs"
                label={header}
                checked={!hidden.has(key)}
                onChange={(event) => {
                  const next = new Set(hidden);
                  if (event.currentTarget.checked) next.delete(key);
                  else next.add(key);
                  onChange(next);
                }}
              />
            ))}
        </Stack>
      </Menu.Dropdown>
    </Menu>
  );
}
