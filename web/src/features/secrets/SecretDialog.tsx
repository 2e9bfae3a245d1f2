import { Alert, Button, Checkbox, Group, Modal, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Secret } from '@/api/model';
import { isProblem } from '@/api/problem';
import { useCreateSecret, useUpdateSecret } from '@/api/secrets';
import { type Sharing, SharingFields } from '@/shared/sharing/SharingFields';
import { Disclosure } from '@/ui/Disclosure';
import { failureText, toastSuccess } from '@/ui/toast';
import classes from './secrets.module.css';

/** Stores a secret, or changes it. The value goes one way only: nobody sees it again, here or anywhere. */
export function SecretDialog({
  secret,
  onClose,
  onSaved,
}: {
  secret: Secret | null;
  onClose(): void;
  onSaved?: (secret: Secret) => void;
}) {
  const { t } = useTranslation();
  const create = useCreateSecret();
  const update = useUpdateSecret();
  const [name, setName] = useState(secret?.name ?? '');
  const [description, setDescription] = useState(secret?.description ?? '');
  const [value, setValue] = useState('');
  const [replacing, setReplacing] = useState(secret === null);
  const [visible, setVisible] = useState(false);
  const [sharing, setSharing] = useState<Sharing>({
    users: secret?.sharedWith ?? [],
    everybody: secret?.sharedWithEverybody ?? false,
  });
  const error = create.error ?? update.error;
  const at = (pointer: string) =>
    isProblem(error) ? error.fields.find((field) => field.pointer.startsWith(pointer))?.detail : undefined;
  const done = (saved: Secret) => {
    toastSuccess(t('secrets.saved'));
    onSaved?.(saved);
    onClose();
  };
  const submit = () => {
    const shared = { sharedWith: sharing.users, sharedWithEverybody: sharing.everybody };
    if (secret)
      update.mutate(
        {
          id: secret.id,
          change: {
            ...shared,
            name: name.trim(),
            description: description.trim() || null,
            ...(replacing && value !== '' ? { value } : {}),
          },
        },
        { onSuccess: done },
      );
    else
      create.mutate(
        {
          ...shared,
          name: name.trim(),
          value,
          ...(description.trim() ? { description: description.trim() } : {}),
        },
        { onSuccess: done },
      );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Text fw={600}>{secret ? t('secrets.editTitle') : t('secrets.new')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation();
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
            label={t('secrets.name')}
            description={t('connections.nameHelp')}
            required
            dir="ltr"
            autoComplete="off"
            autoCapitalize="none"
            maxLength={100}
            value={name}
            error={at('/name')}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label={t('connections.description')}
            dir="auto"
            maxLength={1000}
            value={description}
            error={at('/description')}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          {secret ? (
            <Checkbox
              label={t('secrets.replaceValue')}
              description={t('secrets.replaceHelp')}
              checked={replacing}
              onChange={(event) => setReplacing(event.currentTarget.checked)}
            />
          ) : null}
          {replacing ? (
            <Stack gap={6}>
              <Textarea
                label={t('secrets.value')}
                description={t('secrets.valueHelp')}
                required
                dir="ltr"
                autosize
                minRows={2}
                maxRows={10}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                value={value}
                error={at('/value')}
                classNames={visible ? {} : { input: classes.covered ?? '' }}
                onChange={(event) => setValue(event.currentTarget.value)}
              />
              <Checkbox
                label={t('secrets.show')}
                checked={visible}
                onChange={(event) => setVisible(event.currentTarget.checked)}
              />
            </Stack>
          ) : null}
          <Disclosure title={t('sharing.title')} initiallyOpen={sharing.everybody || sharing.users.length > 0}>
            <SharingFields value={sharing} onChange={setSharing} error={at('/sharedWith')} />
          </Disclosure>
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="submit" variant="filled" loading={create.isPending || update.isPending}>
              {t('action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
