import { Alert, Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '@/api/problem';
import { sessionQuery, useSetup, useSignIn } from '@/api/session';
import { PublicLayout } from '@/layouts/PublicLayout';
import { failureText } from '@/ui/toast';

export default function SetupPage() {
  const { t } = useTranslation();
  const router = useRouter();
  const client = useQueryClient();
  const search = useSearch({ from: '/setup' });
  const [token, setToken] = useState(search.token ?? '');
  const [name, setName] = useState('admin');
  const [password, setPassword] = useState('');
  const [repeat, setRepeat] = useState('');
  const setup = useSetup();
  const signIn = useSignIn();
  const differs = repeat !== '' && repeat !== password;

  const finish = async () => {
    const session = await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
    if (!session.user) await signIn.mutateAsync({ name: name.trim(), password });
    await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
    router.history.push('/');
  };

  const fieldError = (pointer: string) =>
    isProblem(setup.error) ? setup.error.fields.find((field) => field.pointer === pointer)?.detail : undefined;

  return (
    <PublicLayout title={t('setup.title')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (password === repeat)
            setup.mutate({ token: token.trim(), name: name.trim(), password }, { onSuccess: () => void finish() });
        }}
      >
        <Stack>
          <Text c="dimmed">{t('setup.text')}</Text>
          {setup.error ? (
            <Alert color="red" role="alert">
              {failureText(setup.error)}
            </Alert>
          ) : null}
          <TextInput
            label={t('setup.token')}
            description={t('setup.tokenHelp')}
            dir="ltr"
            required
            autoComplete="off"
            value={token}
            error={fieldError('/token')}
            onChange={(event) => setToken(event.currentTarget.value)}
          />
          <TextInput
            label={t('setup.name')}
            autoComplete="username"
            autoCapitalize="none"
            required
            value={name}
            error={fieldError('/name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('setup.password')}
            description={t('setup.passwordHelp')}
            autoComplete="new-password"
            required
            minLength={8}
            value={password}
            error={fieldError('/password')}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('setup.repeat')}
            autoComplete="new-password"
            required
            value={repeat}
            error={differs ? t('setup.mismatch') : undefined}
            onChange={(event) => setRepeat(event.currentTarget.value)}
          />
          <Button type="submit" variant="filled" loading={setup.isPending} disabled={differs} fullWidth>
            {t('setup.submit')}
          </Button>
        </Stack>
      </form>
    </PublicLayout>
  );
}
