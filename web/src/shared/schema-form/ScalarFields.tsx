import { Box, Input, NumberInput, PasswordInput, Pill, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CodeEditor, languageOf } from '@/shared/code/CodeEditor';
import { isolate } from '@/shared/format/formatter';
import { type FieldProps, useFieldText } from './FieldView';
import { secretName } from './reference';

/** Text, in the form its widget asks for. An emptied optional field is left out rather than sent as "". */
export function StringField({ field, pointer, value, onChange, siblings, label }: FieldProps) {
  const text = useFieldText(field, pointer, label);
  const current = typeof value === 'string' ? value : '';
  const secret = secretName(value);
  if (secret !== null) return <ReferenceView text={text} name={secret} onRemove={() => onChange(undefined)} />;
  const change = (next: string) => onChange(next === '' && !field.required ? undefined : next);
  const ltr =
    field.ui.ltr ||
    field.schema.format === 'uri' ||
    field.schema.format === 'email' ||
    field.schema.format === 'hostname';
  const props = {
    ...text,
    value: current,
    onChange: (event: { currentTarget: { value: string } }) => change(event.currentTarget.value),
    ...(ltr ? { dir: 'ltr', spellCheck: false, autoCapitalize: 'none' } : { dir: 'auto' }),
  };
  const widget = field.ui.widget ?? (field.schema.format === 'password' ? 'secret' : undefined);
  if (widget === 'code') {
    const { id, onBlur, ...wrapper } = text;
    const language = languageOf(field.ui.language ?? siblings?.interpreter ?? siblings?.language);
    return (
      <Input.Wrapper {...wrapper} id={id} onBlur={onBlur} labelElement="div">
        <Box mt={6}>
          <CodeEditor
            value={current}
            onChange={change}
            language={language}
            label={wrapper.label}
            invalid={Boolean(wrapper.error)}
            readOnly={wrapper.disabled}
            minLines={12}
          />
        </Box>
      </Input.Wrapper>
    );
  }
  if (widget === 'secret') return <PasswordInput {...props} autoComplete="new-password" />;
  if (widget === 'textarea') return <Textarea {...props} autosize minRows={3} maxRows={14} />;
  const type = field.schema.format === 'email' ? 'email' : field.schema.format === 'uri' ? 'url' : 'text';
  return <TextInput {...props} type={type} autoComplete="off" />;
}

/** A text that comes from a stored secret. */
function ReferenceView({
  text,
  name,
  onRemove,
}: {
  text: ReturnType<typeof useFieldText>;
  name: string;
  onRemove(): void;
}) {
  const { t } = useTranslation();
  const { id, onBlur: _, disabled, ...wrapper } = text;
  return (
    <Input.Wrapper {...wrapper} id={id} labelElement="div">
      <Box mt={6}>
        <Pill
          size="md"
          withRemoveButton={!disabled}
          onRemove={onRemove}
          removeButtonProps={{ 'aria-label': t('action.remove') }}
        >
          {t('form.secretNamed', { name: isolate(name) })}
        </Pill>
      </Box>
    </Input.Wrapper>
  );
}

export function NumberField({ field, pointer, value, onChange, label }: FieldProps) {
  const text = useFieldText(field, pointer, label);
  const { minimum, maximum } = field.schema as { minimum?: number; maximum?: number };
  return (
    <NumberInput
      {...text}
      value={typeof value === 'number' ? value : ''}
      onChange={(next) => onChange(typeof next === 'number' ? next : next === '' ? undefined : Number(next))}
      allowDecimal={field.kind === 'number'}
      {...(minimum === undefined ? {} : { min: minimum })}
      {...(maximum === undefined ? {} : { max: maximum })}
      clampBehavior="none"
      inputMode="decimal"
      maw={260}
    />
  );
}

/** Any JSON value: what reads as JSON is taken as that, everything else as text. */
export function AnyField({ field, pointer, value, onChange, label }: FieldProps) {
  const text = useFieldText(field, pointer, label);
  const [draft, setDraft] = useState(() =>
    value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value),
  );
  return (
    <TextInput
      {...text}
      dir="auto"
      value={draft}
      onChange={(event) => {
        const next = event.currentTarget.value;
        setDraft(next);
        onChange(readAny(next));
      }}
    />
  );
}

export function readAny(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
