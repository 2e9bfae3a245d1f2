import { Fieldset, MultiSelect, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { groupsQuery } from '@/api/fleet';
import { useFormat } from '@/shared/format/useFormat';
import { type FieldProps, FieldView, useFieldText } from '@/shared/schema-form/FieldView';
import { step } from '@/shared/schema-form/pointer';
import { Disclosure } from '@/ui/Disclosure';
import { DevicePicker } from './DevicePicker';

/** Which devices do it: some by name, groups as they are at that moment, and how the work is spread over them. */
export function TargetsField({ field, pointer, value, onChange, label }: FieldProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const text = useFieldText(field, pointer, label);
  const groups = useQuery(groupsQuery);
  const own = value && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  const set = (name: string, next: unknown) => {
    const { [name]: _, ...rest } = own;
    onChange(next === undefined ? rest : { ...rest, [name]: next });
  };
  const numbers = (name: string) => (Array.isArray(own[name]) ? (own[name] as number[]) : []);
  const further = field.members.filter(({ name }) => name !== 'devices' && name !== 'groups');
  return (
    <Fieldset legend={text.label} disabled={text.disabled}>
      <Stack gap="sm">
        {text.description ? (
          <Text c="dimmed" fz="sm">
            {text.description}
          </Text>
        ) : null}
        {text.error ? (
          <Text c="red" fz="sm">
            {text.error}
          </Text>
        ) : null}
        <DevicePicker
          label={t('nav.devices')}
          value={numbers('devices')}
          onChange={(ids) => set('devices', ids.length > 0 ? ids : undefined)}
        />
        <MultiSelect
          label={t('nav.groups')}
          searchable
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          placeholder={numbers('groups').length === 0 ? t('form.choose') : ''}
          nothingFoundMessage={t('groups.empty')}
          data={(groups.data?.items ?? []).map((group) => ({
            value: String(group.id),
            label: `${group.name} (${format.number(group.memberCount)})`,
          }))}
          value={numbers('groups').map(String)}
          onChange={(ids) => set('groups', ids.length > 0 ? ids.map(Number) : undefined)}
        />
        {further.length > 0 ? (
          <Disclosure title={t('devices.spread')} initiallyOpen={further.some(({ name }) => own[name] !== undefined)}>
            <Stack gap="sm">
              {further.map((member) => (
                <FieldView
                  key={member.name}
                  field={member}
                  pointer={pointer + step(member.name)}
                  value={own[member.name]}
                  siblings={own}
                  onChange={(next) => set(member.name, next)}
                />
              ))}
            </Stack>
          </Disclosure>
        ) : null}
      </Stack>
    </Fieldset>
  );
}
