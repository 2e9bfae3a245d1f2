import { Stack, Text } from '@mantine/core';
import type { Job } from '@/api/model';
import { useLocalized } from '@/shared/format/useFormat';
import { Ltr } from './Ltr';

/** When a job runs, in words of the server; beneath it the expression it was made of. */
export function ScheduleText({ job }: { job: Pick<Job, 'scheduleText' | 'cronExpression' | 'cronFields'> }) {
  const localized = useLocalized();
  const fields = job.cronFields;
  const expression =
    job.cronExpression ??
    (fields
      ? [fields.minute, fields.hour, fields.dayOfMonth, fields.month, fields.dayOfWeek, fields.week].join(' ')
      : null);
  return (
    <Stack gap={0} maw={280} miw={150}>
      <Text inherit lineClamp={3}>
        {localized(job.scheduleText)}
      </Text>
      {expression ? (
        <Text fz="xs" c="dimmed" truncate>
          <Ltr>{expression}</Ltr>
        </Text>
      ) : null}
    </Stack>
  );
}
