import { Alert, Button, Stack, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { accountQuery, useSaveProfile } from '@/api/account';
import { isProblem } from '@/api/problem';
import { Facts } from '@/ui/Page';
import { ErrorState, LoadingState } from '@/ui/states';
import { failureText, toastSuccess } from '@/ui/toast';

export function ProfileTab() {
  const { t } = useTranslation();
  const query = useQuery(accountQuery);
  const save = useSaveProfile();
  const [displayName, setDisplayName] = useState('');
  const [email, setEmail] = useState('');
  const user = query.data?.user;
  useEffect(() => {
    setDisplayName(user?.displayName ?? '');
    setEmail(user?.email ?? '');
  }, [user?.displayName, user?.email]);
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!user) return <LoadingState rows={3} />;
  const at = (pointer: string) =>
    isProblem(save.error) ? save.error.fields.find((field) => field.pointer === pointer)?.detail : undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(
          { displayName: displayName.trim() || null, email: email.trim() || null },
          { onSuccess: () => toastSuccess(t('settings.saved')) },
        );
      }}
    >
      <Stack maw={420}>
        <Facts
          items={[
            [t('users.name'), <bdi key="n">{user.name}</bdi>],
            [t('users.role'), t(`role.${user.role}`)],
          ]}
        />
        {save.error ? <Alert color="red">{failureText(save.error)}</Alert> : null}
        <TextInput
          label={t('users.displayName')}
          value={displayName}
          error={at('/displayName')}
          onChange={(event) => setDisplayName(event.currentTarget.value)}
          autoComplete="name"
        />
        <TextInput
          label={t('users.email')}
          type="email"
          dir="ltr"
          value={email}
          error={at('/email')}
          onChange={(event) => setEmail(event.currentTarget.value)}
          autoComplete="email"
        />
        <Button type="submit" variant="filled" loading={save.isPending} w="fit-content">
          {t('action.save')}
        </Button>
      </Stack>
    </form>
  );
}
