import { Alert, Button, FileButton, Group, Menu, Modal, Progress, Stack, Text, TextInput } from '@mantine/core';
import { IconFiles, IconPlayerPlay, IconUpload } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fileContentUrl, filesQuery, useDeleteFile, useUpdateFile } from '@/api/fleet';
import type { FleetFile } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { uploadFile } from '@/api/upload';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { SharedBadge, useMayManage } from '@/shared/sharing/SharedBadge';
import { type Sharing, SharingFields } from '@/shared/sharing/SharingFields';
import { Relative } from '@/shared/time/Time';
import { CopyButton } from '@/ui/CopyButton';
import { Confirm } from '@/ui/confirm';
import { type Column, DataTable } from '@/ui/DataTable';
import { Ltr } from '@/ui/Ltr';
import { PageHeader, Section } from '@/ui/Page';
import { RowMenu } from '@/ui/RowMenu';
import { EmptyState, Fetched } from '@/ui/states';
import { failureText, toastFailure, toastSuccess } from '@/ui/toast';
import { ScheduleDialog } from './ScheduleDialog';

interface Upload {
  key: number;
  name: string;
  size: number;
  sent: number;
  error: string | null;
  abort(): void;
}

type Dialog = { kind: 'edit' | 'delete' | 'deploy'; file: FleetFile } | null;

/** Files that are kept to be brought onto devices. */
export default function FilesPage() {
  const { t } = useTranslation();
  const format = useFormat();
  const canWrite = useCanWrite();
  const mayManage = useMayManage();
  const query = useQuery(filesQuery);
  const remove = useDeleteFile();
  const { uploads, start, dismiss } = useUploads();
  const [dialog, setDialog] = useState<Dialog>(null);
  const columns: Column<FleetFile>[] = [
    {
      key: 'name',
      header: t('files.name'),
      phone: 'title',
      render: (file) => (
        <>
          <Text inherit fw={600} style={{ overflowWrap: 'anywhere' }}>
            <bdi dir="ltr">{file.name}</bdi>
          </Text>
          {file.description ? (
            <Text fz="xs" c="dimmed">
              <bdi>{file.description}</bdi>
            </Text>
          ) : null}
        </>
      ),
    },
    {
      key: 'size',
      header: t('artifacts.size'),
      render: (file) =>
        file.state === 'ready' ? (
          format.bytes(file.size)
        ) : (
          <Stack gap={2} miw={120}>
            <Text fz="sm">
              {t('files.part', { part: format.bytes(file.received), whole: format.bytes(file.size) })}
            </Text>
            <Progress
              size="sm"
              value={file.size > 0 ? (100 * file.received) / file.size : 0}
              aria-label={t('files.progressOf', { name: isolate(file.name) })}
            />
          </Stack>
        ),
    },
    { key: 'type', header: t('artifacts.type'), phone: 'hide', render: (file) => <Ltr>{file.mediaType}</Ltr> },
    {
      key: 'sha256',
      header: t('artifacts.checksum'),
      phone: 'hide',
      render: (file) =>
        file.sha256 ? (
          <Group gap={2} wrap="nowrap">
            <Ltr>{file.sha256.slice(0, 12)}…</Ltr>
            <CopyButton value={file.sha256} label={t('artifacts.copyChecksum', { name: isolate(file.name) })} />
          </Group>
        ) : (
          '—'
        ),
    },
    { key: 'owner', header: t('sharing.owner'), render: (file) => <SharedBadge thing={file} /> },
    { key: 'changed', header: t('connections.changed'), render: (file) => <Relative at={file.updatedAt} /> },
    {
      key: 'actions',
      header: '',
      align: 'end',
      phone: 'foot',
      render: (file) => (
        <RowMenu label={t('files.actionsOf', { name: isolate(file.name) })}>
          {file.state === 'ready' ? (
            <>
              {canWrite ? (
                <Menu.Item
                  leftSection={<IconPlayerPlay size={16} />}
                  onClick={() => setDialog({ kind: 'deploy', file })}
                >
                  {t('files.deploy')}
                </Menu.Item>
              ) : null}
              <Menu.Item component="a" href={fileContentUrl(file.id)} download={file.name}>
                {t('files.download')}
              </Menu.Item>
            </>
          ) : null}
          {mayManage(file) ? (
            <>
              <Menu.Item onClick={() => setDialog({ kind: 'edit', file })}>{t('action.edit')}</Menu.Item>
              <Menu.Item color="red" onClick={() => setDialog({ kind: 'delete', file })}>
                {t('action.delete')}
              </Menu.Item>
            </>
          ) : null}
        </RowMenu>
      ),
    },
  ];
  const upload = canWrite ? (
    <FileButton multiple onChange={(chosen) => start(chosen, query.data?.items ?? [])}>
      {(props) => (
        <Button {...props} variant="filled" leftSection={<IconUpload size={16} />}>
          {t('files.upload')}
        </Button>
      )}
    </FileButton>
  ) : undefined;
  const used = query.data;
  return (
    <>
      <PageHeader
        title={t('nav.files')}
        description={
          used
            ? t('files.used', { used: format.bytes(used.usedBytes), quota: format.bytes(used.quotaBytes) })
            : t('files.text')
        }
        actions={upload}
      />
      {uploads.length > 0 ? (
        <Section title={t('files.uploads')}>
          <Stack gap="sm">
            {uploads.map((item) => (
              <UploadRow key={item.key} upload={item} onDismiss={() => dismiss(item.key)} />
            ))}
          </Stack>
        </Section>
      ) : null}
      <Section flush>
        <Fetched
          query={query}
          empty={
            <EmptyState icon={<IconFiles size={28} />} title={t('files.empty')}>
              {t('files.emptyText')}
            </EmptyState>
          }
        >
          {(data) => (
            <DataTable caption={t('nav.files')} columns={columns} rows={data.items} rowKey={(file) => file.id} />
          )}
        </Fetched>{' '}
      </Section>
      {dialog?.kind === 'edit' ? <FileDialog file={dialog.file} onClose={() => setDialog(null)} /> : null}
      {dialog?.kind === 'deploy' ? (
        <ScheduleDialog
          task="file_deployment"
          subject={dialog.file.name}
          parameters={{ files: [dialog.file.id] }}
          onClose={() => setDialog(null)}
        />
      ) : null}
      {dialog?.kind === 'delete' ? (
        <Confirm
          opened
          danger
          title={t('artifacts.deleteTitle')}
          confirmLabel={t('action.delete')}
          loading={remove.isPending}
          onClose={() => setDialog(null)}
          onConfirm={() =>
            remove.mutate(dialog.file.id, {
              onSuccess: () => {
                setDialog(null);
                toastSuccess(t('artifacts.deleted'));
              },
              onError: toastFailure,
            })
          }
        >
          {t('files.deleteText', { name: isolate(dialog.file.name) })}
        </Confirm>
      ) : null}
    </>
  );
}

