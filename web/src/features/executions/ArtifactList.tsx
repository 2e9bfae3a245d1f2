import { ActionIcon, Group, Text } from '@mantine/core';
import { IconDownload, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDeleteArtifact } from '@/api/executions';
import type { Artifact, Execution } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { Relative } from '@/shared/time/Time';
import { CopyButton } from '@/ui/CopyButton';
import { Confirm } from '@/ui/confirm';
import { type Column, DataTable } from '@/ui/DataTable';
import { Ltr } from '@/ui/Ltr';
import { Section } from '@/ui/Page';
import { toastFailure, toastSuccess } from '@/ui/toast';

/** Files that the run made: reports, exports, backups. */
export function ArtifactList({ run }: { run: Execution }) {
  const { t } = useTranslation();
  const format = useFormat();
  const canWrite = useCanWrite();
  const remove = useDeleteArtifact(run.executionId);
  const [removing, setRemoving] = useState<Artifact | null>(null);
  if (run.artifacts.length === 0) return null;
  const columns: Column<Artifact>[] = [
    {
      key: 'name',
      header: t('artifacts.name'),
      phone: 'title',
      render: (file) => (
        <Text
          component="a"
          href={file.href}
          download={file.name}
          inherit
          fw={600}
          c="var(--mantine-color-anchor)"
          style={{ overflowWrap: 'anywhere' }}
        >
          <bdi dir="ltr">{file.name}</bdi>
        </Text>
      ),
    },
    { key: 'size', header: t('artifacts.size'), align: 'end', render: (file) => format.bytes(file.size) },
    {
      key: 'type',
      header: t('artifacts.type'),
      render: (file) => <Ltr>{file.mediaType.split(';')[0] ?? file.mediaType}</Ltr>,
    },
    {
      key: 'expires',
      header: t('artifacts.expires'),
      render: (file) => <Relative at={file.expiresAt} empty={t('artifacts.withRun')} />,
    },
    {
      key: 'sha256',
      header: t('artifacts.checksum'),
      phone: 'hide',
      render: (file) => (
        <Group gap={2} wrap="nowrap">
          <Ltr>{file.sha256.slice(0, 12)}…</Ltr>
          <CopyButton value={file.sha256} label={t('artifacts.copyChecksum', { name: isolate(file.name) })} />
        </Group>
      ),
    },
    {
      key: 'actions',
      header: '',
      align: 'end',
      phone: 'foot',
      render: (file) => (
        <Group gap={4} wrap="nowrap" justify="flex-end">
          <ActionIcon
            component="a"
            href={file.href}
            download={file.name}
            aria-label={t('artifacts.downloadOf', { name: isolate(file.name) })}
          >
            <IconDownload size={18} />
          </ActionIcon>
          {canWrite ? (
            <ActionIcon
              aria-label={t('artifacts.deleteOf', { name: isolate(file.name) })}
              onClick={() => setRemoving(file)}
            >
              <IconTrash size={18} />
            </ActionIcon>
          ) : null}
        </Group>
      ),
    },
  ];
  return (
    <Section title={t('artifacts.title')} flush>
      <DataTable caption={t('artifacts.title')} columns={columns} rows={run.artifacts} rowKey={(file) => file.id} />
      {removing ? (
        <Confirm
          opened
          danger
          title={t('artifacts.deleteTitle')}
          confirmLabel={t('action.delete')}
          loading={remove.isPending}
          onClose={() => setRemoving(null)}
          onConfirm={() =>
            remove.mutate(removing.id, {
              onSuccess: () => {
                setRemoving(null);
                toastSuccess(t('artifacts.deleted'));
              },
              onError: toastFailure,
            })
          }
        >
          {t('artifacts.deleteText', { name: isolate(removing.name) })}
        </Confirm>
      ) : null}
    </Section>
  );
}
