import { Box, Checkbox, Group, Stack, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp, IconSelector } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './table.module.css';

export interface Column<T> {
  key: string;
  header: string;
  render(row: T): ReactNode;
  /** The name to sort by; absent means the column cannot be sorted. */
  sort?: string;
  align?: 'start' | 'end';
  /** Stays at the end edge while the rest scrolls. */
  pinned?: boolean;
  /** On a phone: the card's title, a line without its label at the foot, or not at all. */
  phone?: 'title' | 'foot' | 'hide';
}

export interface DataTableProps<T> {
  caption: string;
  columns: Column<T>[];
  rows: T[];
  rowKey(row: T): string | number;
  sort?: string | undefined;
  onSort?: (sort: string) => void;
  selection?: {
    ids: ReadonlySet<number>;
    toggle(id: number, range: boolean): void;
    toggleAll(): void;
    label(row: T): string;
    idOf(row: T): number;
  };
  stale?: boolean;
}

/** A table on a screen, cards on a phone, from one list of columns. */
export function DataTable<T>(props: DataTableProps<T>) {
  const phone = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  return phone ? <Cards {...props} /> : <Grid {...props} />;
}

function Grid<T>({ caption, columns, rows, rowKey, sort, onSort, selection, stale }: DataTableProps<T>) {
  const { t } = useTranslation();
  const all = selection !== undefined && rows.length > 0 && rows.every((row) => selection.ids.has(selection.idOf(row)));
  const some = selection !== undefined && !all && rows.some((row) => selection.ids.has(selection.idOf(row)));
  return (
    <Box
      className={classes.scroller ?? ''}
      data-stale={stale || undefined}
      tabIndex={0}
      role="group"
      aria-label={caption}
    >
      <table className={classes.table}>
        <caption className={classes.caption}>{caption}</caption>
        <thead>
          <tr>
            {selection ? (
              <th className={classes.check}>
                <Checkbox
                  size="xs"
                  aria-label={t('table.selectPage')}
                  checked={all}
                  indeterminate={some}
                  onChange={selection.toggleAll}
                />
              </th>
            ) : null}
            {columns.map((column) => (
              <th
                key={column.key}
                data-align={column.align}
                data-pinned={column.pinned || undefined}
                aria-sort={column.sort ? ariaSort(sort, column.sort) : undefined}
              >
                {column.sort && onSort ? (
                  <SortButton column={column.header} name={column.sort} sort={sort} onSort={onSort} />
                ) : (
                  column.header || <VisuallyHidden>{t('action.more')}</VisuallyHidden>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const selected = selection?.ids.has(selection.idOf(row)) ?? false;
            return (
              <tr key={rowKey(row)} data-selected={selected || undefined} data-row>
                {selection ? (
                  <td>
                    <Checkbox
                      size="xs"
                      data-row-check
                      aria-label={selection.label(row)}
                      checked={selected}
                      onChange={(event) =>
                        selection.toggle(selection.idOf(row), (event.nativeEvent as MouseEvent).shiftKey)
                      }
                    />
                  </td>
                ) : null}
                {columns.map((column) => (
                  <td key={column.key} data-align={column.align} data-pinned={column.pinned || undefined}>
                    {column.render(row)}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </Box>
  );
}

function ariaSort(sort: string | undefined, name: string): 'ascending' | 'descending' | 'none' {
  if (sort === name) return 'ascending';
  return sort === `-${name}` ? 'descending' : 'none';
}

function SortButton({
  column,
  name,
  sort,
  onSort,
}: {
  column: string;
  name: string;
  sort: string | undefined;
  onSort(sort: string): void;
}) {
  const state = ariaSort(sort, name);
  const Icon = state === 'ascending' ? IconArrowUp : state === 'descending' ? IconArrowDown : IconSelector;
  return (
    <UnstyledButton className={classes.sort ?? ''} onClick={() => onSort(state === 'ascending' ? `-${name}` : name)}>
      {column}
      <Icon size={14} aria-hidden="true" />
    </UnstyledButton>
  );
}

function Cards<T>({ caption, columns, rows, rowKey, selection, stale }: DataTableProps<T>) {
  const title = columns.filter(({ phone }) => phone === 'title');
  const foot = columns.filter(({ phone }) => phone === 'foot');
  const facts = columns.filter(({ phone }) => phone === undefined);
  return (
    <ul className={classes.cards} aria-label={caption} data-stale={stale || undefined}>
      {rows.map((row) => (
        <li
          key={rowKey(row)}
          className={classes.card}
          data-selected={selection?.ids.has(selection.idOf(row)) || undefined}
          data-row
        >
          <Group align="flex-start" wrap="nowrap" gap="sm">
            {selection ? (
              <Checkbox
                mt={2}
                data-row-check
                aria-label={selection.label(row)}
                checked={selection.ids.has(selection.idOf(row))}
                onChange={() => selection.toggle(selection.idOf(row), false)}
              />
            ) : null}
            <Stack gap={2} flex={1} miw={0}>
              {title.map((column) => (
                <div key={column.key}>{column.render(row)}</div>
              ))}
            </Stack>
          </Group>
          {facts.length > 0 ? (
            <dl className={classes.cardFacts}>
              {facts.map((column) => (
                <div key={column.key}>
                  <dt>{column.header}</dt>
                  <dd>{column.render(row)}</dd>
                </div>
              ))}
            </dl>
          ) : null}
          {foot.length > 0 ? (
            <Group justify="space-between" mt="xs">
              {foot.map((column) => (
                <div key={column.key}>{column.render(row)}</div>
              ))}
            </Group>
          ) : null}
        </li>
      ))}
    </ul>
  );
}
