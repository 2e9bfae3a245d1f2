import { Checkbox, Fieldset, Select, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useLocalized } from '@/shared/format/useFormat';
import { Disclosure } from '@/ui/Disclosure';
import { ArrayField } from './ArrayField';
import { useFormContext } from './context';
import { useErrorText } from './errorText';
import { MapField } from './MapField';
import { type Field, groupMembers, initialValue, variantOf } from './model';
import { step } from './pointer';
import { ResultField, TakeResult } from './ResultField';
import { resultPlace, resultReference } from './reference';
import { AnyField, NumberField, StringField } from './ScalarFields';

/** Groups with a title of their own; own programs may have others, whose names are all there is. */
const TITLED_GROUPS = ['advanced', 'body', 'query', 'file', 'mail', 'encryption'] as const;

export interface FieldProps {
  field: Field;
  pointer: string;
  value: unknown;
  onChange(value: unknown): void;
  /** Without a frame: the root, or where the caller has drawn a title. */
  bare?: boolean;
  /** The object this field is a member of, for fields that depend on a neighbour. */
  siblings?: Record<string, unknown>;
  /** Stands in for the title where there is none, as in lists. */
  label?: string;
}

/** What every input needs to say about itself. */
export function useFieldText(field: Field, pointer: string, label?: string) {
  const localized = useLocalized();
  const errorText = useErrorText();
  const context = useFormContext();
  const { t } = useTranslation();
  const error = context.errors.get(pointer);
  const shown = error && context.isShown(pointer) ? errorText(error) : undefined;
  const title = label ?? localized(field.title);
  return {
    label: title || t('form.value'),
    description: localized(field.help) || undefined,
    error: shown,
    required: field.required,
    disabled: context.disabled,
    onBlur: () => context.touch(pointer),
    id: `${context.idPrefix}${pointer.replaceAll('/', '.')}`,
  };
}

/** Draws one field of whatever kind, or what stands in its place. */
export function FieldView(props: FieldProps) {
  const { field, value, bare, onChange } = props;
  const { results } = useFormContext();
  const taken = resultPlace(value);
  if (taken) return <ResultField {...props} place={taken} />;
  if (results.length === 0 || bare || field.kind === 'constant' || field.ui.widget === 'secret')
    return <Drawn {...props} />;
  return (
    <div>
      <Drawn {...props} />
      <TakeResult {...props} onTake={(job) => onChange(resultReference({ job, path: '' }))} />
    </div>
  );
}

function Drawn(props: FieldProps) {
  const { field } = props;
  const { widgets } = useFormContext();
  const Widget = field.ui.widget ? widgets[field.ui.widget] : undefined;
  if (Widget) return <Widget {...props} />;
  switch (field.kind) {
    case 'constant':
      return null;
    case 'string':
      return <StringField {...props} />;
    case 'number':
    case 'integer':
      return <NumberField {...props} />;
    case 'boolean':
      return <BooleanField {...props} />;
    case 'enum':
      return <EnumField {...props} />;
    case 'array':
      return <ArrayField {...props} />;
    case 'map':
      return <MapField {...props} />;
    case 'object':
      return <ObjectField {...props} />;
    case 'variants':
      return <VariantsField {...props} />;
    default:
      return <AnyField {...props} />;
  }
}

