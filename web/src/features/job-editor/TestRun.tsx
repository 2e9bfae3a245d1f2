import { Alert, Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { IconFlask, IconPlayerStop } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  executionQuery,
  isLive,
  logDownloadUrl,
  logFetcher,
  logFollower,
  useCancel,
  useTestRun,
} from '@/api/executions';
import type { TaskFunction } from '@/api/model';
import { isProblem } from '@/api/problem';
import { paths } from '@/paths';
import { useLocalized } from '@/shared/format/useFormat';
import { LogViewer } from '@/shared/log/LogViewer';
import { LinkAnchor } from '@/ui/links';
import { Section } from '@/ui/Page';
import { StatusBadge } from '@/ui/StatusBadge';
import { failureText, toastFailure } from '@/ui/toast';
import { type JobForm, knowsDryRun, trialOf } from './form';

/** Runs the task once, before there is a job, and shows its log as it comes. */
export default function TestRun({ form, task }: { form: JobForm; task: TaskFunction }) {
  const { t } = useTranslation();
  const start = useTestRun();
  const canBeDry = knowsDryRun(task.schema);
  const [dry, setDry] = useState(canBeDry);
  const id = start.data?.executionId;
  return (
    <Section title={t('trial.title')}>
      <Stack gap="sm">
        <Text c="dimmed" fz="sm">
          {t('trial.help')}
        </Text>
        {canBeDry ? (
          <Checkbox label={t('trial.dryRun')} checked={dry} onChange={(event) => setDry(event.currentTarget.checked)} />
        ) : null}
        {start.error ? (
          <Alert color="red" p="xs" role="alert">
            {failureText(start.error)}
            {isProblem(start.error)
              ? start.error.fields.slice(0, 6).map((field) => (
                  <Text key={field.pointer} fz="sm">
                    <bdi dir="ltr">{field.pointer}</bdi>: {field.detail}
                  </Text>
                ))
              : null}
          </Alert>
        ) : null}
        <Group>
          <Button
            leftSection={<IconFlask size={16} />}
            loading={start.isPending}
            onClick={() => start.mutate(trialOf(form, dry))}
          >
            {id ? t('trial.again') : t('trial.start')}
          </Button>
        </Group>
        {id ? <Outcome key={id} id={id} /> : null}
      </Stack>
    </Section>
  );
}

function Outcome({ id }: { id: string }) {
  const { t } = useTranslation();
  const localized = useLocalized();
  const run = useQuery(executionQuery(id));
  const fetcher = useMemo(() => logFetcher(id), [id]);
  const follower = useMemo(() => logFollower(id), [id]);
  const cancel = useCancel(id);
  const [search, setSearch] = useState('');
  const [selected, setSelected] = useState<{ from: number; to: number } | null>(null);
  const live = run.data ? isLive(run.data) : true;
  return (
    <Stack gap="xs" aria-live="polite">
      <Group gap="sm">
        {run.data ? <StatusBadge status={run.data.statusName} /> : null}
        {run.data?.resultSummary || run.data?.errorMessage ? (
          <Text fz="sm" flex={1} miw={160}>
            <bdi>
              {localized({ en: run.data.errorMessage, ar: run.data.errorMessageAr }) ||
                localized({ en: run.data.resultSummary, ar: run.data.resultSummaryAr })}
            </bdi>
          </Text>
        ) : null}
        {live ? (
          <Button
            size="compact-sm"
            color="red"
            variant="light"
            leftSection={<IconPlayerStop size={14} />}
            loading={cancel.isPending}
            onClick={() => cancel.mutate('', { onError: toastFailure })}
          >
            {t('trial.cancel')}
          </Button>
        ) : null}
        <LinkAnchor to={paths.execution} params={{ executionId: id }} search={{}} fz="sm" target="_blank">
          {t('trial.open')}
        </LinkAnchor>
      </Group>
      <LogViewer
        fetcher={fetcher}
        follower={follower}
        live={live}
        downloadUrl={logDownloadUrl(id)}
        selected={selected}
        onSelect={setSelected}
        search={search}
        onSearch={setSearch}
      />
    </Stack>
  );
}
