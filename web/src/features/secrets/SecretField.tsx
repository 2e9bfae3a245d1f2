import { Button, Group, PasswordInput, Select, Stack, TextInput } from '@mantine/core';
import { IconKey, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { secretsQuery } from '@/api/secrets';
import { useCanWrite } from '@/api/session';
import { type FieldProps, useFieldText } from '@/shared/schema-form/FieldView';
import { isStored, secretName } from '@/shared/schema-form/reference';
import { SecretDialog } from './SecretDialog';

/** A confidential value: typed in, or taken from a stored secret. One that is stored already is kept unless replaced. */
export function SecretField({ field, pointer, value, onChange, label }: FieldProps) {
  const { t } = useTranslation();
  const text = useFieldText(field, pointer, label);
  const chosen = secretName(value);
  const [fromSecret, setFromSecret] = useState(chosen !== null);
  const stored = isStored(value);
  const other = (
    <Button
      size="compact-xs"
      variant="subtle"
      w="fit-content"
      leftSection={<IconKey size={14} />}
      disabled={text.disabled}
      onClick={() => {
        setFromSecret(!fromSecret);
        onChange(undefined);
      }}
    >
      {fromSecret ? t('secrets.typeValue') : t('secrets.useStored')}
    </Button>
  );
  if (stored && !fromSecret) {
    return (
      <Stack gap={4}>
        <Group gap="xs" align="flex-end" wrap="nowrap">
          <TextInput {...text} required={false} flex={1} miw={0} value={t('secrets.isStored')} readOnly />
          <Button disabled={text.disabled} onClick={() => onChange(undefined)}>
            {t('secrets.replace')}
          </Button>
        </Group>
        {other}
      </Stack>
    );
  }
  return (
    <Stack gap={4}>
      {fromSecret ? (
        <SecretSelect text={text} name={chosen} onChange={(name) => onChange(name ? { $secret: name } : undefined)} />
      ) : (
        <PasswordInput
          {...text}
          dir="ltr"
          autoComplete="new-password"
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
        />
      )}
      {other}
    </Stack>
  );
}

function SecretSelect({
  text,
  name,
  onChange,
}: {
  text: ReturnType<typeof useFieldText>;
  name: string | null;
  onChange(name: string | null): void;
}) {
  const { t } = useTranslation();
  const canWrite = useCanWrite();
  const query = useQuery(secretsQuery);
  const [creating, setCreating] = useState(false);
  const names = [...new Set([...(query.data?.items ?? []).map((secret) => secret.name), ...(name ? [name] : [])])];
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <Select
        {...text}
        flex={1}
        miw={0}
        searchable
        dir="ltr"
        placeholder={t('secrets.choose')}
        nothingFoundMessage={t('secrets.empty')}
        data={names}
        value={name}
        onChange={onChange}
      />
      {canWrite && !text.disabled ? (
        <Button leftSection={<IconPlus size={16} />} onClick={() => setCreating(true)} style={{ flexShrink: 0 }}>
          {t('secrets.newShort')}
        </Button>
      ) : null}
      {creating ? (
        <SecretDialog secret={null} onClose={() => setCreating(false)} onSaved={(secret) => onChange(secret.name)} />
      ) : null}
    </Group>
  );
}
