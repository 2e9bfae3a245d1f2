import { Button, Group, Select, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { connectionsQuery, useConnectionKinds } from '@/api/connections';
import { useCanWrite, useMe } from '@/api/session';
import { useLocalized } from '@/shared/format/useFormat';
import { type FieldProps, useFieldText } from '@/shared/schema-form/FieldView';
import { ConnectionDialog } from './ConnectionDialog';

/** Picks a connection of the kinds that fit, or makes one in place. */
export function ConnectionField({ field, pointer, value, onChange, label }: FieldProps) {
  const { t } = useTranslation();
  const localized = useLocalized();
  const text = useFieldText(field, pointer, label);
  const me = useMe();
  const canWrite = useCanWrite();
  const query = useQuery(connectionsQuery);
  const kinds = useConnectionKinds();
  const [creating, setCreating] = useState(false);
  const wanted = field.ui.kinds ?? [];
  const current = typeof value === 'string' ? value : '';
  const fitting = (query.data?.items ?? []).filter(({ kind }) => wanted.length === 0 || wanted.includes(kind));
  // A name may occur twice, as one's own and as a shared one; jobs take their owner's.
  const names = new Map<string, string>();
  for (const connection of [...fitting].sort((a, b) => Number(b.ownerId === me.id) - Number(a.ownerId === me.id))) {
    if (names.has(connection.name)) continue;
    const kind = kinds.find(connection.kind);
    names.set(connection.name, kind ? localized({ en: kind.name, ar: kind.nameAr }) : connection.kind);
  }
  const { onBlur, ...shown } = text;
  return (
    <Stack gap={6}>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <Select
          {...shown}
          onBlur={onBlur}
          flex={1}
          miw={0}
          searchable
          clearable={!field.required}
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          placeholder={t('form.choose')}
          nothingFoundMessage={t('connections.noneFits')}
          data={[
            ...[...names].map(([name, kind]) => ({ value: name, label: `${name} · ${kind}` })),
            ...(current && !names.has(current) ? [{ value: current, label: current }] : []),
          ]}
          value={current || null}
          onChange={(name) => onChange(name ?? undefined)}
        />
        {canWrite && !text.disabled ? (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)} style={{ flexShrink: 0 }}>
            {t('connections.newShort')}
          </Button>
        ) : null}
      </Group>
      {creating ? (
        <ConnectionDialog
          connection={null}
          kinds={wanted}
          onClose={() => setCreating(false)}
          onSaved={({ name }) => onChange(name)}
        />
      ) : null}
    </Stack>
  );
}
