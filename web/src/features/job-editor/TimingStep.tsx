import { Box } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { FieldProblem } from '@/api/problem';
import { draftProblem, fieldsOf } from '@/shared/schedule/draft';
import { TimingFields } from '@/shared/timing/TimingFields';
import type { JobForm } from './form';

/** Calendars and windows of a job that has a schedule. */
export function TimingStep({
  form,
  onChange,
  errors,
}: {
  form: JobForm;
  onChange(form: JobForm): void;
  errors: FieldProblem[];
}) {
  const [settled] = useDebouncedValue(form.schedule, 250);
  if (form.schedule.mode === 'manual') return null;
  return (
    <Box mt="md">
      <TimingFields
        value={form.options.timing}
        onChange={(timing) => onChange({ ...form, options: { ...form.options, timing } })}
        schedule={draftProblem(settled) ? null : fieldsOf(settled)}
        zone={form.schedule.timezone}
        errors={errors}
      />
    </Box>
  );
}
