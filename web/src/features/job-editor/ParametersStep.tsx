import { Group, Stack, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TaskFunction } from '@/api/model';
import type { FieldProblem } from '@/api/problem';
import { jobWidgets } from '@/features/connections/jobWidgets';
import { below } from '@/shared/schema-form/pointer';
import { SchemaForm } from '@/shared/schema-form/SchemaForm';
import { Disclosure } from '@/ui/Disclosure';
import { useNamesOf } from '@/ui/JobsSelect';
import { Section } from '@/ui/Page';
import { type JobForm, resultSources } from './form';

/** Name and parameters. */
export function ParametersStep({
  form,
  onChange,
  task,
  errors,
  showAll,
}: {
  form: JobForm;
  onChange(form: JobForm): void;
  task: TaskFunction | undefined;
  errors: FieldProblem[];
  showAll: boolean;
}) {
  const { t, i18n } = useTranslation();
  const sources = resultSources(form.options.after);
  const names = useNamesOf(sources.map(({ jobId }) => jobId));
  const results = sources.map(({ job, jobId }) => ({ job, name: names.get(jobId) ?? `#${jobId}` }));
  const set = (patch: Partial<JobForm>) => onChange({ ...form, ...patch });
  const at = (pointer: string) => errors.find((error) => error.pointer === pointer)?.detail;
  const english = (
    <TextInput
      key="en"
      flex={1}
      miw={220}
      label={t('editor.nameEn')}
      description={t('editor.nameHelp')}
      maxLength={255}
      dir="ltr"
      value={form.nameEn}
      error={at('/nameEn')}
      onChange={(event) => set({ nameEn: event.currentTarget.value })}
    />
  );
  const arabic = (
    <TextInput
      key="ar"
      flex={1}
      miw={220}
      label={t('editor.nameAr')}
      description={t('editor.nameHelp')}
      maxLength={255}
      dir="rtl"
      lang="ar"
      value={form.nameAr}
      error={at('/nameAr')}
      onChange={(event) => set({ nameAr: event.currentTarget.value })}
    />
  );
  const descriptionEn = (
    <Textarea
      key="en"
      label={t('editor.descriptionEn')}
      dir="ltr"
      autosize
      minRows={2}
      value={form.descriptionEn}
      error={at('/descriptionEn')}
      onChange={(event) => set({ descriptionEn: event.currentTarget.value })}
    />
  );
  const descriptionAr = (
    <Textarea
      key="ar"
      label={t('editor.descriptionAr')}
      dir="rtl"
      lang="ar"
      autosize
      minRows={2}
      value={form.descriptionAr}
      error={at('/descriptionAr')}
      onChange={(event) => set({ descriptionAr: event.currentTarget.value })}
    />
  );
  return (
    <>
      <Section title={t('editor.naming')}>
        <Stack>
          <Group gap="md" align="flex-start">
            {i18n.language === 'ar' ? [arabic, english] : [english, arabic]}
          </Group>
          <Disclosure
            title={t('editor.describe')}
            initiallyOpen={Boolean(form.descriptionEn || form.descriptionAr || form.tags.length > 0)}
          >
            <Stack>
              {i18n.language === 'ar' ? [descriptionAr, descriptionEn] : [descriptionEn, descriptionAr]}
              <TagsInput
                label={t('jobs.filter.tags')}
                placeholder={t('form.typeAndEnter')}
                value={form.tags}
                onChange={(tags) => set({ tags })}
                error={errors.find(({ pointer }) => pointer.startsWith('/tags'))?.detail}
              />
            </Stack>
          </Disclosure>
        </Stack>
      </Section>
      <Section title={t('editor.parameters')}>
        {task ? (
          <SchemaForm
            key={task.key}
            schema={task.schema}
            value={form.parameters}
            onChange={(parameters) => set({ parameters })}
            serverErrors={below(errors, '/parameters')}
            showAll={showAll}
            widgets={jobWidgets}
            results={results}
          />
        ) : null}
      </Section>
    </>
  );
}
