import type { Job } from '@/api/model';
import { useLocalized } from '@/shared/format/useFormat';
import classes from './cells.module.css';

/** When a job runs, in words of the server; beneath it the expression it was made of. */
export function ScheduleText({ job }: { job: Pick<Job, 'scheduleText' | 'cronExpression' | 'cronFields'> }) {
  const localized = useLocalized();
  const fields = job.cronFields;
  const expression =
    job.cronExpression ??
    (fields
      ? [fields.minute, fields.hour, fields.dayOfMonth, fields.month, fields.dayOfWeek, fields.week].join(' ')
      : null);
  return (
    <div className={classes.schedule}>
      <div className={classes.clamp3}>{localized(job.scheduleText)}</div>
      {expression ? (
        <div className={`${classes.minor} ${classes.truncate}`}>
          <bdi dir="ltr" className={classes.code}>
            {expression}
          </bdi>
        </div>
      ) : null}
    </div>
  );
}
