import { useDirection, useMantineColorScheme } from '@mantine/core';
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { activateLanguage, i18n } from '@/i18n';
import {
  browserZone,
  directionOf,
  loadPreferences,
  mergePreferences,
  type Preferences,
  savePreferences,
} from './preferences';

/** In which zone times are written: each job's own, the viewer's, or UTC. */
export type ZoneMode = 'job' | 'mine' | 'utc';

interface PreferencesContextValue {
  preferences: Preferences;
  /** The viewer's zone, resolved. */
  myZone: string;
  zoneMode: ZoneMode;
  setZoneMode(mode: ZoneMode): void;
  /** Changes what is shown now; saving to the account is the caller's choice. */
  change(patch: { [K in keyof Preferences]?: unknown }): void;
}

const PreferencesContext = createContext<PreferencesContextValue | null>(null);
const zoneModeKey = 'orloj.zoneMode';

function loadZoneMode(): ZoneMode {
  try {
    const stored = localStorage.getItem(zoneModeKey);
    return stored === 'job' || stored === 'utc' ? stored : 'mine';
  } catch {
    return 'mine';
  }
}

export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [preferences, setPreferences] = useState(loadPreferences);
  const [zoneMode, setZoneModeState] = useState<ZoneMode>(loadZoneMode);

  const change = useCallback((patch: { [K in keyof Preferences]?: unknown }) => {
    setPreferences((current) => {
      const next = mergePreferences(current, patch);
      savePreferences(next);
      return next;
    });
  }, []);

  const setZoneMode = useCallback((mode: ZoneMode) => {
    setZoneModeState(mode);
    try {
      localStorage.setItem(zoneModeKey, mode);
    } catch {
      // Forgotten on reload, nothing worse.
    }
  }, []);

  // The words must be there before the language changes, or the page would flash its keys.
  const [shownLanguage, setShownLanguage] = useState(i18n.language as Preferences['language']);
  useEffect(() => {
    let current = true;
    activateLanguage(preferences.language).then(() => {
      if (current) setShownLanguage(preferences.language);
    });
    return () => {
      current = false;
    };
  }, [preferences.language]);

  const { setDirection } = useDirection();
  useEffect(() => {
    document.documentElement.lang = shownLanguage;
    setDirection(directionOf(shownLanguage));
  }, [shownLanguage, setDirection]);

  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => setColorScheme(preferences.theme), [preferences.theme, setColorScheme]);

  const value = useMemo<PreferencesContextValue>(
    () => ({
      preferences: { ...preferences, language: shownLanguage },
      myZone: preferences.timezone || browserZone(),
      zoneMode,
      setZoneMode,
      change,
    }),
    [preferences, shownLanguage, zoneMode, setZoneMode, change],
  );

  return <PreferencesContext.Provider value={value}>{children}</PreferencesContext.Provider>;
}

export function usePreferences(): PreferencesContextValue {
  const value = useContext(PreferencesContext);
  if (!value) throw new Error('usePreferences outside PreferencesProvider');
  return value;
}
