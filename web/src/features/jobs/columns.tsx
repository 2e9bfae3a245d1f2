import { Badge } from '@mantine/core';
import { IconLock, IconPlayerPause } from '@tabler/icons-react';
import { createContext, useContext, useMemo } from 'react';
import { useTaskFunctions } from '@/api/catalogue';
import type { Job } from '@/api/model';
import type { SparkRun } from '@/api/stats';
import { paths } from '@/paths';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { Relative, Time } from '@/shared/time/Time';
import cells from '@/ui/cells.module.css';
import type { Column } from '@/ui/DataTable';
import { EnabledSwitch } from '@/ui/EnabledSwitch';
import { JobActions } from '@/ui/JobActions';
import { useJobDoing } from '@/ui/jobDoing';
import { RowLink } from '@/ui/links';
import { ScheduleText } from '@/ui/ScheduleText';
import { Sparkline } from '@/ui/Sparkline';
import { StatusBadge } from '@/ui/StatusBadge';
import { TaskIcon } from '@/ui/TaskIcon';
import { useHint } from '@/ui/useHint';

/** The last runs of the jobs on the page. They come after the jobs, and change without them: not by way of the columns. */
export const Sparks = createContext<ReadonlyMap<number, SparkRun[]>>(new Map());

export function useJobColumns(): Column<Job>[] {
  const { find: taskOf, name: taskName } = useTaskFunctions();
  const localized = useLocalized();
  const format = useFormat();
  const doing = useJobDoing();
  return useMemo(() => {
    const { t } = doing;
    return [
      {
        key: 'enabled',
        header: t('jobs.column.enabled'),
        phone: 'foot',
        render: (job) => <EnabledSwitch job={job} doing={doing} />,
      },
      {
        key: 'name',
        header: t('jobs.column.name'),
        sort: 'name',
        phone: 'title',
        render: (job) => {
          const description = localized({ en: job.descriptionEn ?? null, ar: job.descriptionAr ?? null });
          return (
            <div className={cells.name}>
              <div className={cells.nameLine}>
                <RowLink
                  to={paths.job}
                  params={{ jobId: String(job.id) }}
                  data-row-link
                  className={`${cells.strong} ${cells.clamp2}`}
                >
                  <bdi>{doing.nameOf(job)}</bdi>
                </RowLink>
                {job.isPrimary ? <PrimaryMark label={t('jobs.primary')} /> : null}
              </div>
              {job.isPaused ? (
                <Badge mt={2} size="sm" color="orange" variant="light" leftSection={<IconPlayerPause size={11} />}>
                  {t('jobs.paused')}
                </Badge>
              ) : null}
              {description ? (
                <div className={`${cells.minor} ${cells.clamp1}`}>
                  <bdi>{description}</bdi>
                </div>
              ) : null}
            </div>
          );
        },
      },
      {
        key: 'task',
        header: t('jobs.column.task'),
        render: (job) => (
          <div className={cells.withIcon}>
            <TaskIcon name={taskOf(job.taskFunctionKey)?.icon} size={16} />
            <span className={cells.clamp2}>{taskName(job.taskFunctionKey)}</span>
          </div>
        ),
      },
      { key: 'schedule', header: t('jobs.column.schedule'), render: (job) => <ScheduleText job={job} /> },
      {
        key: 'next',
        header: t('jobs.column.next'),
        sort: 'nextRunAt',
        render: (job) => <Relative at={job.nextRunAt} zone={job.timezone} countdown empty={t('word.none')} />,
      },
      {
        key: 'last',
        header: t('jobs.column.last'),
        render: (job) => {
          const status = job.currentExecutionStatus ?? job.lastStatus;
          if (!status) return <span className={cells.dim}>{t('jobs.neverRun')}</span>;
          return (
            <div className={cells.stack}>
              <StatusBadge status={status} size="sm" />
              {job.lastRunAt ? (
                <span className={cells.minor}>
                  <Relative at={job.lastRunAt} zone={job.timezone} />
                </span>
              ) : null}
            </div>
          );
        },
      },
      {
        key: 'runs',
        header: t('jobs.column.runs'),
        phone: 'hide',
        render: (job) => <LastRuns jobId={job.id} />,
      },
      {
        key: 'priority',
        header: t('jobs.column.priority'),
        sort: 'priority',
        align: 'end',
        phone: 'hide',
        render: (job) =>
          job.priority > 5 ? <Badge variant="light">{format.number(job.priority)}</Badge> : format.number(job.priority),
      },
      { key: 'owner', header: t('jobs.column.owner'), phone: 'hide', render: (job) => <bdi>{job.ownerName}</bdi> },
      {
        key: 'number',
        header: t('jobs.column.number'),
        align: 'end',
        phone: 'hide',
        render: (job) => <bdi dir="ltr">{job.id}</bdi>,
      },
      {
        key: 'kind',
        header: t('jobs.column.kind'),
        phone: 'hide',
        render: (job) => t(`schedule.kind.${job.jobTypeName}`),
      },
      {
        key: 'tags',
        header: t('jobs.column.tags'),
        phone: 'hide',
        render: (job) => <bdi>{job.tags.join(' · ')}</bdi>,
      },
      {
        key: 'created',
        header: t('jobs.column.created'),
        sort: 'createdAt',
        phone: 'hide',
        render: (job) => <Time at={job.createdAt} />,
      },
      {
        key: 'changed',
        header: t('jobs.column.changed'),
        sort: 'updatedAt',
        phone: 'hide',
        render: (job) => <Relative at={job.updatedAt} />,
      },
      {
        key: 'actions',
        header: '',
        pinned: true,
        align: 'end',
        phone: 'foot',
        render: (job) => <JobActions job={job} doing={doing} />,
      },
    ];
  }, [doing, taskOf, taskName, localized, format]);
}

function PrimaryMark({ label }: { label: string }) {
  const hint = useHint(() => label);
  return (
    <>
      <span role="img" aria-label={label} {...hint.target}>
        <IconLock size={14} />
      </span>
      {hint.shown}
    </>
  );
}

function LastRuns({ jobId }: { jobId: number }) {
  const runs = useContext(Sparks).get(jobId);
  return runs && runs.length > 0 ? <Sparkline runs={runs} /> : <span className={cells.dim}>—</span>;
}
