import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type ActionRequest, useJobAction, useJobName } from '@/api/jobs';
import type { ActionAnswer, Job } from '@/api/model';
import { useMe } from '@/api/session';

/** What the controls of jobs need to know and to do: asked once for a list, not once for each of its rows. */
export interface JobDoing {
  t: TFunction;
  nameOf(job: Job): string;
  act(request: ActionRequest): Promise<ActionAnswer>;
  canWrite: boolean;
  isAdmin: boolean;
}

export function useJobDoing(): JobDoing {
  const { t } = useTranslation();
  const nameOf = useJobName();
  const { mutateAsync: act } = useJobAction();
  const { role } = useMe();
  return useMemo(
    () => ({ t, nameOf, act, canWrite: role !== 'viewer', isAdmin: role === 'admin' }),
    [t, nameOf, act, role],
  );
}
