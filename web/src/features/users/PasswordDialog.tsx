import { Alert, Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { User } from '@/api/model';
import { useSetPassword } from '@/api/people';
import { isolate } from '@/shared/format/formatter';
import { failureText, toastSuccess } from '@/ui/toast';

export function PasswordDialog({ user, onClose }: { user: User; onClose(): void }) {
  const { t } = useTranslation();
  const set = useSetPassword();
  const [password, setPassword] = useState('');
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Text fw={600}>{t('users.setPassword')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          set.mutate(
            { id: user.id, password },
            {
              onSuccess: () => {
                toastSuccess(t('users.passwordSet'));
                onClose();
              },
            },
          );
        }}
      >
        <Stack>
          <Text>{t('users.passwordText', { name: isolate(user.name) })}</Text>
          {set.error ? (
            <Alert color="red" role="alert">
              {failureText(set.error)}
            </Alert>
          ) : null}
          <PasswordInput
            label={t('settings.newPassword')}
            description={t('setup.passwordHelp')}
            required
            minLength={8}
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="submit" variant="filled" loading={set.isPending}>
              {t('action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
