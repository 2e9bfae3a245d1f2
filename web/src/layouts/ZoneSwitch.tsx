import { SegmentedControl, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { usePreferences, type ZoneMode } from '@/shared/preferences/PreferencesProvider';

/** One choice of time zone for every time on the page. */
export function ZoneSwitch() {
  const { t } = useTranslation();
  const { zoneMode, setZoneMode, myZone } = usePreferences();
  return (
    <Tooltip label={zoneMode === 'mine' ? myZone : zoneMode === 'utc' ? t('zone.utc') : t('zone.jobHelp')}>
      <SegmentedControl
        size="xs"
        aria-label={t('zone.label')}
        value={zoneMode}
        onChange={(value) => setZoneMode(value as ZoneMode)}
        data={[
          { value: 'job', label: t('zone.job') },
          { value: 'mine', label: t('zone.mine') },
          { value: 'utc', label: t('zone.utc') },
        ]}
      />
    </Tooltip>
  );
}
