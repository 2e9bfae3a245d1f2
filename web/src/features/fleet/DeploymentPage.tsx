import { Button, Group, Progress, Text } from '@mantine/core';
import { IconPlayerStop, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deploymentQuery, isUnderWay, useCancelDeployment, useRetryDeployment } from '@/api/deployments';
import type { DeploymentDetail } from '@/api/model';
import { useCanWrite } from '@/api/session';
import { paths } from '@/paths';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { LiveDuration, Time } from '@/shared/time/Time';
import { Confirm } from '@/ui/confirm';
import { LinkAnchor } from '@/ui/links';
import { Facts, PageHeader, Section } from '@/ui/Page';
import { ErrorState, LoadingState } from '@/ui/states';
import { toastFailure, toastSuccess } from '@/ui/toast';
import { DeploymentMatrix } from './DeploymentMatrix';
import { DeploymentStatus } from './DeploymentStatus';
import { DeviceLog } from './DeviceLog';

export default function DeploymentPage() {
  const { deploymentId } = useParams({ from: '/app/deployments/$deploymentId' });
  const query = useQuery(deploymentQuery(Number(deploymentId)));
  if (query.error && !query.data) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  if (!query.data) return <LoadingState />;
  return <Content key={deploymentId} deployment={query.data} />;
}

function Content({ deployment }: { deployment: DeploymentDetail }) {
  const { t } = useTranslation();
  const localized = useLocalized();
  const format = useFormat();
  const navigate = useNavigate();
  const canWrite = useCanWrite();
  const retry = useRetryDeployment();
  const cancel = useCancelDeployment();
  const [asking, setAsking] = useState(false);
  const [open, setOpen] = useState<number[]>([]);
  const underWay = isUnderWay(deployment);
  const toggle = (id: number) =>
    setOpen((list) => (list.includes(id) ? list.filter((other) => other !== id) : [...list, id]));
  const { counts } = deployment;
  return (
    <>
      <PageHeader
        title={
          <Group gap="sm" component="span" style={{ display: 'inline-flex' }}>
            <DeploymentStatus status={deployment.status} />
            <bdi>{deployment.name}</bdi>
          </Group>
        }
        tabTitle={deployment.name}
        before={
          <LinkAnchor to={paths.deployments} search={{}} fz="sm">
            {t('nav.deployments')}
          </LinkAnchor>
        }
        description={
          deployment.summary ? <bdi>{localized({ en: deployment.summary, ar: deployment.summaryAr })}</bdi> : undefined
        }
        actions={
          canWrite ? (
            underWay ? (
              <Button
                color="red"
                variant="light"
                leftSection={<IconPlayerStop size={16} />}
                onClick={() => setAsking(true)}
              >
                {t('deployments.cancel')}
              </Button>
            ) : counts.succeeded < counts.total ? (
              <Button
                leftSection={<IconRefresh size={16} />}
                loading={retry.isPending}
                onClick={() =>
                  retry.mutate(deployment.id, {
                    onSuccess: ({ id }) => {
                      toastSuccess(t('deployments.retryDone'));
                      void navigate({ to: paths.deployment, params: { deploymentId: String(id) }, search: {} });
                    },
                    onError: toastFailure,
                  })
                }
              >
                {t('deployments.retry')}
              </Button>
            ) : undefined
          ) : undefined
        }
      />
      {underWay ? <Progress value={deployment.progress} animated mb="md" aria-label={t('runs.progress')} /> : null}
      <Section>
        <Facts
          items={[
            [t('deployments.kind'), t(`deployments.kindName.${deployment.kind}`)],
            [
              t('deployments.devices'),
              <Text key="d" inherit aria-live="polite">
                {t('deployments.counts', {
                  succeeded: format.number(counts.succeeded),
                  total: format.number(counts.total),
                  failed: format.number(counts.failed + counts.unreached),
                })}
              </Text>,
            ],
            [t('runs.started'), <Time key="s" at={deployment.startedAt} style="full" />],
            [
              t('runs.column.duration'),
              deployment.startedAt ? <LiveDuration key="l" from={deployment.startedAt} to={deployment.endedAt} /> : '—',
            ],
            [
              t('deployments.run'),
              <LinkAnchor key="r" to={paths.execution} params={{ executionId: deployment.executionId }} search={{}}>
                {t('log.title')}
              </LinkAnchor>,
            ],
            [
              t('deployments.job'),
              <LinkAnchor key="j" to={paths.job} params={{ jobId: String(deployment.jobId) }} search={{}}>
                #{deployment.jobId}
              </LinkAnchor>,
            ],
          ]}
        />
      </Section>
      <Section title={t('deployments.matrix')} flush>
        <DeploymentMatrix deployment={deployment} openIds={open} onToggle={toggle} />
      </Section>
      {deployment.devices
        .filter(({ deviceId }) => open.includes(deviceId))
        .map((device) => (
          <DeviceLog
            key={device.deviceId}
            execution={deployment.executionId}
            device={device.deviceId}
            name={device.name}
            onClose={() => toggle(device.deviceId)}
          />
        ))}
      <Confirm
        opened={asking}
        danger
        title={t('deployments.cancelTitle')}
        confirmLabel={t('deployments.cancel')}
        loading={cancel.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() =>
          cancel.mutate(deployment.id, {
            onSuccess: () => {
              setAsking(false);
              toastSuccess(t('deployments.cancelled'));
            },
            onError: toastFailure,
          })
        }
      >
        {t('deployments.cancelText')}
      </Confirm>
    </>
  );
}
