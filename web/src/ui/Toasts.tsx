import { CloseButton, Text } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { currentToasts, hideToast, subscribeToasts } from './toast';
import classes from './toasts.module.css';

/** The messages, read out by screen readers as they come. */
export function Toasts() {
  const { t } = useTranslation();
  const toasts = useSyncExternalStore(subscribeToasts, currentToasts);
  return (
    <section className={classes.stack} aria-live="polite" aria-label={t('toasts.label')} data-noprint>
      {toasts.map((toast) => (
        <div
          key={toast.id}
          className={classes.toast}
          data-tone={toast.tone}
          role={toast.tone === 'failed' ? 'alert' : undefined}
        >
          <div className={classes.body}>
            {toast.title ? <Text fw={600}>{toast.title}</Text> : null}
            <Text component="div">{toast.message}</Text>
          </div>
          <CloseButton size="sm" aria-label={t('action.close')} onClick={() => hideToast(toast.id)} />
        </div>
      ))}
    </section>
  );
}
