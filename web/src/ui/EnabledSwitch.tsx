import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import type { Job } from '@/api/model';
import { isolate } from '@/shared/format/formatter';
import { Confirm } from './confirm';
import classes from './controls.module.css';
import type { JobDoing } from './jobDoing';
import { hideToast, showToast, toastFailure } from './toast';
import { useHint } from './useHint';

/** Turns a job on and off at once; turning off can be undone for a while, and a primary job asks first. */
export function EnabledSwitch({ job, doing }: { job: Job; doing: JobDoing }) {
  const { t, canWrite, isAdmin } = doing;
  const [asking, setAsking] = useState(false);
  // What was asked for is shown until the job itself says what became of it.
  const [asked, setAsked] = useState<{ of: Job; enabled: boolean } | null>(null);
  const shown = asked?.of === job ? asked.enabled : job.isEnabled;
  const locked = job.isPrimary && job.isEnabled && !isAdmin;
  const name = isolate(doing.nameOf(job));
  const hint = useHint(() => (locked ? t('jobs.primaryLocked') : shown ? t('jobs.enabled') : t('jobs.disabled')));

  const set = async (enabled: boolean) => {
    setAsked({ of: job, enabled });
    try {
      await doing.act({
        id: job.id,
        action: enabled ? 'enable' : 'disable',
        ...(job.isPrimary && !enabled ? { confirmPrimary: true } : {}),
      });
    } catch (error) {
      setAsked(null);
      toastFailure(error);
      return;
    }
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
                void set(true);
              }}
            >
              {t('action.undo')}
            </Button>
          </Group>
        ),
      }),
      8000,
    );
  };

  return (
    <>
      <input
        type="checkbox"
        // biome-ignore lint/a11y/useAriaPropsForRole: a check box says itself whether it is checked
        role="switch"
        className={classes.switch}
        checked={shown}
        disabled={!canWrite || locked}
        aria-label={t('jobs.enabledOf', { name })}
        onChange={(event) => {
          const next = event.currentTarget.checked;
          if (!next && job.isPrimary) setAsking(true);
          else void set(next);
        }}
        {...hint.target}
      />
      {hint.shown}
      {asking ? (
        <Confirm
          opened
          onClose={() => setAsking(false)}
          title={t('jobs.disablePrimaryTitle')}
          confirmLabel={t('jobs.action.disable')}
          danger
          loading={asked?.of === job}
          onConfirm={() => void set(false)}
        >
          {t('jobs.disablePrimaryText', { name })}
        </Confirm>
      ) : null}
    </>
  );
}
