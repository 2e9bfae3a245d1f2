import { Group, Pagination, Select, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/shared/format/useFormat';
import classes from './table.module.css';

/** Where one is in a long list, and the way to its other pages. */
export function Pager({
  page,
  perPage,
  total,
  onPage,
  onPerPage,
}: {
  page: number;
  perPage: number;
  total: number;
  onPage(page: number): void;
  onPerPage?: (perPage: number) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const pages = Math.max(1, Math.ceil(total / perPage));
  const from = total === 0 ? 0 : (page - 1) * perPage + 1;
  return (
    <Group justify="space-between" px="md" py="sm" gap="sm" className={classes.pager ?? ''}>
      <Text fz="sm" c="dimmed">
        {t('paging.range', {
          from: format.number(from),
          to: format.number(Math.min(total, page * perPage)),
          total: format.number(total),
        })}
      </Text>
      <Group gap="sm">
        {onPerPage ? (
          <Select
            size="xs"
            w={84}
            aria-label={t('paging.perPage')}
            data={[10, 20, 50, 100].map((size) => ({ value: String(size), label: format.number(size) }))}
            value={String(perPage)}
            onChange={(value) => onPerPage(Number(value))}
          />
        ) : null}
        {pages > 1 ? (
          <Pagination
            size="sm"
            total={pages}
            value={page}
            onChange={onPage}
            siblings={1}
            aria-label={t('paging.label')}
            getControlProps={(control) => ({
              'aria-label': control === 'next' ? t('paging.next') : t('paging.previous'),
            })}
          />
        ) : null}
      </Group>
    </Group>
  );
}
