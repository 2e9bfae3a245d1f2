import { Alert, Button, Stack, Tabs, Text } from '@mantine/core';
import { useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldProblem } from '@/api/problem';
import { CodeEditor } from '@/shared/code/CodeEditor';
import { FormContext, type FormContextValue, type ResultSource, type Widgets } from './context';
import { useErrorText } from './errorText';
import { FieldView } from './FieldView';
import { type Field, readSchema, type Schema } from './model';
import { type FormError, validate } from './validate';

export interface SchemaFormProps {
  schema: Schema;
  value: Record<string, unknown>;
  onChange(value: Record<string, unknown>): void;
  /** What the server found wrong, with pointers relative to this value. */
  serverErrors?: FieldProblem[];
  /** Show every error, not only those of fields that were left. */
  showAll?: boolean;
  disabled?: boolean;
  widgets?: Widgets;
  /** Earlier jobs whose results fields can take over. */
  results?: ResultSource[];
}

const noWidgets: Widgets = {};
const noResults: ResultSource[] = [];

/** Validation for whoever owns the value: the wizard asks before it goes on. */
export function useSchemaErrors(schema: Schema | undefined, value: unknown): FormError[] {
  const field = useMemo(() => (schema ? readSchema(schema) : null), [schema]);
  return useMemo(() => (schema && field ? validate(field, schema, value) : []), [schema, field, value]);
}

export function SchemaForm({
  schema,
  value,
  onChange,
  serverErrors = [],
  showAll = false,
  disabled = false,
  widgets = noWidgets,
  results = noResults,
}: SchemaFormProps) {
  const { t } = useTranslation();
  const field = useMemo(() => readSchema(schema), [schema]);
  const local = useMemo(() => validate(field, schema, value), [field, schema, value]);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const idPrefix = useId();

  const errors = useMemo(() => {
    const map = new Map<string, FormError>(local.map((error) => [error.pointer, error]));
    for (const { pointer, detail } of serverErrors) map.set(pointer, { pointer, code: 'server', detail });
    return map;
  }, [local, serverErrors]);

  const context = useMemo<FormContextValue>(
    () => ({
      errors,
      isShown: (pointer) => showAll || touched.has(pointer) || errors.get(pointer)?.code === 'server',
      touch: (pointer) => setTouched((current) => (current.has(pointer) ? current : new Set(current).add(pointer))),
      disabled,
      idPrefix,
      widgets,
      results,
    }),
    [errors, showAll, touched, disabled, idPrefix, widgets, results],
  );

  return (
    <FormContext.Provider value={context}>
      <Tabs defaultValue="form" keepMounted={false} variant="default">
        <Tabs.List mb="md">
          <Tabs.Tab value="form">{t('form.tabForm')}</Tabs.Tab>
          <Tabs.Tab value="json">{t('form.tabJson')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="form">
          <Stack>
            <WholeErrors errors={errors} showAll={showAll} field={field} />
            {field.members.length === 0 && field.kind === 'object' ? (
              <Text c="dimmed">{t('form.noParameters')}</Text>
            ) : null}
            <FieldView
              field={field}
              pointer=""
              value={value}
              onChange={(next) => onChange((next ?? {}) as Record<string, unknown>)}
              bare
            />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="json">
          <RawJson value={value} onChange={onChange} errors={[...errors.values()]} disabled={disabled} />
        </Tabs.Panel>
      </Tabs>
    </FormContext.Provider>
  );
}

/** Errors that belong to no drawn field must not vanish. */
function WholeErrors({ errors, showAll, field }: { errors: Map<string, FormError>; showAll: boolean; field: Field }) {
  const errorText = useErrorText();
  const known = new Set(field.members.map(({ name }) => name));
  const stray = [...errors.values()].filter(({ pointer, code }) => {
    const first = pointer.split('/')[1];
    const drawn = first !== undefined && (known.has(first) || field.kind !== 'object');
    return !drawn && (showAll || code === 'server');
  });
  if (stray.length === 0) return null;
  return (
    <Alert color="red">
      {stray.map((error) => (
        <Text key={error.pointer} inherit>
          {error.pointer ? <bdi dir="ltr">{error.pointer}: </bdi> : null}
          {errorText(error)}
        </Text>
      ))}
    </Alert>
  );
}

function RawJson({
  value,
  onChange,
  errors,
  disabled,
}: {
  value: Record<string, unknown>;
  onChange(value: Record<string, unknown>): void;
  errors: FormError[];
  disabled: boolean;
}) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [text, setText] = useState(() => JSON.stringify(value, null, 2));
  const [broken, setBroken] = useState(false);
  const change = (next: string) => {
    setText(next);
    try {
      const parsed: unknown = JSON.parse(next);
      const isObject = parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed);
      setBroken(!isObject);
      if (isObject) onChange(parsed as Record<string, unknown>);
    } catch {
      setBroken(true);
    }
  };
  return (
    <Stack gap="xs" align="stretch">
      <Text c="dimmed">{t('form.jsonHelp')}</Text>
      <CodeEditor
        language="json"
        value={text}
        onChange={change}
        label={t('form.tabJson')}
        invalid={broken}
        minLines={14}
        readOnly={disabled}
      />
      {broken ? <Text c="red">{t('form.jsonBroken')}</Text> : null}
      {!broken
        ? errors.map((error) => (
            <Text key={error.pointer} c="red">
              <bdi dir="ltr">{error.pointer || '/'}</bdi>: {errorText(error)}
            </Text>
          ))
        : null}
      <Button size="xs" w="fit-content" disabled={broken} onClick={() => setText(JSON.stringify(value, null, 2))}>
        {t('form.jsonTidy')}
      </Button>
    </Stack>
  );
}
