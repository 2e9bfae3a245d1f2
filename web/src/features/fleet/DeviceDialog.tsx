import { Alert, Button, Group, Modal, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUpdateDevice } from '@/api/devices';
import type { Device } from '@/api/model';
import { isProblem } from '@/api/problem';
import { type Sharing, SharingFields } from '@/shared/sharing/SharingFields';
import { failureText, toastSuccess } from '@/ui/toast';

export function DeviceDialog({ device, onClose }: { device: Device; onClose(): void }) {
  const { t } = useTranslation();
  const update = useUpdateDevice();
  const [name, setName] = useState(device.name);
  const [description, setDescription] = useState(device.description ?? '');
  const [tags, setTags] = useState(device.tags);
  const [sharing, setSharing] = useState<Sharing>({ users: device.sharedWith, everybody: device.sharedWithEverybody });
  const at = (pointer: string) =>
    isProblem(update.error)
      ? update.error.fields.find((field) => field.pointer.startsWith(pointer))?.detail
      : undefined;
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Text fw={600}>{t('devices.edit')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          update.mutate(
            {
              id: device.id,
              change: {
                name: name.trim(),
                description: description.trim() || null,
                tags,
                sharedWith: sharing.users,
                sharedWithEverybody: sharing.everybody,
              },
            },
            {
              onSuccess: () => {
                toastSuccess(t('devices.saved'));
                onClose();
              },
            },
          );
        }}
      >
        <Stack>
          {update.error ? (
            <Alert color="red" role="alert">
              {failureText(update.error)}
            </Alert>
          ) : null}
          <TextInput
            label={t('devices.name')}
            required
            dir="auto"
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
          <TagsInput label={t('jobs.filter.tags')} value={tags} error={at('/tags')} onChange={setTags} />
          <SharingFields value={sharing} onChange={setSharing} error={at('/sharedWith')} />
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="submit" variant="filled" loading={update.isPending}>
              {t('action.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
