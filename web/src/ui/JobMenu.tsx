import { Menu, Text } from '@mantine/core';
import {
  IconCopy,
  IconEdit,
  IconHistory,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerPlayFilled,
  IconTrash,
} from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDeleteJob, useJobAction, useJobName } from '@/api/jobs';
import type { Job } from '@/api/model';
import { useCanWrite, useMe } from '@/api/session';
import { paths } from '@/paths';
import { isolate } from '@/shared/format/formatter';
import { OpenRowMenu } from '@/ui/RowMenu';
import { Confirm } from './confirm';
import { LinkMenuItem } from './menuLinks';
import { PauseDialog } from './PauseDialog';
import { toastFailure, toastSuccess } from './toast';

const RunDialog = lazy(() => import('./RunDialog'));

/** The menu of one job, open, with the dialogs that it leads to. */
export function JobMenu({ job, onDeleted }: { job: Job; onDeleted?: (() => void) | undefined }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const jobName = useJobName();
  const canWrite = useCanWrite();
  const me = useMe();
  const action = useJobAction();
  const deletion = useDeleteJob();
  const [dialog, setDialog] = useState<'run' | 'pause' | 'delete' | null>(null);
  const name = jobName(job);
  const guarded = job.isPrimary && me.role !== 'admin';

  const runNow = () =>
    action.mutate(
      { id: job.id, action: 'trigger' },
      {
        onSuccess: ({ executionId }) => {
          toastSuccess(t('jobs.toast.started', { name: isolate(name) }));
          if (executionId) void navigate({ to: paths.execution, params: { executionId }, search: {} });
        },
        onError: toastFailure,
      },
    );

  return (
    <>
      <OpenRowMenu label={t('jobs.actionsOf', { name: isolate(name) })}>
        <Menu.Item leftSection={<IconPlayerPlayFilled size={16} />} disabled={!canWrite} onClick={runNow}>
          {t('jobs.action.run')}
        </Menu.Item>
        <Menu.Item leftSection={<IconPlayerPlay size={16} />} disabled={!canWrite} onClick={() => setDialog('run')}>
          {t('jobs.action.runWith')}
        </Menu.Item>
        {job.isPaused ? (
          <Menu.Item
            leftSection={<IconPlayerPlay size={16} />}
            disabled={!canWrite}
            onClick={() =>
              action.mutate(
                { id: job.id, action: 'resume' },
                { onSuccess: () => toastSuccess(t('jobs.toast.resumed')), onError: toastFailure },
              )
            }
          >
            {t('jobs.action.resume')}
          </Menu.Item>
        ) : (
          <Menu.Item
            leftSection={<IconPlayerPause size={16} />}
            disabled={!canWrite}
            onClick={() => setDialog('pause')}
          >
            {t('jobs.action.pause')}
          </Menu.Item>
        )}
        <Menu.Divider />
        <LinkMenuItem
          to={paths.editJob}
          params={{ jobId: String(job.id) }}
          leftSection={<IconEdit size={16} />}
          disabled={!canWrite}
        >
          {t('jobs.action.edit')}
        </LinkMenuItem>
        <LinkMenuItem
          to={paths.newJob}
          search={{ from: job.id }}
          leftSection={<IconCopy size={16} />}
          disabled={!canWrite}
        >
          {t('jobs.action.duplicate')}
        </LinkMenuItem>
        <LinkMenuItem
          to={paths.job}
          params={{ jobId: String(job.id) }}
          search={{ tab: 'runs' }}
          leftSection={<IconHistory size={16} />}
        >
          {t('jobs.action.history')}
        </LinkMenuItem>
        <Menu.Divider />
        <Menu.Item
          color="red"
          leftSection={<IconTrash size={16} />}
          disabled={!canWrite || guarded}
          onClick={() => setDialog('delete')}
        >
          {t('jobs.action.delete')}
        </Menu.Item>
      </OpenRowMenu>
      {dialog === 'run' ? (
        <Suspense fallback={null}>
          <RunDialog job={job} onClose={() => setDialog(null)} />
        </Suspense>
      ) : null}
      <PauseDialog
        opened={dialog === 'pause'}
        onClose={() => setDialog(null)}
        zone={job.timezone}
        loading={action.isPending}
        onPause={(until, reason) =>
          action.mutate(
            { id: job.id, action: 'pause', ...(until ? { until } : {}), ...(reason ? { reason } : {}) },
            {
              onSuccess: () => {
                setDialog(null);
                toastSuccess(t('jobs.toast.paused'));
              },
              onError: toastFailure,
            },
          )
        }
      />
      <Confirm
        opened={dialog === 'delete'}
        onClose={() => setDialog(null)}
        title={t('jobs.deleteTitle')}
        confirmLabel={t('action.delete')}
        danger
        loading={deletion.isPending}
        {...(job.isPrimary ? { typed: name } : {})}
        onConfirm={() =>
          deletion.mutate(
            { id: job.id, confirmPrimary: job.isPrimary },
            {
              onSuccess: () => {
                setDialog(null);
                toastSuccess(t('jobs.toast.deleted', { name: isolate(name) }));
                onDeleted?.();
              },
              onError: toastFailure,
            },
          )
        }
      >
        <Text inherit>{t('jobs.deleteText', { name: isolate(name) })}</Text>
      </Confirm>
    </>
  );
}