function BooleanField({ field, pointer, value, onChange, label }: FieldProps) {
  const { onBlur, required: _, ...text } = useFieldText(field, pointer, label);
  return (
    <Checkbox
      {...text}
      onBlur={onBlur}
      checked={value === true}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

function EnumField({ field, pointer, value, onChange, label }: FieldProps) {
  const text = useFieldText(field, pointer, label);
  const localized = useLocalized();
  const { t } = useTranslation();
  const index = field.options.findIndex((option) => option.value === value);
  return (
    <Select
      {...text}
      data={field.options.map((option, position) => ({ value: String(position), label: localized(option.label) }))}
      value={index < 0 ? null : String(index)}
      onChange={(position) => onChange(position === null ? undefined : field.options[Number(position)]?.value)}
      clearable={!field.required}
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      placeholder={t('form.choose')}
    />
  );
}

function ObjectField({ field, pointer, value, onChange, bare, label }: FieldProps) {
  const localized = useLocalized();
  const { t } = useTranslation();
  const text = useFieldText(field, pointer, label);
  const members = value && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  if (field.nullable && !field.required && (value === undefined || value === null)) {
    return (
      <Checkbox
        label={text.label}
        description={text.description}
        checked={false}
        disabled={text.disabled}
        onChange={() => onChange(initialValue({ ...field, required: true }) ?? {})}
      />
    );
  }
  const change = (name: string, next: unknown) => {
    const { [name]: _, ...rest } = members;
    onChange(next === undefined ? rest : { ...members, [name]: next });
  };
  const draw = (list: Field[]) => (
    <Stack>
      {list.map((member) => (
        <FieldView
          key={member.name}
          field={member}
          pointer={pointer + step(member.name)}
          value={members[member.name]}
          siblings={members}
          onChange={(next) => change(member.name, next)}
        />
      ))}
    </Stack>
  );
  const body = (
    <Stack>
      {groupMembers(field.members).map(({ group, members: list }) => {
        if (group === '' || group === 'basic') return <div key={group}>{draw(list)}</div>;
        const known = TITLED_GROUPS.find((one) => one === group);
        const title = known ? t(`form.${known}`) : group;
        return (
          <Disclosure key={group} title={title} summary={String(list.length)}>
            {draw(list)}
          </Disclosure>
        );
      })}
    </Stack>
  );
  if (bare) return body;
  return (
    <Fieldset legend={text.label}>
      {text.description ? (
        <Text c="dimmed" fz="sm" mb="sm">
          {text.description}
        </Text>
      ) : null}
      {text.error ? (
        <Text c="red" fz="sm">
          {text.error}
        </Text>
      ) : null}
      {field.nullable && !field.required ? (
        <Checkbox
          mb="sm"
          checked
          label={localized({ en: t('form.set'), ar: t('form.set') })}
          onChange={() => onChange(undefined)}
        />
      ) : null}
      {body}
    </Fieldset>
  );
}

function VariantsField({ field, pointer, value, onChange, bare, label }: FieldProps) {
  const localized = useLocalized();
  const { t } = useTranslation();
  const text = useFieldText(field, pointer, label);
  const chosen = variantOf(field, value);
  const own = value && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  const picker = (
    <Select
      {...text}
      label={bare ? t('form.kind') : text.label}
      data={field.variants.map((variant) => ({ value: String(variant.value), label: localized(variant.label) }))}
      value={chosen ? String(chosen.value) : null}
      onChange={(tag) => {
        const variant = field.variants.find((candidate) => String(candidate.value) === tag);
        if (!variant) return onChange(undefined);
        // Members that belong to no alternative stay when the alternative changes.
        const kept = Object.fromEntries(
          field.members.filter(({ name }) => name in own).map(({ name }) => [name, own[name]]),
        );
        onChange({ ...kept, ...(initialValue(variant.field) as Record<string, unknown>) });
      }}
      clearable={!field.required}
      clearButtonProps={{ 'aria-label': t('action.clear') }}
      placeholder={t('form.choose')}
    />
  );
  return (
    <Stack gap="sm">
      {field.members.map((member) => (
        <FieldView
          key={member.name}
          field={member}
          pointer={pointer + step(member.name)}
          value={own[member.name]}
          siblings={own}
          onChange={(next) => onChange({ ...own, [member.name]: next })}
        />
      ))}
      {picker}
      {chosen ? <FieldView field={chosen.field} pointer={pointer} value={value} onChange={onChange} bare /> : null}
    </Stack>
  );
}
