import { useState } from 'react';
import type { Job } from '@/api/model';
import { isolate } from '@/shared/format/formatter';
import { JobMenu } from './JobMenu';
import type { JobDoing } from './jobDoing';
import { Dots } from './RowMenu';

/** What can be done with one job, in a row and on the job's own page: three dots, and a menu once they are pressed. */
export function JobActions({ job, doing, onDeleted }: { job: Job; doing: JobDoing; onDeleted?: () => void }) {
  const [wanted, setWanted] = useState(false);
  return wanted ? (
    <JobMenu job={job} onDeleted={onDeleted} />
  ) : (
    <Dots label={doing.t('jobs.actionsOf', { name: isolate(doing.nameOf(job)) })} onClick={() => setWanted(true)} />
  );
}
