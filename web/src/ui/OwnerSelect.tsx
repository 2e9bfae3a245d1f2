import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { usersQuery } from '@/api/people';

/** Picks a user by typing part of the name. */
export function OwnerSelect({
  value,
  onChange,
}: {
  value: number | undefined;
  onChange(value: number | undefined): void;
}) {
  const { t } = useTranslation();
  const users = useQuery(usersQuery({ perPage: 100 }));
  return (
    <Select
      size="xs"
      w={{ base: '100%', xs: 170 }}
      label={t('jobs.column.owner')}
      placeholder={t('word.all')}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      data={(users.data?.items ?? []).map((user) => ({ value: String(user.id), label: user.displayName || user.name }))}
      value={value ? String(value) : null}
      onChange={(next) => onChange(next ? Number(next) : undefined)}
    />
  );
}
