import { UnstyledButton, VisuallyHidden } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { CalendarJob } from '@/api/stats';
import type { Formatter } from '@/shared/format/formatter';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { useShownZone } from '@/shared/time/Time';
import classes from './calendar.module.css';

function toneOf(job: CalendarJob): string {
  if (job.failed > 0) return 'failed';
  if (job.missed > 0) return 'missed';
  return job.total > 0 ? 'success' : 'coming';
}

export function tallyOf(job: CalendarJob, t: TFunction, format: Formatter): string {
  const parts: string[] = [];
  if (job.success > 0) parts.push(`${t('status.success')} ${format.number(job.success)}`);
  if (job.failed > 0) parts.push(`${t('status.failed')} ${format.number(job.failed)}`);
  if (job.missed > 0) parts.push(`${t('status.missed')} ${format.number(job.missed)}`);
  if (job.skipped > 0) parts.push(`${t('status.skipped')} ${format.number(job.skipped)}`);
  if (job.upcoming > 0) parts.push(`${t('calendar.upcoming')} ${format.number(job.upcoming)}`);
  return parts.join(' · ');
}

export function CalendarDay({
  label,
  number,
  weekday,
  jobs,
  today,
  outside,
  limit,
  onOpen,
}: {
  label: string;
  number: string;
  weekday: string;
  jobs: CalendarJob[];
  today: boolean;
  outside: boolean;
  limit: number;
  onOpen(): void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const zone = useShownZone();
  const { myZone } = usePreferences();
  const shown = jobs.slice(0, limit);
  return (
    <UnstyledButton
      className={classes.day ?? ''}
      data-today={today || undefined}
      data-outside={outside || undefined}
      data-empty={jobs.length === 0 || undefined}
      onClick={onOpen}
    >
      <VisuallyHidden>{`${label}: ${t('calendar.jobs', { count: jobs.length, n: format.number(jobs.length) })}`}</VisuallyHidden>
      <span className={classes.number} aria-hidden="true">
        {number}
        <span className={classes.weekday}> {weekday}</span>
      </span>
      {shown.map((job) => {
        const count = job.total + job.upcoming;
        return (
          <span key={job.jobId} className={classes.job} data-tone={toneOf(job)}>
            <span className={classes.name} dir="auto">
              {localized({ en: job.jobName, ar: job.jobNameAr ?? null })}
            </span>
            <span className={classes.count}>
              {count === 1 && job.firstAt
                ? format.date(job.firstAt, 'time', zone || myZone)
                : `×${format.number(count)}`}
            </span>
          </span>
        );
      })}
      {jobs.length > limit ? (
        <span className={classes.more}>
          {t('calendar.more', { count: jobs.length - limit, n: format.number(jobs.length - limit) })}
        </span>
      ) : null}
    </UnstyledButton>
  );
}
