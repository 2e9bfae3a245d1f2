import { MantineProvider } from '@mantine/core';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { startTranslation } from '@/i18n';
import { type Column, DataTable, type RowSelection } from './DataTable';
import { RowMenu } from './RowMenu';

interface Thing {
  id: number;
  name: string;
}

beforeAll(() => startTranslation('en'));
afterEach(cleanup);

function watched(): { columns: Column<Thing>[]; drawn: number[] } {
  const drawn: number[] = [];
  const columns: Column<Thing>[] = [
    {
      key: 'name',
      header: 'Name',
      render: (thing) => {
        drawn.push(thing.id);
        return thing.name;
      },
    },
  ];
  return { columns, drawn };
}

const things = (count: number): Thing[] => Array.from({ length: count }, (_, id) => ({ id, name: `thing ${id}` }));

it('draws the row that changed and no other', () => {
  const { columns, drawn } = watched();
  const before = things(50);
  const table = (rows: Thing[]) => (
    <MantineProvider>
      <DataTable caption="Things" columns={columns} rows={rows} rowKey={({ id }) => id} />
    </MantineProvider>
  );
  const { rerender } = render(table(before));
  expect(screen.getByText('thing 49')).toBeTruthy();
  drawn.length = 0;
  rerender(table(before.map((thing) => (thing.id === 7 ? { ...thing, name: 'renamed' } : thing))));
  expect(screen.getByText('renamed')).toBeTruthy();
  expect(new Set(drawn)).toEqual(new Set([7]));
});

function Ticked({ columns, rows }: { columns: Column<Thing>[]; rows: Thing[] }) {
  const [ids, setIds] = useState<ReadonlySet<number>>(new Set());
  const [row] = useState<RowSelection<Thing>>(() => ({
    idOf: ({ id }) => id,
    label: ({ name }) => `Select ${name}`,
    toggle: (id) => setIds((current) => new Set([...current, id])),
  }));
  return (
    <DataTable
      caption="Things"
      columns={columns}
      rows={rows}
      rowKey={({ id }) => id}
      selection={{ ids, row, toggleAll: () => setIds(new Set(rows.map(({ id }) => id))) }}
    />
  );
}

it('ticks a row without drawing its cells anew', () => {
  const { columns, drawn } = watched();
  const rows = things(30);
  render(
    <MantineProvider>
      <Ticked columns={columns} rows={rows} />
    </MantineProvider>,
  );
  drawn.length = 0;
  fireEvent.click(screen.getByLabelText('Select thing 3'));
  expect(screen.getByLabelText<HTMLInputElement>('Select thing 3').checked).toBe(true);
  const [all] = screen.getAllByRole<HTMLInputElement>('checkbox');
  expect(all?.indeterminate).toBe(true);
  expect(drawn).toEqual([]);
});

const renderMenu = () =>
  render(
    <MantineProvider>
      <RowMenu label="Actions for the thing">
        <button type="button">Delete</button>
      </RowMenu>
    </MantineProvider>,
  );

it('has no menu before it is asked for', async () => {
  renderMenu();
  expect(document.querySelector('[aria-expanded]')).toBe(null);
  fireEvent.click(screen.getByRole('button', { name: 'Actions for the thing' }));
  expect(await screen.findByText('Delete')).toBeTruthy();
  const dots = document.querySelector<HTMLElement>('[aria-label="Actions for the thing"]');
  expect(dots?.getAttribute('aria-expanded')).toBe('true');
});

it('closes a menu that has not taken the focus yet', async () => {
  renderMenu();
  fireEvent.click(screen.getByRole('button', { name: 'Actions for the thing' }));
  await screen.findByText('Delete');
  const dots = document.querySelector<HTMLElement>('[aria-label="Actions for the thing"]');
  if (!dots) throw new Error('no dots');
  dots.focus();
  fireEvent.keyDown(dots, { key: 'Escape' });
  await waitFor(() => expect(dots.getAttribute('aria-expanded')).toBe('false'));
});
