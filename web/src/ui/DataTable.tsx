import { Box, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp, IconSelector } from '@tabler/icons-react';
import { memo, type ReactNode, useDeferredValue } from 'react';
import { useTranslation } from 'react-i18next';
import { Tick } from './Tick';
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

/** What a row needs to be ticked. */
export interface RowSelection<T> {
  toggle(id: number, range: boolean): void;
  label(row: T): string;
  idOf(row: T): number;
}

export interface DataTableProps<T> {
  caption: string;
  /** The same list as long as it says the same: rows are drawn anew when it changes. */
  columns: Column<T>[];
  rows: T[];
  rowKey(row: T): string | number;
  sort?: string | undefined;
  onSort?: (sort: string) => void;
  selection?: {
    ids: ReadonlySet<number>;
    toggleAll(): void;
    /** The same object as long as it does the same. */
    row: RowSelection<T>;
  };
  stale?: boolean;
}

/** So many rows are drawn at once. */
const atOnce = 20;

/** A table on a screen, cards on a phone, from one list of columns. */
export function DataTable<T>(props: DataTableProps<T>) {
  const phone = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  // The rest of a long page follows when the browser has a moment, in parts that hold nobody up.
  const rows = useDeferredValue(props.rows, props.rows.slice(0, atOnce));
  return phone ? <Cards {...props} rows={rows} /> : <Grid {...props} rows={rows} />;
}

function Grid<T>({ caption, columns, rows, rowKey, sort, onSort, selection, stale }: DataTableProps<T>) {
  const { t } = useTranslation();
  const isTicked = (row: T) => selection?.ids.has(selection.row.idOf(row)) ?? false;
  const all = selection !== undefined && rows.length > 0 && rows.every(isTicked);
  const some = !all && rows.some(isTicked);
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
                <Tick
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
          {rows.map((row) => (
            <GridRow
              key={rowKey(row)}
              row={row}
              columns={columns}
              selection={selection?.row}
              selected={isTicked(row)}
            />
          ))}
        </tbody>
      </table>
    </Box>
  );
}

interface RowProps<T> {
  row: T;
  columns: Column<T>[];
  selection: RowSelection<T> | undefined;
  selected: boolean;
}

/** A row is drawn anew when what it shows has changed; its cells not even when it is ticked. */
const GridRow = memo(function GridRow<T>({ row, columns, selection, selected }: RowProps<T>) {
  return (
    <tr data-selected={selected || undefined} data-row>
      {selection ? (
        <td>
          <RowTick row={row} selection={selection} selected={selected} />
        </td>
      ) : null}
      <GridCells row={row} columns={columns} />
    </tr>
  );
}) as <T>(props: RowProps<T>) => ReactNode;

const GridCells = memo(function GridCells<T>({ row, columns }: Pick<RowProps<T>, 'row' | 'columns'>) {
  return columns.map((column) => (
    <td key={column.key} data-align={column.align} data-pinned={column.pinned || undefined}>
      {column.render(row)}
    </td>
  ));
}) as <T>(props: Pick<RowProps<T>, 'row' | 'columns'>) => ReactNode;

function RowTick<T>({ row, selection, selected }: { row: T; selection: RowSelection<T>; selected: boolean }) {
  return (
    <Tick
      data-row-check
      aria-label={selection.label(row)}
      checked={selected}
      onChange={(event) => selection.toggle(selection.idOf(row), (event.nativeEvent as MouseEvent).shiftKey)}
    />
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
  return (
    <ul className={classes.cards} aria-label={caption} data-stale={stale || undefined}>
      {rows.map((row) => (
        <Card
          key={rowKey(row)}
          row={row}
          columns={columns}
          selection={selection?.row}
          selected={selection?.ids.has(selection.row.idOf(row)) ?? false}
        />
      ))}
    </ul>
  );
}

const Card = memo(function Card<T>({ row, columns, selection, selected }: RowProps<T>) {
  const title = columns.filter(({ phone }) => phone === 'title');
  const foot = columns.filter(({ phone }) => phone === 'foot');
  const facts = columns.filter(({ phone }) => phone === undefined);
  return (
    <li className={classes.card} data-selected={selected || undefined} data-row>
      <div className={classes.cardHead}>
        {selection ? <RowTick row={row} selection={selection} selected={selected} /> : null}
        <div className={classes.cardTitle}>
          {title.map((column) => (
            <div key={column.key}>{column.render(row)}</div>
          ))}
        </div>
      </div>
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
        <div className={classes.cardFoot}>
          {foot.map((column) => (
            <div key={column.key}>{column.render(row)}</div>
          ))}
        </div>
      ) : null}
    </li>
  );
}) as <T>(props: RowProps<T>) => ReactNode;
