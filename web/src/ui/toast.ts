/** Short messages at the edge of the page. A list in memory; `Toasts` draws it. */
import type { ReactNode } from 'react';
import { isProblem } from '@/api/problem';
import { i18n } from '@/i18n';

export interface Toast {
  id: number;
  message: ReactNode;
  title?: string;
  tone: 'success' | 'failed' | 'pending';
}

const listeners = new Set<() => void>();
let toasts: readonly Toast[] = [];
let nextId = 1;

export function subscribeToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function currentToasts(): readonly Toast[] {
  return toasts;
}

function change(next: readonly Toast[]): void {
  toasts = next;
  for (const notify of listeners) notify();
}

export function hideToast(id: number): void {
  change(toasts.filter((toast) => toast.id !== id));
}

/** Shows a message for a while and answers its number. `body` may need the number, to offer a button that closes it. */
export function showToast(body: (id: number) => Omit<Toast, 'id'>, milliseconds = 5000): number {
  const id = nextId;
  nextId += 1;
  change([...toasts.slice(-3), { id, ...body(id) }]);
  setTimeout(() => hideToast(id), milliseconds);
  return id;
}

/** What to tell a person about a failure: the server's own words when it gave any. */
export function failureText(error: unknown): string {
  if (isProblem(error)) {
    if (error.unreachable) return i18n.t('problem.unreachable');
    return error.detail || error.title || i18n.t('problem.status', { status: error.status });
  }
  return i18n.t('problem.unknown');
}

export function toastSuccess(message: string): void {
  showToast(() => ({ message, tone: 'success' }));
}

export function toastFailure(error: unknown): void {
  showToast(() => ({ title: i18n.t('problem.title'), message: failureText(error), tone: 'failed' }), 9000);
}
