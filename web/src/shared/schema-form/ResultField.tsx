import { ActionIcon, Button, Fieldset, Group, Select, Text, TextInput } from '@mantine/core';
import { IconArrowBackUp, IconLink } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { isolate } from '@/shared/format/formatter';
import { useFormContext } from './context';
import { type FieldProps, useFieldText } from './FieldView';
import { type ResultPlace, resultReference } from './reference';

/** A value that an earlier job returns: which job, and where in its result. */
export function ResultField({ field, pointer, label, onChange, place }: FieldProps & { place: ResultPlace }) {
  const { t } = useTranslation();
  const { results } = useFormContext();
  const text = useFieldText(field, pointer, label);
  const data = results.map(({ job, name }) => ({ value: String(job), label: name }));
  const chosen = String(place.job);
  const known = data.some(({ value }) => value === chosen);
  return (
    <Fieldset legend={text.label} disabled={text.disabled}>
      <Group align="flex-start" gap="sm">
        <Select
          label={t('result.job')}
          flex={2}
          miw={170}
          allowDeselect={false}
          data={known ? data : [...data, { value: chosen, label: chosen }]}
          value={chosen}
          error={text.error ?? (known ? undefined : t('result.unknown'))}
          onChange={(next) => {
            const source = results.find(({ job }) => String(job) === next);
            if (source) onChange(resultReference({ job: source.job, path: place.path }));
          }}
        />
        <TextInput
          label={t('result.path')}
          description={t('result.pathHelp')}
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          flex={2}
          miw={170}
          dir="ltr"
          spellCheck={false}
          autoComplete="off"
          placeholder="/rows"
          value={place.path}
          error={place.path === '' || place.path.startsWith('/') ? undefined : t('result.pathSlash')}
          onChange={(event) => onChange(resultReference({ job: place.job, path: event.currentTarget.value }))}
        />
        <ActionIcon
          mt={27}
          aria-label={t('result.drop', { name: isolate(text.label) })}
          onClick={() => onChange(undefined)}
        >
          <IconArrowBackUp size={16} />
        </ActionIcon>
      </Group>
      {text.description ? (
        <Text c="dimmed" fz="xs" mt={4}>
          {text.description}
        </Text>
      ) : null}
    </Fieldset>
  );
}

/** Puts an earlier job's result in the place of a field. */
export function TakeResult({ field, pointer, label, onTake }: FieldProps & { onTake(job: string | number): void }) {
  const { t } = useTranslation();
  const { results } = useFormContext();
  const text = useFieldText(field, pointer, label);
  const first = results[0];
  if (!first || text.disabled) return null;
  return (
    <Button
      size="compact-sm"
      variant="subtle"
      mt={2}
      leftSection={<IconLink size={12} />}
      aria-label={t('result.takeFor', { name: isolate(text.label) })}
      onClick={() => onTake(first.job)}
    >
      {t('result.take')}
    </Button>
  );
}