function useUploads() {
  const client = useQueryClient();
  const next = useRef(1);
  const [uploads, setUploads] = useState<Upload[]>([]);
  const change = (key: number, patch: Partial<Upload>) =>
    setUploads((list) => list.map((item) => (item.key === key ? { ...item, ...patch } : item)));
  const dismiss = (key: number) => setUploads((list) => list.filter((item) => item.key !== key));
  const start = (chosen: File[], present: FleetFile[]) => {
    for (const content of chosen) {
      const key = next.current;
      next.current += 1;
      const controller = new AbortController();
      const upload = { key, name: content.name, size: content.size, sent: 0, error: null };
      setUploads((list) => [...list, { ...upload, abort: () => controller.abort() }]);
      // The same file whose upload was cut off goes on where it ended.
      const begun = present.find(
        ({ state, name, size }) => state === 'receiving' && name === content.name && size === content.size,
      );
      uploadFile(content, begun ?? null, { signal: controller.signal, onProgress: (sent) => change(key, { sent }) })
        .then(() => dismiss(key))
        .catch((error: unknown) =>
          controller.signal.aborted ? dismiss(key) : change(key, { error: failureText(error) }),
        )
        .finally(() => client.invalidateQueries({ queryKey: ['files'] }));
    }
  };
  return { uploads, start, dismiss };
}

function UploadRow({ upload, onDismiss }: { upload: Upload; onDismiss(): void }) {
  const { t } = useTranslation();
  const format = useFormat();
  const percent = upload.size > 0 ? (100 * upload.sent) / upload.size : 100;
  return (
    <Stack gap={4}>
      <Group justify="space-between" wrap="nowrap">
        <Text truncate>
          <bdi dir="ltr">{upload.name}</bdi>
        </Text>
        <Group gap="xs" wrap="nowrap">
          <Text fz="sm" c="dimmed">
            {format.percent(percent)}
          </Text>
          <Button size="compact-xs" onClick={upload.error ? onDismiss : upload.abort}>
            {upload.error ? t('action.close') : t('action.cancel')}
          </Button>
        </Group>
      </Group>
      <Progress
        value={percent}
        color={upload.error ? 'red' : 'dial'}
        aria-label={t('files.progressOf', { name: isolate(upload.name) })}
      />
      {upload.error ? (
        <Text fz="sm" c="red" role="alert">
          {upload.error}
        </Text>
      ) : null}
    </Stack>
  );
}

function FileDialog({ file, onClose }: { file: FleetFile; onClose(): void }) {
  const { t } = useTranslation();
  const update = useUpdateFile();
  const [name, setName] = useState(file.name);
  const [description, setDescription] = useState(file.description ?? '');
  const [sharing, setSharing] = useState<Sharing>({ users: file.sharedWith, everybody: file.sharedWithEverybody });
  return (
    <Modal
      opened
      onClose={onClose}
      title={<Text fw={600}>{t('files.edit')}</Text>}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          update.mutate(
            {
              id: file.id,
              change: {
                name: name.trim(),
                description: description.trim() || null,
                sharedWith: sharing.users,
                sharedWithEverybody: sharing.everybody,
              },
            },
            {
              onSuccess: () => {
                toastSuccess(t('files.saved'));
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
            label={t('files.name')}
            required
            dir="ltr"
            maxLength={255}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label={t('connections.description')}
            dir="auto"
            maxLength={1000}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <SharingFields value={sharing} onChange={setSharing} />
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
