/** What a person may choose about how things look. Kept in the browser so the first paint is right, and in the account so it follows them. */

export type Language = 'en' | 'ar';
export type Digits = 'latn' | 'arab';
export type Theme = 'light' | 'dark' | 'auto';
/** 0 = Sunday … 6 = Saturday, as `Date.getDay()` counts. */
export type Weekday = 0 | 1 | 2 | 3 | 4 | 5 | 6;

export interface Preferences {
  language: Language;
  /** IANA name; empty means the browser's zone. */
  timezone: string;
  digits: Digits;
  firstDayOfWeek: Weekday;
  theme: Theme;
}

const storageKey = 'orloj.preferences';

export function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
}

export function browserLanguage(languages: readonly string[] = navigator.languages): Language {
  for (const tag of languages) {
    const primary = tag.toLowerCase().split('-')[0];
    if (primary === 'ar' || primary === 'en') return primary;
  }
  return 'en';
}

export function defaultPreferences(language: Language = browserLanguage()): Preferences {
  return { language, timezone: '', digits: 'latn', firstDayOfWeek: language === 'ar' ? 6 : 1, theme: 'auto' };
}

export function loadPreferences(): Preferences {
  const defaults = defaultPreferences();
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? 'null');
    return stored && typeof stored === 'object' ? mergePreferences(defaults, stored as Partial<Preferences>) : defaults;
  } catch {
    return defaults;
  }
}

export function savePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(storageKey, JSON.stringify(preferences));
  } catch {
    // A browser that refuses storage still works; it only forgets.
  }
}

/** Takes over only the known members that hold known values, whoever sent them. */
export function mergePreferences(base: Preferences, patch: { [K in keyof Preferences]?: unknown }): Preferences {
  const next = { ...base };
  if (patch.language === 'en' || patch.language === 'ar') next.language = patch.language;
  if (patch.digits === 'latn' || patch.digits === 'arab') next.digits = patch.digits;
  if (patch.theme === 'light' || patch.theme === 'dark' || patch.theme === 'auto') next.theme = patch.theme;
  if (typeof patch.timezone === 'string' && (patch.timezone === '' || isZone(patch.timezone)))
    next.timezone = patch.timezone;
  const day = patch.firstDayOfWeek;
  if (typeof day === 'number' && Number.isInteger(day) && day >= 0 && day <= 6) next.firstDayOfWeek = day as Weekday;
  return next;
}

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return name.length > 0;
  } catch {
    return false;
  }
}

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}
