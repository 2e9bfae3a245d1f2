import { Alert, Checkbox, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { TaskFunction } from '@/api/model';
import { previewQuery } from '@/api/schedules';
import { isolate } from '@/shared/format/formatter';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { CollisionHint } from '@/shared/schedule/CollisionHint';
import { draftProblem, fieldsOf } from '@/shared/schedule/draft';
import { SchedulePreview } from '@/shared/schedule/SchedulePreview';
import { useNamesOf } from '@/ui/JobsSelect';
import { Facts, Section } from '@/ui/Page';
import { ParameterList } from '@/ui/ParameterList';
import type { JobForm } from './form';

// With the log viewer it would weigh as much as the wizard itself.
const TestRun = lazy(() => import('./TestRun'));

/** Everything once more in words before it is created. */
export function ReviewStep({
  form,
  task,
  runNow,
  onRunNow,
  failure,
}: {
  form: JobForm;
  task: TaskFunction | undefined;
  runNow: boolean;
  onRunNow(value: boolean): void;
  failure: string | null;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const request = useMemo(
    () => (draftProblem(form.schedule) ? null : { ...fieldsOf(form.schedule), count: 10, ...form.options.timing }),
    [form.schedule, form.options.timing],
  );
  const preview = useQuery(previewQuery(request));
  const parents = form.options.after?.parents ?? [];
  const names = useNamesOf(parents.map(({ jobId }) => jobId));
  const { options } = form;
  return (
    <Stack gap={0}>
      {failure ? (
        <Alert color="red" mb="md" role="alert">
          {failure}
        </Alert>
      ) : null}
      <Section title={t('editor.summary')}>
        <Facts
          items={[
            [t('jobs.column.name'), localized({ en: form.nameEn, ar: form.nameAr }) || t('editor.unnamed')],
            [t('jobs.column.task'), task ? localized({ en: task.nameEn, ar: task.nameAr }) : '—'],
            [t('jobs.column.schedule'), preview.data ? localized(preview.data.description) : '…'],
            [
              t('schedule.timezone'),
              <bdi key="zone" dir="ltr">
                {form.schedule.timezone}
              </bdi>,
            ],
            ...(parents.length > 0
              ? [
                  [
                    t('after.title'),
                    format.list(
                      parents.map(
                        ({ jobId, on }) => `${isolate(names.get(jobId) ?? `#${jobId}`)} (${t(`chain.on.${on}`)})`,
                      ),
                    ),
                  ] as [string, string],
                ]
              : []),
            [t('options.priority'), format.number(options.priority)],
            [
              t('options.maxInstances'),
              `${format.number(options.maxInstances)} · ${t(`options.overlapChoice.${options.overlap}`)}`,
            ],
            [
              t('options.timeoutSeconds'),
              options.timeoutSeconds ? format.duration(options.timeoutSeconds * 1000) : t('word.unlimited'),
            ],
            [t('options.maxAttempts'), format.number(options.retry.maxAttempts)],
          ]}
        />
      </Section>
      <Section title={t('editor.parameters')}>
        <ParameterList parameters={form.parameters} schema={task?.schema} />
      </Section>
      {form.schedule.mode !== 'manual' ? (
        <Section title={t('schedule.preview')}>
          <Stack gap="sm">
            <SchedulePreview request={request} timezone={form.schedule.timezone} />
            <CollisionHint request={request} draft={form.schedule} />
          </Stack>
        </Section>
      ) : null}
      {task ? (
        <Suspense>
          <TestRun key={task.key} form={form} task={task} />
        </Suspense>
      ) : null}
      <Section>
        <Checkbox
          label={t('editor.runNow')}
          description={t('editor.runNowHelp')}
          checked={runNow}
          onChange={(event) => onRunNow(event.currentTarget.checked)}
        />
        {!options.isEnabled ? (
          <Text c="dimmed" mt="xs">
            {t('editor.createdDisabled')}
          </Text>
        ) : null}
      </Section>
    </Stack>
  );
}
