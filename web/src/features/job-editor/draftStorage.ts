/** A half-written job survives a closed tab. Secrets are left out: browser storage is not a place for them. */
import type { TaskFunction } from '@/api/model';
import { readSchema } from '@/shared/schema-form/model';
import { emptyForm, type JobForm } from './form';

const storageKey = 'orloj.jobDraft';

export function saveDraft(form: JobForm, task: TaskFunction | undefined): void {
  try {
    if (!form.taskFunctionKey) return;
    const secret = new Set(
      task
        ? readSchema(task.schema)
            .members.filter(({ ui }) => ui.widget === 'secret')
            .map(({ name }) => name)
        : [],
    );
    const parameters = Object.fromEntries(Object.entries(form.parameters).filter(([name]) => !secret.has(name)));
    localStorage.setItem(storageKey, JSON.stringify({ ...form, parameters }));
  } catch {
    // No storage, no draft.
  }
}

export function loadDraft(timezone: string): JobForm | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? 'null');
    if (!stored || typeof stored !== 'object' || !('taskFunctionKey' in stored)) return null;
    const base = emptyForm(timezone);
    const draft = stored as Partial<JobForm>;
    return {
      ...base,
      ...draft,
      schedule: { ...base.schedule, ...draft.schedule },
      options: { ...base.options, ...draft.options },
    };
  } catch {
    return null;
  }
}

export function dropDraft(): void {
  try {
    localStorage.removeItem(storageKey);
  } catch {
    // Nothing to drop then.
  }
}
