import { Alert, Button, Code, Group, Modal, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEnroll } from '@/api/devices';
import { isProblem } from '@/api/problem';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { Time } from '@/shared/time/Time';
import { CopyButton } from '@/ui/CopyButton';
import { failureText } from '@/ui/toast';

const minutes = [15, 60, 480, 1440] as const;

/** Makes a token for one device, and shows the commands to type there. The token is shown this once. */
export function EnrollDialog({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const enroll = useEnroll();
  const [name, setName] = useState('');
  const [tags, setTags] = useState<string[]>([]);
  const [valid, setValid] = useState(15);
  const at = (pointer: string) =>
    isProblem(enroll.error)
      ? enroll.error.fields.find((field) => field.pointer.startsWith(pointer))?.detail
      : undefined;
  const made = enroll.data;
  const command = made
    ? `orloj-agent enroll --server ${window.location.origin} --token ${made.token} && orloj-agent run`
    : '';
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={<Text fw={600}>{t('devices.enroll')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {made ? (
        <Stack>
          <Text>{t('devices.enrollRun')}</Text>
          <Group wrap="nowrap" align="flex-start" gap="xs">
            <Code block dir="ltr" flex={1} style={{ overflowX: 'auto', whiteSpace: 'pre-wrap' }} tabIndex={0}>
              {command}
            </Code>
            <CopyButton value={command} label={t('devices.copyCommand')} />
          </Group>
          <Alert color="orange" p="xs">
            {t('devices.enrollOnce')} <Time at={made.expiresAt} />
          </Alert>
          <Group justify="flex-end">
            <Button onClick={() => enroll.reset()}>{t('devices.another')}</Button>
            <Button variant="filled" onClick={onClose}>
              {t('action.close')}
            </Button>
          </Group>
        </Stack>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            enroll.mutate({
              validSeconds: valid * 60,
              ...(name.trim() ? { name: name.trim() } : {}),
              ...(tags.length > 0 ? { tags } : {}),
            });
          }}
        >
          <Stack>
            <Text c="dimmed">{t('devices.enrollText')}</Text>
            {enroll.error ? (
              <Alert color="red" role="alert">
                {failureText(enroll.error)}
              </Alert>
            ) : null}
            <TextInput
              label={t('devices.name')}
              description={t('devices.nameHelp')}
              dir="auto"
              maxLength={100}
              value={name}
              error={at('/name')}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <TagsInput
              label={t('jobs.filter.tags')}
              placeholder={tags.length === 0 ? isolate(t('form.typeAndEnter')) : ''}
              value={tags}
              error={at('/tags')}
              onChange={setTags}
            />
            <Select
              label={t('tokens.lifetime')}
              data={minutes.map((value) => ({ value: String(value), label: format.duration(value * 60_000) }))}
              allowDeselect={false}
              maw={220}
              value={String(valid)}
              onChange={(value) => setValid(Number(value))}
            />
            <Group justify="flex-end">
              <Button onClick={onClose}>{t('action.cancel')}</Button>
              <Button type="submit" variant="filled" loading={enroll.isPending}>
                {t('devices.makeToken')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
