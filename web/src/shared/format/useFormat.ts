import { useMemo } from 'react';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { Formatter } from './formatter';

const formatters = new Map<string, Formatter>();

/** One formatter for all: the browser's own are costly to make, and each row of a long list would make its own. */
export function useFormat(): Formatter {
  const { language, digits } = usePreferences().preferences;
  const key = `${language}|${digits}`;
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = new Formatter(language, digits);
    formatters.set(key, formatter);
  }
  return formatter;
}

/** Picks the member of a bilingual pair that suits the viewer, falling back to the other one. */
export function useLocalized(): (pair: { en?: string | null; ar?: string | null } | null | undefined) => string {
  const { preferences } = usePreferences();
  return useMemo(
    () => (pair) => (preferences.language === 'ar' ? pair?.ar || pair?.en : pair?.en || pair?.ar) || '',
    [preferences.language],
  );
}
