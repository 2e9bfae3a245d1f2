import { Alert, Badge, Group, Skeleton, Stack, Table, Text } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { PreviewRequest } from '@/api/model';
import { isProblem } from '@/api/problem';
import { previewQuery } from '@/api/schedules';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { usePreferences } from '@/shared/preferences/PreferencesProvider';
import { useNow } from '@/shared/time/now';
import { failureText } from '@/ui/toast';

/** What the server makes of a schedule: words, the next runs on both clocks, and what one might regret. */
export function SchedulePreview({ request, timezone }: { request: PreviewRequest | null; timezone: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const { myZone } = usePreferences();
  const now = useNow();
  const preview = useQuery({ ...previewQuery(request), placeholderData: (previous) => previous });

  if (!request) return <Text c="dimmed">{t('schedule.incomplete')}</Text>;
  if (preview.error) {
    const fields = isProblem(preview.error) ? preview.error.fields : [];
    return (
      <Alert color="red" icon={<IconAlertTriangle />} title={t('schedule.invalid')}>
        {fields.length > 0
          ? fields.map(({ pointer, detail }) => (
              <Text key={pointer} inherit>
                {detail}
              </Text>
            ))
          : failureText(preview.error)}
      </Alert>
    );
  }
  if (!preview.data) return <Skeleton height={140} />;
  const { description, nextRuns, warnings } = preview.data;
  const both = myZone !== timezone;
  return (
    <Stack gap="sm" aria-live="polite">
      <Text fw={600} fz="md">
        {localized(description)}
      </Text>
      {warnings.map((warning) => (
        <Alert key={warning.code} color="yellow" variant="light" p="xs" icon={<IconInfoCircle size={18} />}>
          <Text fz="sm">{localized(warning.text)}</Text>
        </Alert>
      ))}
      {nextRuns.length > 0 ? (
        <Table.ScrollContainer minWidth={280} type="native" tabIndex={0}>
          <Table fz="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>
                  {t('schedule.jobZone')}{' '}
                  <Text span fz="xs" c="dimmed">
                    <bdi dir="ltr">{timezone}</bdi>
                  </Text>
                </Table.Th>
                {both ? (
                  <Table.Th>
                    {t('schedule.myZone')}{' '}
                    <Text span fz="xs" c="dimmed">
                      <bdi dir="ltr">{myZone}</bdi>
                    </Text>
                  </Table.Th>
                ) : null}
                <Table.Th visibleFrom={both ? 'xs' : undefined}>{t('schedule.inTime')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {nextRuns.map((run) => (
                <Table.Tr key={run.at}>
                  <Table.Td>
                    <Group gap={6}>
                      {format.date(run.at, 'full', timezone)}
                      {run.note === 'moved_by_gap' || run.note === 'repeated_hour' ? (
                        <Badge size="sm" color="yellow" variant="light">
                          {t(`schedule.note.${run.note}`)}
                        </Badge>
                      ) : null}
                    </Group>
                  </Table.Td>
                  {both ? <Table.Td>{format.date(run.at, 'full', myZone)}</Table.Td> : null}
                  <Table.Td c="dimmed" visibleFrom={both ? 'xs' : undefined}>
                    {format.relative(run.at, now)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      ) : (
        <Text c="dimmed">{t('schedule.noRuns')}</Text>
      )}
    </Stack>
  );
}
