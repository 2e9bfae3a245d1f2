import { MultiSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { filesQuery, softwareQuery } from '@/api/fleet';
import { type FieldProps, useFieldText } from '@/shared/schema-form/FieldView';

/** Picks uploaded files. */
export function FilesField(props: FieldProps) {
  const files = useQuery(filesQuery);
  const ready = (files.data?.items ?? []).filter(({ state }) => state === 'ready');
  return <NumbersField {...props} options={ready.map(({ id, name }) => ({ id, label: name }))} />;
}

/** Picks entries of the software catalogue. */
export function SoftwareField(props: FieldProps) {
  const software = useQuery(softwareQuery);
  return (
    <NumbersField
      {...props}
      options={(software.data?.items ?? []).map(({ id, name, version }) => ({
        id,
        label: version ? `${name} ${version}` : name,
      }))}
    />
  );
}

function NumbersField({
  field,
  pointer,
  value,
  onChange,
  label,
  options,
}: FieldProps & { options: { id: number; label: string }[] }) {
  const { t } = useTranslation();
  const text = useFieldText(field, pointer, label);
  const chosen = Array.isArray(value) ? value.map(String) : [];
  const known = options.map(({ id, label: name }) => ({ value: String(id), label: name }));
  return (
    <MultiSelect
      {...text}
      searchable
      nothingFoundMessage={t('palette.empty')}
      placeholder={chosen.length === 0 ? t('form.choose') : ''}
      data={[
        ...known,
        ...chosen
          .filter((id) => !known.some((option) => option.value === id))
          .map((id) => ({ value: id, label: `#${id}` })),
      ]}
      value={chosen}
      onChange={(ids) => onChange(ids.length === 0 && !field.required ? undefined : ids.map(Number))}
    />
  );
}
