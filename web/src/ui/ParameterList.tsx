import { Code, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { readSchema } from '@/shared/schema-form/model';
import { Facts } from './Page';

/** Parameters as a reader's list, named in their language; secrets as dots. */
export function ParameterList({
  parameters,
  schema,
}: {
  parameters: Record<string, unknown>;
  schema: Record<string, unknown> | undefined;
}) {
  const { t } = useTranslation();
  const localized = useLocalized();
  const members = schema ? readSchema(schema).members : [];
  const names = [
    ...members.map(({ name }) => name).filter((name) => name in parameters),
    ...Object.keys(parameters).filter((name) => !members.some((member) => member.name === name)),
  ];
  if (names.length === 0) return <Text c="dimmed">{t('form.noParameters')}</Text>;
  return (
    <Facts
      items={names.map((name) => {
        const member = members.find((candidate) => candidate.name === name);
        const value = parameters[name];
        return [
          member ? localized(member.title) || name : name,
          <Value
            key={name}
            value={value}
            secret={member?.ui.widget === 'secret'}
            code={member?.ui.widget === 'code'}
          />,
          isBlock(value, member?.ui.widget === 'code') && member?.ui.widget !== 'secret',
        ];
      })}
    />
  );
}

/** Several lines, or a structure: nothing for a narrow column. */
function isBlock(value: unknown, code: boolean): boolean {
  if (typeof value === 'string') return code || value.includes('\n');
  return typeof value === 'object' && value !== null;
}

function Value({ value, secret, code }: { value: unknown; secret: boolean; code: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (secret) return '••••••';
  if (typeof value === 'boolean') return value ? t('word.yes') : t('word.no');
  if (typeof value === 'number') return <bdi>{format.number(value)}</bdi>;
  if (typeof value === 'string' && !isBlock(value, code)) return <bdi>{value}</bdi>;
  return (
    <Code block dir="ltr" mah={220} style={{ overflow: 'auto' }} tabIndex={0}>
      {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
    </Code>
  );
}
