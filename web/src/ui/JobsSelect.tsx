import { MultiSelect } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQueries, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { jobQuery, jobsQuery, useJobName } from '@/api/jobs';

/** Names of jobs that were chosen, by number. */
export function useNamesOf(ids: number[]): Map<number, string> {
  const jobName = useJobName();
  const chosen = useQueries({ queries: ids.map((id) => ({ ...jobQuery(id), retry: false })) });
  return new Map(
    ids.map((id, index) => {
      const job = chosen[index]?.data?.job;
      return [id, job ? jobName(job) : `#${id}`];
    }),
  );
}

/** Picks jobs by typing part of a name; the server searches. */
export function JobsSelect({
  label,
  description,
  value,
  onChange,
  error,
  without = [],
}: {
  label: string;
  description?: string;
  value: number[];
  onChange(ids: number[]): void;
  error?: string | undefined;
  /** Jobs that are not offered. */
  without?: number[];
}) {
  const { t } = useTranslation();
  const jobName = useJobName();
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, 250);
  const found = useQuery(jobsQuery({ ...(asked ? { q: asked } : {}), perPage: 20 }));
  const chosen = useNamesOf(value);
  const names = new Map<number, string>();
  for (const job of found.data?.items ?? []) if (!without.includes(job.id)) names.set(job.id, jobName(job));
  for (const [id, name] of chosen) names.set(id, name);
  return (
    <MultiSelect
      label={label}
      description={description}
      error={error}
      searchable
      nothingFoundMessage={t('palette.empty')}
      placeholder={value.length === 0 ? t('form.choose') : ''}
      data={[...names].map(([id, name]) => ({ value: String(id), label: name }))}
      filter={({ options }) => options}
      searchValue={search}
      onSearchChange={setSearch}
      value={value.map(String)}
      onChange={(ids) => onChange(ids.map(Number))}
    />
  );
}
