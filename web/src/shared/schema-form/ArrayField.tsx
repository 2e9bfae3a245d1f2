import { ActionIcon, Box, Button, Group, Input, Stack, TagsInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { useFormContext } from './context';
import { useErrorText } from './errorText';
import { type FieldProps, FieldView, useFieldText } from './FieldView';
import { initialValue } from './model';
import { step } from './pointer';

/** A list: short texts and numbers as pills, everything else as rows that can be moved. */
export function ArrayField(props: FieldProps) {
  const { field } = props;
  const item = field.item;
  const simple =
    item && (item.kind === 'string' || item.kind === 'integer' || item.kind === 'number') && !item.ui.widget;
  return simple ? <PillsField {...props} /> : <RowsField {...props} />;
}

function PillsField({ field, pointer, value, onChange, label }: FieldProps) {
  const { t } = useTranslation();
  const text = useFieldText(field, pointer, label);
  const context = useFormContext();
  const errorText = useErrorText();
  const list = Array.isArray(value) ? value : [];
  const numeric = field.item?.kind !== 'string';
  // An item's own error has no input of its own here, so the list shows it.
  const inside = list.map((_, index) => context.errors.get(pointer + step(index))).find(Boolean);
  return (
    <TagsInput
      {...text}
      error={text.error ?? (inside && context.isShown(pointer) ? errorText(inside) : undefined)}
      value={list.map(String)}
      onChange={(next) => {
        if (next.length === 0 && !field.required) return onChange(undefined);
        onChange(numeric ? next.map((entry) => (Number.isFinite(Number(entry)) ? Number(entry) : entry)) : next);
      }}
      splitChars={[',', ';', '\n', '،']}
      allowDuplicates
      acceptValueOnBlur
      clearable
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      placeholder={list.length === 0 ? isolate(t('form.typeAndEnter')) : ''}
      dir={field.ui.ltr ? 'ltr' : undefined}
    />
  );
}

function RowsField({ field, pointer, value, onChange, label }: FieldProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const text = useFieldText(field, pointer, label);
  const list = Array.isArray(value) ? value : [];
  const item = field.item;
  if (!item) return null;
  const replace = (next: unknown[]) => onChange(next.length === 0 && !field.required ? undefined : next);
  const move = (from: number, to: number) => {
    const next = [...list];
    next.splice(to, 0, ...next.splice(from, 1));
    replace(next);
  };
  return (
    <Input.Wrapper
      label={text.label}
      description={text.description}
      error={text.error}
      required={text.required}
      labelElement="div"
    >
      <Stack gap="xs" mt={6}>
        {list.map((entry, index) => (
          <Group key={index} align="flex-end" wrap="nowrap" gap="xs">
            <Box flex={1} miw={0}>
              <FieldView
                field={item}
                pointer={pointer + step(index)}
                value={entry}
                label={t('form.item', { n: format.number(index + 1) })}
                onChange={(next) => replace(list.map((old, position) => (position === index ? (next ?? null) : old)))}
              />
            </Box>
            <ActionIcon aria-label={t('action.moveUp')} disabled={index === 0} onClick={() => move(index, index - 1)}>
              <IconArrowUp size={16} />
            </ActionIcon>
            <ActionIcon
              aria-label={t('action.moveDown')}
              disabled={index === list.length - 1}
              onClick={() => move(index, index + 1)}
            >
              <IconArrowDown size={16} />
            </ActionIcon>
            <ActionIcon
              aria-label={t('action.remove')}
              onClick={() => replace(list.filter((_, position) => position !== index))}
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
          onClick={() => replace([...list, initialValue({ ...item, required: true }) ?? ''])}
        >
          {t('action.add')}
        </Button>
      </Stack>
    </Input.Wrapper>
  );
}
