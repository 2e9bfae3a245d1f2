import { useMemo } from 'react';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { Formatter } from './formatter';

export function useFormat(): Formatter {
  const { preferences } = usePreferences();
  return useMemo(
    () => new Formatter(preferences.language, preferences.digits),
    [preferences.language, preferences.digits],
  );
}

/** Picks the member of a bilingual pair that suits the viewer, falling back to the other one. */
export function useLocalized(): (pair: { en?: string | null; ar?: string | null } | null | undefined) => string {
  const { preferences } = usePreferences();
  return useMemo(
    () => (pair) => (preferences.language === 'ar' ? pair?.ar || pair?.en : pair?.en || pair?.ar) || '',
    [preferences.language],
  );
}
