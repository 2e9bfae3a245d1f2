import { Box } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Job } from '@/api/model';
import { draftOf, fieldsOf } from '@/shared/schedule/draft';
import { SchedulePreview } from '@/shared/schedule/SchedulePreview';
import { Disclosure } from '@/ui/Disclosure';

export function NextRuns({ job }: { job: Job }) {
  const { t } = useTranslation();
  const request = useMemo(() => ({ ...fieldsOf(draftOf(job)), count: 10, jobId: job.id }), [job]);
  if (job.manual) return null;
  return (
    <Box mb="md" bg="var(--o-surface)" style={{ borderRadius: 'var(--mantine-radius-md)' }}>
      <Disclosure title={t('jobs.nextRuns')}>
        <SchedulePreview request={request} timezone={job.timezone} />
      </Disclosure>
    </Box>
  );
}
