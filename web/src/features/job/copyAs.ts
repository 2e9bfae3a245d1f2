/** A job as text for other places: a request, a command, a file. Pure, so the quoting is tested. */
import type { Job } from '@/api/model';
import { draftOf, fieldsOf } from '@/shared/schedule/draft';

export function definitionOf(job: Job): Record<string, unknown> {
  const definition: Record<string, unknown> = {
    taskFunctionKey: job.taskFunctionKey,
    nameEn: job.nameEn,
    nameAr: job.nameAr,
    descriptionEn: job.descriptionEn,
    descriptionAr: job.descriptionAr,
    ...fieldsOf(draftOf(job)),
    calendars: some(job.calendars),
    executionWindows: some(job.executionWindows),
    outsideWindows: job.executionWindows.length > 0 ? job.outsideWindows : undefined,
    after: job.after,
    parameters: job.parameters,
    priority: job.priority,
    maxInstances: job.maxInstances,
    misfireGraceTime: job.misfireGraceTime,
    coalesce: job.coalesce,
    overlap: job.overlap,
    delivery: job.delivery,
    timeoutSeconds: job.timeoutSeconds,
    retryPolicy: (job.retryPolicy.maxAttempts ?? 1) > 1 ? job.retryPolicy : undefined,
    notifications: some(job.notifications),
    tags: some(job.tags),
  };
  return Object.fromEntries(Object.entries(definition).filter(([, value]) => value !== null && value !== undefined));
}

function some<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

export function asCurl(job: Job, origin: string): string {
  return [
    `curl -X POST ${origin}/api/v1/scheduler/jobs/${job.id}/run \\`,
    `  -H "Authorization: Bearer $ORLOJ_TOKEN" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d ${shellQuote('{}')}`,
  ].join('\n');
}

export function asCommand(job: Job): string {
  return `orloj job run ${job.id}`;
}

export function asYaml(value: unknown, indent = ''): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []';
    return value.map((entry) => `\n${indent}-${asYaml(entry, `${indent}  `)}`).join('');
  }
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value);
    if (entries.length === 0) return ' {}';
    return entries
      .map(
        ([name, entry]) =>
          `\n${indent}${/^[A-Za-z_][\w-]*$/.test(name) ? name : JSON.stringify(name)}:${asYaml(entry, `${indent}  `)}`,
      )
      .join('');
  }
  if (typeof value === 'string') {
    if (value.includes('\n'))
      return ` |${value.endsWith('\n') ? '' : '-'}${value
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => `\n${indent}${line}`)
        .join('')}`;
    return ` ${JSON.stringify(value)}`;
  }
  return ` ${String(value)}`;
}

export function jobYaml(job: Job): string {
  return `${asYaml(definitionOf(job)).trimStart()}\n`;
}
