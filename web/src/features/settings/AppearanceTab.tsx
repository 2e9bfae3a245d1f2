import { Select, SimpleGrid, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSaveAccount } from '@/api/account';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { browserZone, type Preferences, type Weekday } from '@/shared/preferences/preferences';
import { weekdays } from '@/shared/schedule/draft';
import { ZoneSelect } from '@/shared/schedule/ZoneSelect';
import { useNow } from '@/shared/time/now';

export function AppearanceTab() {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const { preferences, change, myZone } = usePreferences();
  const save = useSaveAccount();
  const set = (patch: Partial<Preferences>) => {
    change(patch);
    save.mutate(patch);
  };
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} maw={900}>
        <Select
          label={t('language.label')}
          data={(['en', 'ar'] as const).map((value) => ({ value, label: t(`language.${value}`) }))}
          value={preferences.language}
          onChange={(value) => set({ language: value as Preferences['language'] })}
        />
        <Select
          label={t('theme.label')}
          data={(['light', 'dark', 'auto'] as const).map((value) => ({ value, label: t(`theme.${value}`) }))}
          value={preferences.theme}
          onChange={(value) => set({ theme: value as Preferences['theme'] })}
        />
        <ZoneSelect
          label={t('settings.timezone')}
          value={preferences.timezone}
          emptyLabel={t('settings.browserZone', { zone: `\u2068${browserZone()}\u2069` })}
          onChange={(timezone) => set({ timezone })}
        />
        <Select
          label={t('settings.digits')}
          description={t('settings.digitsHelp')}
          data={[
            { value: 'latn', label: isolate('0 1 2 3 4 5') },
            { value: 'arab', label: isolate('٠ ١ ٢ ٣ ٤ ٥') },
          ]}
          value={preferences.digits}
          onChange={(value) => set({ digits: value as Preferences['digits'] })}
        />
        <Select
          label={t('settings.firstDay')}
          description={'\u00a0'}
          descriptionProps={{ visibleFrom: 'sm' }}
          data={weekdays.map((day, index) => ({ value: String(index), label: t(`weekday.${day}`) }))}
          value={String(preferences.firstDayOfWeek)}
          onChange={(value) => set({ firstDayOfWeek: Number(value) as Weekday })}
        />
      </SimpleGrid>
      <Text c="dimmed" mt="md">
        {t('settings.sample', { date: format.date(now, 'full', myZone) })}
      </Text>
    </>
  );
}
