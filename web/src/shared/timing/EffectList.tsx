import { Badge, Group, Stack, Table, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CalendarChange, CalendarPreview } from '@/api/model';
import { isolate } from '@/shared/format/formatter';
import { useFormat } from '@/shared/format/useFormat';
import { statusColor } from '@/ui/StatusBadge';

const reasons = [
  'calendar',
  'no_business_day',
  'no_business_day_in_reach',
  'outside_window',
  'no_window_in_reach',
  'moved_to_business_day',
  'waits_for_window',
] as const;

const tones = { kept: 'success', skipped: 'skipped', moved: 'pending' } as const;

/** What calendars and windows make of the instants of a schedule: the counts, and each instant that does not stay. */
export function EffectList({ preview, zone }: { preview: CalendarPreview; zone: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const changed = preview.items.filter(({ outcome }) => outcome !== 'kept');
  return (
    <Stack gap="sm" aria-live="polite">
      <Group gap="xs">
        {(['kept', 'skipped', 'moved'] as const).map((outcome) => (
          <Badge
            key={outcome}
            styles={{
              root: {
                background: statusColor(tones[outcome], 'tint'),
                color: statusColor(tones[outcome], 'text'),
              },
            }}
          >
            {t(`timing.outcome.${outcome}`)} {format.number(preview[outcome])}
          </Badge>
        ))}
      </Group>
      {preview.truncated ? (
        <Text fz="sm" c="dimmed">
          {t('timing.truncated')}
        </Text>
      ) : null}
      {changed.length === 0 ? (
        <Text c="dimmed">{t('timing.nothingChanges')}</Text>
      ) : (
        <Table.ScrollContainer minWidth={420} mah={380} type="native" tabIndex={0}>
          <Table fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('timing.due')}</Table.Th>
                <Table.Th>{t('timing.becomes')}</Table.Th>
                <Table.Th>{t('timing.why')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {changed.slice(0, 200).map((change) => (
                <Table.Tr key={change.at}>
                  <Table.Td>{format.date(change.at, 'full', zone)}</Table.Td>
                  <Table.Td>
                    {change.outcome === 'moved'
                      ? format.date(change.to, 'full', zone)
                      : t(`timing.outcome.${change.outcome}`)}
                  </Table.Td>
                  <Table.Td>
                    <Reason change={change} />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </Stack>
  );
}

function Reason({ change }: { change: CalendarChange }) {
  const { t } = useTranslation();
  const reason = reasons.find((word) => word === change.reason);
  const names = [change.calendar, change.entry].filter(Boolean) as string[];
  return (
    <>
      {reason ? t(`timing.reason.${reason}`) : change.reason}
      {names.length > 0 ? ` · ${names.map(isolate).join(' · ')}` : null}
    </>
  );
}
