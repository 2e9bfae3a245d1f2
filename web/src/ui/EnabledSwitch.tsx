import { Button, Group, Switch, Text, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useJobAction, useJobName } from '@/api/jobs';
import type { Job } from '@/api/model';
import { useCanWrite, useMe } from '@/api/session';
import { isolate } from '@/shared/format/formatter';
import { Confirm } from './confirm';
import { hideToast, showToast, toastFailure } from './toast';

/** Turns a job on and off at once; turning off can be undone for a while, and a primary job asks first. */
export function EnabledSwitch({ job }: { job: Job }) {
  const { t } = useTranslation();
  const jobName = useJobName();
  const action = useJobAction();
  const me = useMe();
  const canWrite = useCanWrite();
  const [asking, setAsking] = useState(false);
  const name = isolate(jobName(job));
  const locked = job.isPrimary && job.isEnabled && me.role !== 'admin';

  const set = (enabled: boolean) =>
    action.mutate(
      {
        id: job.id,
        action: enabled ? 'enable' : 'disable',
        ...(job.isPrimary && !enabled ? { confirmPrimary: true } : {}),
      },
      {
        onError: toastFailure,
        onSuccess: () => {
          setAsking(false);
          if (enabled) return;
          showToast(
            (id) => ({
              tone: 'pending',
              message: (
                <Group justify="space-between" wrap="nowrap">
                  <Text inherit>{t('jobs.toast.disabled', { name })}</Text>
                  <Button
                    size="compact-sm"
                    onClick={() => {
                      hideToast(id);
                      set(true);
                    }}
                  >
                    {t('action.undo')}
                  </Button>
                </Group>
              ),
            }),
            8000,
          );
        },
      },
    );

  const shown = action.isPending ? action.variables?.action === 'enable' : job.isEnabled;
  return (
    <>
      <Tooltip label={locked ? t('jobs.primaryLocked') : shown ? t('jobs.enabled') : t('jobs.disabled')}>
        <Switch
          size="sm"
          checked={shown}
          disabled={!canWrite || locked}
          aria-label={t('jobs.enabledOf', { name })}
          onChange={(event) => {
            const next = event.currentTarget.checked;
            if (!next && job.isPrimary) setAsking(true);
            else set(next);
          }}
        />
      </Tooltip>
      <Confirm
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('jobs.disablePrimaryTitle')}
        confirmLabel={t('jobs.action.disable')}
        danger
        loading={action.isPending}
        onConfirm={() => set(false)}
      >
        {t('jobs.disablePrimaryText', { name })}
      </Confirm>
    </>
  );
}
