import { Alert, Button, Group, Modal, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Channel, ChannelInput, ChannelKind } from '@/api/model';
import { useCreateChannel, useUpdateChannel } from '@/api/notifications';
import { isProblem } from '@/api/problem';
import { jobWidgets } from '@/features/connections/jobWidgets';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { below } from '@/shared/schema-form/pointer';
import { SchemaForm, useSchemaErrors } from '@/shared/schema-form/SchemaForm';
import { type Sharing, SharingFields } from '@/shared/sharing/SharingFields';
import { Disclosure } from '@/ui/Disclosure';
import { failureText, toastSuccess } from '@/ui/toast';
import { useChannelSchema } from './channelSchema';

const kinds = ['mail', 'webhook', 'slack'] as const satisfies ChannelKind[];
const texts = ['subject', 'text', 'html'] as const;

export function ChannelDialog({ channel, onClose }: { channel: Channel | null; onClose(): void }) {
  const { t } = useTranslation();
  const { preferences } = usePreferences();
  const create = useCreateChannel();
  const update = useUpdateChannel();
  const [name, setName] = useState(channel?.name ?? '');
  const [description, setDescription] = useState(channel?.description ?? '');
  const [kind, setKind] = useState<ChannelKind>(channel?.kind ?? 'mail');
  const [settings, setSettings] = useState<Record<string, unknown>>(channel?.settings ?? {});
  const [language, setLanguage] = useState(channel?.language ?? preferences.language);
  const [template, setTemplate] = useState<Record<string, string>>(() =>
    Object.fromEntries(
      Object.entries(channel?.template ?? {}).flatMap(([member, text]) => (text ? [[member, text]] : [])),
    ),
  );
  const [sharing, setSharing] = useState<Sharing>({
    users: channel?.sharedWith ?? [],
    everybody: channel?.sharedWithEverybody ?? false,
  });
  const [tried, setTried] = useState(false);
  const schema = useChannelSchema(kind);
  const invalid = useSchemaErrors(schema, settings);
  const error = create.error ?? update.error;
  const fields = isProblem(error) ? error.fields : [];
  const at = (pointer: string) => fields.find((field) => field.pointer.startsWith(pointer))?.detail;
  const submit = () => {
    setTried(true);
    if (name.trim() === '' || invalid.length > 0) return;
    const own = Object.keys(template).length > 0 ? template : null;
    const body = {
      name: name.trim(),
      settings,
      language,
      sharedWith: sharing.users,
      sharedWithEverybody: sharing.everybody,
    };
    const done = {
      onSuccess: () => {
        toastSuccess(t('notify.saved'));
        onClose();
      },
    };
    if (channel)
      update.mutate(
        { id: channel.id, change: { ...body, description: description.trim() || null, template: own } },
        done,
      );
    else
      create.mutate(
        {
          ...body,
          kind,
          isEnabled: true,
          ...(description.trim() ? { description: description.trim() } : {}),
          ...(own ? { template: own } : {}),
        } as ChannelInput,
        done,
      );
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={<Text fw={600}>{channel ? t('notify.editChannel') : t('notify.newChannel')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        noValidate
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
          <Select
            label={t('notify.kind')}
            description={t(`notify.kindHelp.${kind}`)}
            data={kinds.map((value) => ({ value, label: t(`notify.kindName.${value}`) }))}
            allowDeselect={false}
            disabled={channel !== null}
            value={kind}
            onChange={(value) => {
              setKind(value as ChannelKind);
              setSettings({});
            }}
          />
          <TextInput
            label={t('notify.name')}
            description={t('connections.nameHelp')}
            required
            dir="ltr"
            maxLength={100}
            value={name}
            error={at('/name') ?? (tried && name.trim() === '' ? t('form.error.required') : undefined)}
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
          <SchemaForm
            key={kind}
            schema={schema}
            value={settings}
            onChange={setSettings}
            serverErrors={below(fields, '/settings')}
            showAll={tried}
            widgets={jobWidgets}
          />
          <Select
            label={t('language.label')}
            data={(['en', 'ar'] as const).map((value) => ({ value, label: t(`language.${value}`) }))}
            allowDeselect={false}
            maw={220}
            value={language}
            onChange={(value) => setLanguage(value as 'en')}
          />
          <Disclosure title={t('notify.ownTexts')} initiallyOpen={Object.keys(template).length > 0}>
            <Stack gap="sm">
              <Text fz="sm" c="dimmed">
                {t('notify.ownTextsHelp')}{' '}
                <bdi dir="ltr">
                  <code>{'{{ event }} {{ job.name }}'}</code>
                </bdi>
              </Text>
              {texts
                .filter((member) => member !== 'html' || kind === 'mail')
                .map((member) => (
                  <Textarea
                    key={member}
                    label={t(`notify.texts.${member}`)}
                    dir="auto"
                    autosize
                    minRows={member === 'subject' ? 1 : 3}
                    maxRows={14}
                    spellCheck={false}
                    value={template[member] ?? ''}
                    error={at(`/template/${member}`)}
                    onChange={(event) => {
                      const { [member]: _, ...rest } = template;
                      setTemplate(
                        event.currentTarget.value === '' ? rest : { ...rest, [member]: event.currentTarget.value },
                      );
                    }}
                  />
                ))}
            </Stack>
          </Disclosure>
          <Disclosure title={t('sharing.title')} initiallyOpen={sharing.everybody || sharing.users.length > 0}>
            <SharingFields value={sharing} onChange={setSharing} error={at('/sharedWith')} />
          </Disclosure>
          <Group justify="flex-end">
            <Button onClick={onClose}>{t('action.cancel')}</Button>
            <Button type="submit" variant="filled" loading={create.isPending || update.isPending}>
              {channel ? t('action.save') : t('action.create')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
