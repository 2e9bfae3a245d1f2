import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChannelKind } from '@/api/model';
import type { Schema } from '@/shared/schema-form/model';

/** What the settings of each kind are, as a form; the server checks them and has the last word. */
export function useChannelSchema(kind: ChannelKind): Schema {
  const { t } = useTranslation();
  return useMemo<Schema>(() => {
    const text = (title: string, help: string, more: Record<string, unknown> = {}) => ({
      title: { en: title, ar: title },
      help: { en: help, ar: help },
      ...more,
    });
    if (kind === 'mail')
      return {
        type: 'object',
        additionalProperties: false,
        required: ['connection', 'recipients'],
        properties: {
          connection: {
            type: 'string',
            minLength: 1,
            'x-ui': text(t('notify.mail.connection'), t('notify.mail.connectionHelp'), {
              widget: 'connection',
              kinds: ['smtp'],
              order: 1,
            }),
          },
          recipients: {
            type: 'array',
            minItems: 1,
            items: { type: 'string', minLength: 3 },
            'x-ui': text(t('notify.mail.recipients'), '', { ltr: true, order: 2 }),
          },
          replyTo: {
            type: 'string',
            minLength: 3,
            'x-ui': text(t('notify.mail.replyTo'), '', { ltr: true, order: 3 }),
          },
        },
      };
    const properties: Record<string, Schema> = {
      url: {
        type: 'string',
        minLength: 8,
        'x-ui': text(t('notify.web.url'), kind === 'slack' ? t('notify.web.slackHelp') : '', {
          ltr: true,
          order: 1,
          ...(kind === 'slack' ? { widget: 'secret' } : {}),
        }),
      },
    };
    if (kind === 'webhook')
      properties.secret = {
        type: 'string',
        minLength: 1,
        'x-ui': text(t('notify.web.secret'), t('notify.web.secretHelp'), { widget: 'secret', order: 2 }),
      };
    return { type: 'object', additionalProperties: false, required: ['url'], properties };
  }, [kind, t]);
}
