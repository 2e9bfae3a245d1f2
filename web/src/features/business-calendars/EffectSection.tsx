import { Group, Select, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { calendarPreviewQuery } from '@/api/calendars';
import { jobQuery, jobsQuery, useJobName } from '@/api/jobs';
import type { CalendarRule, WorkCalendar } from '@/api/model';
import { EffectList } from '@/shared/timing/EffectList';
import { calendarRules } from '@/shared/timing/rules';
import { Section } from '@/ui/Page';
import { ErrorState, LoadingState } from '@/ui/states';

/** What the calendar would change about a job in the next ninety days. */
export function EffectSection({ calendar }: { calendar: WorkCalendar }) {
  const { t } = useTranslation();
  const jobName = useJobName();
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search, 250);
  const [jobId, setJobId] = useState<number | null>(null);
  const [rule, setRule] = useState<CalendarRule>('only_business_days');
  const jobs = useQuery({
    ...jobsQuery({ ...(asked ? { q: asked } : {}), perPage: 20 }),
    placeholderData: keepPreviousData,
  });
  const job = useQuery({ ...jobQuery(jobId ?? 0), enabled: jobId !== null });
  const chosen = job.data?.job;
  const preview = useQuery(
    calendarPreviewQuery(
      jobId === null ? null : { jobId, calendars: [{ calendarId: calendar.id, rule }], executionWindows: [] },
    ),
  );
  const data = (jobs.data?.items ?? [])
    .filter(({ jobTypeName }) => jobTypeName !== 'manual')
    .map((item) => ({ value: String(item.id), label: jobName(item) }));
  if (chosen && !data.some(({ value }) => value === String(chosen.id)))
    data.unshift({ value: String(chosen.id), label: jobName(chosen) });
  return (
    <Section title={t('calendars.effect')}>
      <Stack>
        <Text c="dimmed">{t('calendars.effectText')}</Text>
        <Group align="flex-end">
          <Select
            label={t('runs.column.job')}
            placeholder={t('form.choose')}
            searchable
            w={{ base: '100%', sm: 340 }}
            data={data}
            filter={({ options }) => options}
            nothingFoundMessage={t('palette.empty')}
            onSearchChange={setSearch}
            value={jobId === null ? null : String(jobId)}
            onChange={(value) => setJobId(value ? Number(value) : null)}
          />
          <Select
            label={t('timing.rule')}
            w={{ base: '100%', sm: 340 }}
            data={calendarRules.map((value) => ({ value, label: t(`timing.ruleName.${value}`) }))}
            allowDeselect={false}
            value={rule}
            onChange={(value) => setRule(value as CalendarRule)}
          />
        </Group>
        {preview.error ? <ErrorState error={preview.error} /> : null}
        {jobId !== null && preview.isPending ? <LoadingState rows={3} /> : null}
        {jobId !== null && preview.data && chosen ? <EffectList preview={preview.data} zone={chosen.timezone} /> : null}
      </Stack>
    </Section>
  );
}
