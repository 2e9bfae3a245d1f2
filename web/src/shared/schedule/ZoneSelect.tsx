import { Select } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { zoneOffset } from '@/shared/format/formatter';
import { browserZone } from '@/shared/preferences/preferences';

/** Every zone the browser knows, the likely ones first. */
export function ZoneSelect({
  value,
  onChange,
  label,
  error,
  emptyLabel,
}: {
  value: string;
  onChange(value: string): void;
  label: string;
  error?: string | undefined;
  emptyLabel?: string;
}) {
  const { t } = useTranslation();
  const data = useMemo(() => {
    const known = Intl.supportedValuesOf('timeZone');
    const likely = [...new Set(['UTC', browserZone(), ...(value ? [value] : [])])];
    const rest = known.filter((zone) => !likely.includes(zone));
    return [
      {
        group: t('schedule.likelyZones'),
        items: [
          ...(emptyLabel ? [{ value: '', label: emptyLabel }] : []),
          ...likely.map((zone) => ({ value: zone, label: zone })),
        ],
      },
      { group: t('schedule.allZones'), items: rest.map((zone) => ({ value: zone, label: zone })) },
    ];
  }, [value, t, emptyLabel]);
  return (
    <Select
      label={label}
      data={data}
      value={value}
      onChange={(zone) => onChange(zone ?? 'UTC')}
      searchable
      limit={60}
      maxDropdownHeight={320}
      error={error}
      description={value ? <bdi dir="ltr">{zoneOffset(value, Date.now())}</bdi> : undefined}
      nothingFoundMessage={t('palette.empty')}
    />
  );
}
