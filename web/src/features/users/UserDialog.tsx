import { Alert, Button, Group, Modal, PasswordInput, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import type { Role, User } from '@/api/model';
import { useCreateUser, useUpdateUser } from '@/api/people';
import { isProblem } from '@/api/problem';
import { failureText, toastSuccess } from '@/ui/toast';

export function UserDialog({ user, onClose }: { user: User | null; onClose(): void }) {
  const { t } = useTranslation();
  const tasks = useTaskFunctions();
  const create = useCreateUser();
  const update = useUpdateUser();
  const [name, setName] = useState(user?.name ?? '');
  const [displayName, setDisplayName] = useState(user?.displayName ?? '');
  const [email, setEmail] = useState(user?.email ?? '');
  const [role, setRole] = useState<Role>(user?.role ?? 'user');
  const [grants, setGrants] = useState<string[]>(user?.grants ?? []);
  const [password, setPassword] = useState('');
  const error = create.error ?? update.error;
  const at = (pointer: string) =>
    isProblem(error) ? error.fields.find((field) => field.pointer === pointer)?.detail : undefined;
  const known = [...new Set(tasks.list.flatMap((task) => (task.grant ? [task.grant] : [])))];
  const done = () => {
    toastSuccess(t('users.saved'));
    onClose();
  };
  const submit = () => {
    if (user)
      update.mutate(
        { id: user.id, change: { displayName: displayName.trim() || null, email: email.trim() || null, role, grants } },
        { onSuccess: done },
      );
    else
      create.mutate(
        {
          name: name.trim(),
          role,
          password,
          grants,
          ...(displayName.trim() ? { displayName: displayName.trim() } : {}),
          ...(email.trim() ? { email: email.trim() } : {}),
        },
        { onSuccess: done },
      );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Text fw={600}>{user ? t('users.editTitle') : t('users.new')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Stack>
          {error ? (
            <Alert color="red" role="alert">
              {failureText(error)}
            </Alert>
          ) : null}
          <TextInput
            label={t('users.name')}
            required
            disabled={user !== null}
            autoComplete="off"
            autoCapitalize="none"
            value={name}
            error={at('/name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label={t('users.displayName')}
            value={displayName}
            error={at('/displayName')}
            onChange={(event) => setDisplayName(event.currentTarget.value)}
          />
          <TextInput
            label={t('users.email')}
            type="email"
            dir="ltr"
            value={email}
            error={at('/email')}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <Select
            label={t('users.role')}
            description={t(`users.roleHelp.${role}`)}
            data={(['admin', 'user', 'viewer'] as const).map((value) => ({ value, label: t(`role.${value}`) }))}
            value={role}
            onChange={(value) => setRole(value as Role)}
          />
          {role === 'user' ? (
            <TagsInput
              label={t('users.grants')}
              description={t('users.grantsHelp')}
              data={known}
              value={grants}
              onChange={setGrants}
              error={at('/grants')}
            />
          ) : null}
          {user ? null : (
            <PasswordInput
              label={t('signIn.password')}
              description={t('setup.passwordHelp')}
              required
              minLength={8}
              autoComplete="new-password"
              value={password}
              error={at('/password')}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          )}
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="submit" variant="filled" loading={create.isPending || update.isPending}>
              {user ? t('action.save') : t('action.create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
