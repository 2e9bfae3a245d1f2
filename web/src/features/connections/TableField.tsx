import { Autocomplete } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { connectionsQuery, connectionTablesQuery } from '@/api/connections';
import { useCanWrite, useMe } from '@/api/session';
import { useLocalized } from '@/shared/format/useFormat';
import { type FieldProps, useFieldText } from '@/shared/schema-form/FieldView';

/** Picks a table of the connection next to it; a name can also be typed, for a database that is away just now. */
export function TableField({ field, pointer, value, onChange, siblings, label }: FieldProps) {
  const { t } = useTranslation();
  const localized = useLocalized();
  const me = useMe();
  const canWrite = useCanWrite();
  const text = useFieldText(field, pointer, label);
  const connections = useQuery(connectionsQuery);
  const named = (connections.data?.items ?? []).filter(({ name }) => name === siblings?.connection);
  const connection = named.find(({ ownerId }) => ownerId === me.id) ?? named[0];
  const tables = useQuery(connectionTablesQuery(canWrite ? connection?.id : undefined));
  const names = tables.data?.tables ?? [];
  const failure = localized({ en: tables.data?.message ?? null, ar: tables.data?.messageAr ?? null });
  const hint = !connection
    ? t('connections.chooseFirst')
    : failure ||
      (tables.data && names.length === 0 ? t('connections.nothingOpen') : tables.isFetching ? t('state.loading') : '');
  return (
    <Autocomplete
      {...text}
      description={
        <>
          {text.description} {hint ? <bdi>{hint}</bdi> : null}
        </>
      }
      dir="ltr"
      data={names}
      value={typeof value === 'string' ? value : ''}
      onChange={(next) => onChange(next === '' && !field.required ? undefined : next)}
      comboboxProps={{ dir: 'ltr' } as object}
    />
  );
}
