import { ActionIcon, Button, Group, Input, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type FieldProps, useFieldText } from './FieldView';
import { readReference } from './reference';
import { readAny } from './ScalarFields';

interface Row {
  name: string;
  text: string;
}

/** Named values. Rows live here, because while typing two of them may share a name and an object cannot hold that. */
export function MapField({ field, pointer, value, onChange, label }: FieldProps) {
  const { t } = useTranslation();
  const text = useFieldText(field, pointer, label);
  const [rows, setRows] = useState<Row[]>(() => toRows(value));
  const asText = field.item?.kind === 'string';
  const asNumber = field.item?.kind === 'number' || field.item?.kind === 'integer';

  const change = (next: Row[]) => {
    setRows(next);
    const entries = next
      .filter(({ name }) => name.trim() !== '')
      .map(({ name, text: raw }) => [
        name.trim(),
        asText
          ? (readReference(raw) ?? raw)
          : asNumber && raw !== '' && Number.isFinite(Number(raw))
            ? Number(raw)
            : (readAny(raw) ?? ''),
      ]);
    onChange(entries.length === 0 && !field.required ? undefined : Object.fromEntries(entries));
  };
  const edit = (index: number, patch: Partial<Row>) =>
    change(rows.map((row, position) => (position === index ? { ...row, ...patch } : row)));

  return (
    <Input.Wrapper
      label={text.label}
      description={text.description}
      error={text.error}
      required={text.required}
      labelElement="div"
      onBlur={text.onBlur}
    >
      <Stack gap="xs" mt={6}>
        {rows.map((row, index) => (
          <Group key={index} wrap="nowrap" gap="xs">
            <TextInput
              flex={1}
              miw={0}
              dir="ltr"
              placeholder={t('form.name')}
              aria-label={t('form.name')}
              value={row.name}
              disabled={text.disabled}
              onChange={(event) => edit(index, { name: event.currentTarget.value })}
            />
            <TextInput
              flex={2}
              miw={0}
              dir="auto"
              placeholder={t('form.value')}
              aria-label={t('form.value')}
              value={row.text}
              disabled={text.disabled}
              onChange={(event) => edit(index, { text: event.currentTarget.value })}
            />
            <ActionIcon
              aria-label={t('action.remove')}
              onClick={() => change(rows.filter((_, position) => position !== index))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          size="xs"
          w="fit-content"
          leftSection={<IconPlus size={14} />}
          disabled={text.disabled}
          onClick={() => setRows([...rows, { name: '', text: '' }])}
        >
          {t('action.add')}
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}

function toRows(value: unknown): Row[] {
  if (!value || typeof value !== 'object') return [];
  return Object.entries(value).map(([name, entry]) => ({
    name,
    text: typeof entry === 'string' ? entry : JSON.stringify(entry),
  }));
}
