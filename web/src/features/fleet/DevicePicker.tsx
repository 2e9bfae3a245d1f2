import { MultiSelect } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { devicesQuery } from '@/api/devices';

/** Picks devices by typing part of a name; the server searches, so that it finds the one among thousands. */
export function DevicePicker({
  label,
  description,
  value,
  onChange,
  error,
  required = false,
}: {
  label: string;
  description?: string;
  value: number[];
  onChange(ids: number[]): void;
  error?: string | undefined;
  required?: boolean;
}) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, 250);
  const query = useQuery(devicesQuery({ ...(asked ? { q: asked } : {}), perPage: 50 }));
  // Names of what was chosen stay known when the search moves on.
  const names = useRef(new Map<number, string>());
  for (const device of query.data?.items ?? []) names.current.set(device.id, device.name);
  const found = (query.data?.items ?? []).map(({ id }) => id);
  return (
    <MultiSelect
      label={label}
      description={description}
      required={required}
      error={error}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      placeholder={value.length === 0 ? t('form.choose') : ''}
      nothingFoundMessage={t('palette.empty')}
      data={[...new Set([...found, ...value])].map((id) => ({
        value: String(id),
        label: names.current.get(id) ?? `#${id}`,
      }))}
      searchValue={search}
      onSearchChange={setSearch}
      value={value.map(String)}
      onChange={(ids) => onChange(ids.map(Number))}
    />
  );
}
