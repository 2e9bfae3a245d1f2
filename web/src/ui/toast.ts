import { notifications } from '@mantine/notifications';
import { isProblem } from '@/api/problem';
import { i18n } from '@/i18n';

/** What to tell a person about a failure: the server's own words when it gave any. */
export function failureText(error: unknown): string {
  if (isProblem(error)) {
    if (error.unreachable) return i18n.t('problem.unreachable');
    return error.detail || error.title || i18n.t('problem.status', { status: error.status });
  }
  return i18n.t('problem.unknown');
}

export function toastSuccess(message: string): void {
  notifications.show({ message, color: 'green', withBorder: true });
}

export function toastFailure(error: unknown): void {
  notifications.show({
    title: i18n.t('problem.title'),
    message: failureText(error),
    color: 'red',
    withBorder: true,
    autoClose: 9000,
  });
}
