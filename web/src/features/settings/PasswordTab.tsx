import { Alert, Button, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangePassword } from '@/api/account';
import { failureText, toastSuccess } from '@/ui/toast';

export function PasswordTab() {
  const { t } = useTranslation();
  const change = useChangePassword();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [repeat, setRepeat] = useState('');
  const differs = repeat !== '' && repeat !== next;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (next !== repeat) return;
        change.mutate(
          { currentPassword: current, newPassword: next },
          {
            onSuccess: () => {
              toastSuccess(t('settings.passwordChanged'));
              setCurrent('');
              setNext('');
              setRepeat('');
            },
          },
        );
      }}
    >
      <Stack maw={420}>
        <Text c="dimmed">{t('settings.passwordText')}</Text>
        {change.error ? (
          <Alert color="red" role="alert">
            {failureText(change.error)}
          </Alert>
        ) : null}
        <PasswordInput
          label={t('settings.currentPassword')}
          required
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('settings.newPassword')}
          description={t('setup.passwordHelp')}
          required
          minLength={8}
          autoComplete="new-password"
          value={next}
          onChange={(event) => setNext(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('setup.repeat')}
          required
          autoComplete="new-password"
          value={repeat}
          error={differs ? t('setup.mismatch') : undefined}
          onChange={(event) => setRepeat(event.currentTarget.value)}
        />
        <Button type="submit" variant="filled" loading={change.isPending} disabled={differs} w="fit-content">
          {t('settings.changePassword')}
        </Button>
      </Stack>
    </form>
  );
}
