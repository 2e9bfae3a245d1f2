import { Badge, Group, Stack, Text, Tooltip } from '@mantine/core';
import { IconLock, IconPlayerPause } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useTaskFunctions } from '@/api/catalogue';
import { useJobName } from '@/api/jobs';
import type { Job } from '@/api/model';
import type { SparkRun } from '@/api/stats';
import { paths } from '@/paths';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { Relative } from '@/shared/time/Time';
import type { Column } from '@/ui/DataTable';
import { EnabledSwitch } from '@/ui/EnabledSwitch';
import { JobActions } from '@/ui/JobActions';
import { LinkAnchor } from '@/ui/links';
import { ScheduleText } from '@/ui/ScheduleText';
import { Sparkline } from '@/ui/Sparkline';
import { StatusBadge } from '@/ui/StatusBadge';
import { TaskIcon } from '@/ui/TaskIcon';

export function useJobColumns(sparks: Map<number, SparkRun[]>): Column<Job>[] {
  const { t } = useTranslation();
  const tasks = useTaskFunctions();
  const localized = useLocalized();
  const format = useFormat();
  const jobName = useJobName();
  return [
    { key: 'enabled', header: t('jobs.column.enabled'), phone: 'foot', render: (job) => <EnabledSwitch job={job} /> },
    {
      key: 'name',
      header: t('jobs.column.name'),
      sort: 'name',
      phone: 'title',
      render: (job) => {
        const description = localized({ en: job.descriptionEn ?? null, ar: job.descriptionAr ?? null });
        return (
          <Stack gap={0} maw={340} miw={180} align="flex-start">
            <Group gap={6} wrap="nowrap">
              <LinkAnchor
                to={paths.job}
                params={{ jobId: String(job.id) }}
                data-row-link
                fw={600}
                lineClamp={2}
                dir="auto"
              >
                {jobName(job)}
              </LinkAnchor>
              {job.isPrimary ? (
                <Tooltip label={t('jobs.primary')}>
                  <IconLock size={14} role="img" aria-label={t('jobs.primary')} />
                </Tooltip>
              ) : null}
            </Group>
            {job.isPaused ? (
              <Badge mt={2} size="sm" color="orange" variant="light" leftSection={<IconPlayerPause size={11} />}>
                {t('jobs.paused')}
              </Badge>
            ) : null}
            {description ? (
              <Text fz="xs" c="dimmed" lineClamp={1} dir="auto">
                {description}
              </Text>
            ) : null}
          </Stack>
        );
      },
    },
    {
      key: 'task',
      header: t('jobs.column.task'),
      render: (job) => (
        <Group gap={6} wrap="nowrap">
          <TaskIcon name={tasks.find(job.taskFunctionKey)?.icon} size={16} />
          <Text inherit lineClamp={2} miw={80}>
            {tasks.name(job.taskFunctionKey)}
          </Text>
        </Group>
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
        if (!status)
          return (
            <Text inherit c="dimmed">
              {t('jobs.neverRun')}
            </Text>
          );
        return (
          <Stack gap={2} align="flex-start">
            <StatusBadge status={status} size="sm" />
            {job.lastRunAt ? (
              <Text fz="xs" c="dimmed">
                <Relative at={job.lastRunAt} zone={job.timezone} />
              </Text>
            ) : null}
          </Stack>
        );
      },
    },
    {
      key: 'runs',
      header: t('jobs.column.runs'),
      phone: 'hide',
      render: (job) => {
        const runs = sparks.get(job.id);
        return runs && runs.length > 0 ? (
          <Sparkline runs={runs} />
        ) : (
          <Text inherit c="dimmed">
            —
          </Text>
        );
      },
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
      key: 'actions',
      header: '',
      pinned: true,
      align: 'end',
      phone: 'foot',
      render: (job) => <JobActions job={job} />,
    },
  ];
}
