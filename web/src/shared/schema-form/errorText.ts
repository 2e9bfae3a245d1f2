import { useTranslation } from 'react-i18next';
import { useFormat } from '@/shared/format/useFormat';
import type { FormError } from './validate';

const known = [
  'required',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'pattern',
  'format',
  'enum',
  'type',
  'minItems',
  'maxItems',
  'uniqueItems',
  'additionalProperties',
] as const;

/** One sentence that says what is wrong and what would be right. */
export function useErrorText(): (error: FormError) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ code, limit, detail }) => {
    if (detail) return detail;
    const keyword = known.find((candidate) => candidate === code);
    if (!keyword) return t('form.error.other');
    const shown = typeof limit === 'number' ? format.number(limit) : (limit ?? '');
    return t(`form.error.${keyword}`, { limit: shown });
  };
}
