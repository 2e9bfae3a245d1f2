import { VisuallyHidden } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Chain, ChainJob, OnEnd } from '@/api/model';
import { paths } from '@/paths';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { LinkBox } from '@/ui/links';
import { StatusBadge, statusColor } from '@/ui/StatusBadge';
import classes from './chain.module.css';
import { boxSize, draw } from './chainGraph';

const statusOf: Record<OnEnd, string> = { success: 'success', failure: 'failed', completion: 'pending' };

/** The jobs as boxes that are links, in the order of time; lines and their words are for the eye, each box says them in words. */
export function ChainGraph({ chain }: { chain: Chain }) {
  const { t, i18n } = useTranslation();
  const mirrored = i18n.dir() === 'rtl';
  const picture = useMemo(() => draw(chain, mirrored), [chain, mirrored]);
  const jobs = new Map(chain.jobs.map((job) => [job.id, job]));
  return (
    <section className={classes.scroll} tabIndex={0} aria-label={t('chain.graph')}>
      <div className={classes.canvas} style={{ width: picture.width, height: picture.height }}>
        <svg className={classes.lines} width={picture.width} height={picture.height} aria-hidden="true">
          {picture.lines.map((line) => (
            <g key={`${line.from} ${line.to}`}>
              <path
                className={classes.line}
                data-on={line.on}
                d={line.path}
                style={{ stroke: statusColor(statusOf[line.on]) }}
              />
              <polygon points={line.head} style={{ fill: statusColor(statusOf[line.on]) }} />
            </g>
          ))}
          {picture.lines.map((line) => (
            <text
              key={`${line.from} ${line.to}`}
              className={classes.word}
              x={line.label.x}
              y={line.label.y}
              style={{ fill: statusColor(statusOf[line.on], 'text') }}
            >
              {t(`chain.on.${line.on}`)}
            </text>
          ))}
        </svg>
        <ol className={classes.nodes}>
          {picture.boxes.map(({ id, x, y }) => {
            const job = jobs.get(id);
            return job ? (
              <li key={id} className={classes.place} style={{ left: x, top: y, ...boxSize }}>
                <Node job={job} own={id === chain.jobId} jobs={jobs} />
              </li>
            ) : null;
          })}
        </ol>
      </div>
    </section>
  );
}

function Node({ job, own, jobs }: { job: ChainJob; own: boolean; jobs: Map<number, ChainJob> }) {
  const { t } = useTranslation();
  const name = useChainName();
  const after = useAfterText();
  const status = job.currentExecutionStatus ?? job.lastStatus;
  const rest = job.isDeleted ? 'deleted' : job.isPaused ? 'paused' : job.isEnabled ? null : 'disabled';
  const inside = (
    <>
      <bdi className={classes.name}>{name(job)}</bdi>
      <span className={classes.state}>
        {status ? <StatusBadge status={status} size="sm" /> : t('jobs.neverRun')}
        {rest ? <span>{t(`chain.rest.${rest}`)}</span> : null}
      </span>
      <VisuallyHidden>{after(job, jobs)}</VisuallyHidden>
    </>
  );
  const marks = { 'data-own': own || undefined, 'data-resting': rest ? true : undefined };
  if (job.isDeleted)
    return (
      <div className={classes.node} {...marks}>
        {inside}
      </div>
    );
  return (
    <LinkBox
      className={classes.node ?? ''}
      to={paths.job}
      params={{ jobId: String(job.id) }}
      search={{ tab: 'chain' }}
      aria-current={own ? 'true' : undefined}
      {...marks}
    >
      {inside}
    </LinkBox>
  );
}

export function useChainName(): (job: ChainJob) => string {
  const localized = useLocalized();
  return (job) => localized({ en: job.name, ar: job.nameAr ?? null });
}

/** "After Import (on success) and Check (at every end)"; nothing for a job that follows none. */
export function useAfterText(): (job: ChainJob, jobs: Map<number, ChainJob>) => string {
  const { t } = useTranslation();
  const format = useFormat();
  const name = useChainName();
  return (job, jobs) => {
    const parts = (job.after?.parents ?? []).map(({ jobId, on }) => {
      const parent = jobs.get(jobId);
      return `\u2068${parent ? name(parent) : `#${jobId}`}\u2069 (${t(`chain.on.${on}`)})`;
    });
    return parts.length > 0 ? t('chain.after', { jobs: format.list(parts) }) : '';
  };
}
