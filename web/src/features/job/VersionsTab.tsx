import { Box, Button, Group, Select, Stack, Text } from '@mantine/core';
import { IconRestore } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUpdateJob, versionsQuery } from '@/api/jobs';
import type { Job, JobChange, JobVersion } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { DiffTable } from '@/shared/diff/DiffTable';
import { diff } from '@/shared/diff/diff';
import { useFormat } from '@/shared/format/useFormat';
import { useShownZone } from '@/shared/time/Time';
import { Confirm } from '@/ui/confirm';
import { EmptyState, ErrorState, LoadingState } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';

const scheduleMembers = [
  'intervalSeconds',
  'intervalMinutes',
  'intervalHours',
  'intervalDays',
  'cronExpression',
  'cronFields',
  'runAt',
  'recurrence',
  'manual',
];
const clearable = [
  'nameEn',
  'nameAr',
  'descriptionEn',
  'descriptionAr',
  'startAt',
  'endAt',
  'timeoutSeconds',
  'totalTimeoutSeconds',
  'tags',
  'retention',
  'retryPolicy',
  'notifications',
  'calendars',
  'executionWindows',
  'after',
];

/** A whole definition as an update: what it does not say is cleared, so nothing of the newer version stays. */
export function restoreBody(version: JobVersion): JobChange {
  const { taskFunctionId: _i, taskFunctionKey: _k, ...definition } = version.definition as Record<string, unknown>;
  const body: Record<string, unknown> = { ...definition };
  for (const name of clearable) if (!(name in body)) body[name] = null;
  if ('intervalSeconds' in body || 'intervalMinutes' in body || 'intervalHours' in body || 'intervalDays' in body) {
    for (const name of scheduleMembers.slice(0, 4)) if (!(name in body)) body[name] = null;
  }
  return body as JobChange;
}

export function VersionsTab({ job, etag }: { job: Job; etag: string | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const zone = useShownZone(job.timezone);
  const canWrite = useCanWrite();
  const query = useQuery(versionsQuery(job.id));
  const update = useUpdateJob(job.id);
  const [chosen, setChosen] = useState<{ left: string | null; right: string | null }>({ left: null, right: null });
  const [asking, setAsking] = useState(false);
  if (query.error) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState />;
  const versions = [...query.data].sort((a, b) => b.version - a.version);
  if (versions.length === 0) return <EmptyState title={t('versions.empty')} />;
  const find = (value: string | null, fallback: JobVersion | undefined) =>
    versions.find(({ version }) => String(version) === value) ?? fallback;
  const right = find(chosen.right, versions[0]);
  const left = find(chosen.left, versions[1] ?? versions[0]);
  const data = versions.map((version) => ({
    value: String(version.version),
    label: `${t('versions.label', { n: format.number(version.version) })} · ${format.date(version.at, 'dateTime', zone)} · \u2068${version.by}\u2069`,
  }));
  return (
    <Box p="md">
      <Group align="flex-end" mb="md" gap="sm">
        <Select
          flex={1}
          miw={230}
          label={t('versions.from')}
          data={data}
          value={left ? String(left.version) : null}
          onChange={(value) => setChosen({ ...chosen, left: value })}
        />
        <Select
          flex={1}
          miw={230}
          label={t('versions.to')}
          data={data}
          value={right ? String(right.version) : null}
          onChange={(value) => setChosen({ ...chosen, right: value })}
        />
        {canWrite && left && left.version !== job.version ? (
          <Button leftSection={<IconRestore size={16} />} onClick={() => setAsking(true)}>
            {t('versions.restore', { n: format.number(left.version) })}
          </Button>
        ) : null}
      </Group>
      {left && right ? (
        <Stack gap="xs">
          <Text c="dimmed">{t('versions.changed')}</Text>
          <DiffTable changes={diff(left.definition, right.definition)} />
        </Stack>
      ) : null}
      {left ? (
        <Confirm
          opened={asking}
          onClose={() => setAsking(false)}
          title={t('versions.restoreTitle')}
          confirmLabel={t('versions.restore', { n: format.number(left.version) })}
          loading={update.isPending}
          onConfirm={() =>
            update.mutate(
              { input: restoreBody(left), etag },
              {
                onSuccess: () => {
                  setAsking(false);
                  toastSuccess(t('versions.restored'));
                },
                onError: toastFailure,
              },
            )
          }
        >
          {t('versions.restoreText')}
        </Confirm>
      ) : null}
    </Box>
  );
}
