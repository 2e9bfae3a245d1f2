import { Checkbox, MultiSelect, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { usersQuery } from '@/api/people';
import { useMe } from '@/api/session';

export interface Sharing {
  users: number[];
  everybody: boolean;
}

/** With whom a thing is shared. Only administrators know the list of users; others share with everybody or nobody new. */
export function SharingFields({
  value,
  onChange,
  error,
}: {
  value: Sharing;
  onChange(value: Sharing): void;
  error?: string | undefined;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const users = useQuery({ ...usersQuery({ perPage: 100 }), enabled: me.role === 'admin' });
  const known = (users.data?.items ?? []).map((user) => ({
    value: String(user.id),
    label: user.displayName || user.name,
  }));
  return (
    <Stack gap="sm">
      <Checkbox
        label={t('sharing.everybody')}
        description={t('sharing.everybodyHelp')}
        checked={value.everybody}
        onChange={(event) => onChange({ ...value, everybody: event.currentTarget.checked })}
      />
      {me.role === 'admin' && !value.everybody ? (
        <MultiSelect
          label={t('sharing.users')}
          searchable
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          error={error}
          data={[
            ...known,
            ...value.users
              .map(String)
              .filter((id) => !known.some((user) => user.value === id))
              .map((id) => ({ value: id, label: `#${id}` })),
          ]}
          value={value.users.map(String)}
          onChange={(ids) => onChange({ ...value, users: ids.map(Number) })}
        />
      ) : null}
    </Stack>
  );
}
