import { Badge, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SchedulerInstance } from '@/api/model';
import { useFormat } from '@/shared/format/useFormat';
import { useNow } from '@/shared/time/now';
import { Relative, Time } from '@/shared/time/Time';
import { Ltr } from './Ltr';
import { Facts } from './Page';
import { statusColor } from './StatusBadge';

const late = 30_000;
const known = ['starting', 'running', 'stopping', 'stopped', 'lost', 'paused'] as const;
const modes = ['embedded', 'standalone', 'api'] as const;

/** A heartbeat that is late is never shown as running. */
function stateOf(instance: SchedulerInstance, now: number): (typeof known)[number] {
  const state = known.find((candidate) => candidate === instance.status) ?? 'lost';
  return state === 'running' && now - Date.parse(instance.lastHeartbeat) > late ? 'lost' : state;
}

export function InstanceList({ instances, compact = false }: { instances: SchedulerInstance[]; compact?: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  if (instances.length === 0) return <Text c="dimmed">{t('instances.none')}</Text>;
  return (
    <Stack gap={compact ? 'sm' : 'lg'}>
      {instances.map((instance) => {
        const state = stateOf(instance, now);
        const tone = state === 'running' ? 'success' : state === 'lost' ? 'failed' : 'pending';
        const mode = modes.find((candidate) => candidate === instance.mode);
        return (
          <div key={instance.id}>
            <Group justify="space-between" gap="xs" mb={compact ? 0 : 'xs'}>
              <Text fw={600}>
                <bdi dir="ltr">{instance.instanceName}</bdi>
              </Text>
              <Badge styles={{ root: { background: statusColor(tone, 'tint'), color: statusColor(tone, 'text') } }}>
                {t(`instances.state.${state}`)}
              </Badge>
            </Group>
            {compact ? (
              <Text fz="sm" c="dimmed">
                {t('instances.heartbeat')} <Relative at={instance.lastHeartbeat} />
              </Text>
            ) : (
              <Facts
                items={[
                  [t('instances.host'), <Ltr key="h">{instance.hostName}</Ltr>],
                  [t('instances.process'), <Ltr key="p">{instance.processId}</Ltr>],
                  [t('instances.mode'), mode ? t(`instances.modeName.${mode}`) : instance.mode],
                  [t('instances.heartbeat'), <Relative key="b" at={instance.lastHeartbeat} />],
                  [t('instances.started'), <Time key="s" at={instance.startedAt} />],
                  [t('instances.shards'), format.number(instance.shards)],
                  [t('about.version'), <Ltr key="v">{instance.version}</Ltr>],
                  [t('instances.id'), <Ltr key="i">{instance.id}</Ltr>],
                ]}
              />
            )}
          </div>
        );
      })}
    </Stack>
  );
}
