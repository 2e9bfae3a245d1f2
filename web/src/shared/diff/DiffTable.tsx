import { Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Ltr } from '@/ui/Ltr';
import type { Change } from './diff';
import classes from './diff.module.css';

function show(value: unknown): string {
  if (value === undefined || value === null || value === '') return '—';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 1);
}

export function DiffTable({ changes }: { changes: Change[] }) {
  const { t } = useTranslation();
  if (changes.length === 0) return <Text c="dimmed">{t('diff.none')}</Text>;
  return (
    <Table.ScrollContainer minWidth={340} type="native" tabIndex={0}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('diff.field')}</Table.Th>
            <Table.Th>{t('diff.before')}</Table.Th>
            <Table.Th>{t('diff.after')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.map((change) => (
            <Table.Tr key={change.path}>
              <Table.Td>
                <Ltr>{change.path}</Ltr>
              </Table.Td>
              <Table.Td>
                <span className={classes.before} dir="auto">
                  {show(change.before)}
                </span>
              </Table.Td>
              <Table.Td>
                <span className={classes.after} dir="auto">
                  {show(change.after)}
                </span>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
