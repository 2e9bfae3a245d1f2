import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '@/api/problem';
import { sessionQuery, useSignIn } from '@/api/session';
import { PublicLayout } from '@/layouts/PublicLayout';
import { useFormat } from '@/shared/format/useFormat';
import { failureText } from '@/ui/toast';

export default function SignInPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const router = useRouter();
  const client = useQueryClient();
  const search = useSearch({ from: '/sign-in' });
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useSignIn();

  const submit = () =>
    signIn.mutate(
      { name: name.trim(), password },
      {
        onSuccess: async () => {
          await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
          // Only an address of our own: a link may not send people elsewhere after signing in.
          const next = search.next?.startsWith('/') && !search.next.startsWith('//') ? search.next : '/';
          router.history.push(next);
        },
      },
    );

  const { error } = signIn;
  const message = isProblem(error, 401)
    ? t('signIn.wrong')
    : isProblem(error, 429)
      ? t('signIn.tooMany', { count: error.retryAfterSeconds ?? 5, n: format.number(error.retryAfterSeconds ?? 5) })
      : failureText(error);

  return (
    <PublicLayout title={t('signIn.title')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack>
          {search.ended && !error ? <Alert color="gray">{t('signIn.ended')}</Alert> : null}
          {error ? (
            <Alert color="red" role="alert">
              {message}
            </Alert>
          ) : null}
          <TextInput
            label={t('signIn.name')}
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('signIn.password')}
            name="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" variant="filled" loading={signIn.isPending} fullWidth>
            {t('signIn.submit')}
          </Button>
        </Stack>
      </form>
    </PublicLayout>
  );
}
