import { ActionIcon, Alert, Button, FileButton, Group, Menu, Modal, Text, Tooltip } from '@mantine/core';
import { IconFileDownload, IconFileUpload, IconPrinter, IconTransfer } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { queryString } from '@/api/http';
import { jobFilterQuery, useCreateBatch } from '@/api/jobs';
import type { JobInput } from '@/api/model';
import { isProblem, Problem } from '@/api/problem';
import { useCanWrite } from '@/api/session';
import type { JobsSearch } from '@/searches';
import { useFormat } from '@/shared/format/useFormat';
import { failureText, toastFailure, toastSuccess } from '@/ui/toast';

/** Definitions out as JSON, and in again. */
export function ExportMenu({ search }: { search: JobsSearch }) {
  const { t } = useTranslation();
  const format = useFormat();
  const canWrite = useCanWrite();
  const create = useCreateBatch();
  const [found, setFound] = useState<JobInput[] | null>(null);

  const read = async (file: File | null) => {
    if (!file) return;
    try {
      const parsed: unknown = JSON.parse(await file.text());
      const list = Array.isArray(parsed)
        ? parsed
        : parsed && typeof parsed === 'object'
          ? ((parsed as { jobs?: unknown; items?: unknown }).jobs ?? (parsed as { items?: unknown }).items)
          : null;
      if (!Array.isArray(list) || list.length === 0) throw new Error('no list');
      setFound(list as JobInput[]);
    } catch {
      toastFailure(new Problem(422, t('transfer.unreadable'), t('transfer.unreadable'), 'file'));
    }
  };

  return (
    <>
      <FileButton accept="application/json" onChange={(file) => void read(file)}>
        {({ onClick: pickFile }) => (
          <Menu position="bottom-end">
            <Menu.Target>
              <Tooltip label={t('transfer.title')}>
                <ActionIcon variant="default" aria-label={t('transfer.title')}>
                  <IconTransfer size={18} />
                </ActionIcon>
              </Tooltip>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                component="a"
                href={`/api/v1/scheduler/jobs/export${queryString(jobFilterQuery({ ...search, sort: undefined }))}`}
                download="orloj-jobs.json"
                leftSection={<IconFileDownload size={16} />}
              >
                {t('transfer.export')}
              </Menu.Item>
              {canWrite ? (
                <Menu.Item leftSection={<IconFileUpload size={16} />} onClick={pickFile}>
                  {t('transfer.import')}
                </Menu.Item>
              ) : null}
              <Menu.Item leftSection={<IconPrinter size={16} />} onClick={() => window.print()}>
                {t('transfer.print')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </FileButton>
      <Modal
        opened={found !== null}
        onClose={() => setFound(null)}
        title={<Text fw={600}>{t('transfer.import')}</Text>}
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        <Text mb="sm">{t('transfer.ask', { count: found?.length ?? 0, n: format.number(found?.length ?? 0) })}</Text>
        {create.error ? (
          <Alert color="red" mb="sm">
            {failureText(create.error)}
            {isProblem(create.error)
              ? create.error.fields.slice(0, 6).map((field) => (
                  <Text key={field.pointer} fz="sm">
                    <bdi dir="ltr">{field.pointer}</bdi>: {field.detail}
                  </Text>
                ))
              : null}
          </Alert>
        ) : null}
        <Group justify="flex-end">
          <Button onClick={() => setFound(null)}>{t('action.cancel')}</Button>
          <Button
            variant="filled"
            loading={create.isPending}
            onClick={() =>
              create.mutate(found ?? [], {
                onSuccess: ({ ids }) => {
                  setFound(null);
                  toastSuccess(t('transfer.done', { count: ids.length, n: format.number(ids.length) }));
                },
              })
            }
          >
            {t('transfer.import')}
          </Button>
        </Group>
      </Modal>
    </>
  );
}
