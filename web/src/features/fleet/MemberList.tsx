import { Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { GroupMembers } from '@/api/model';
import { paths } from '@/paths';
import { useFormat } from '@/shared/format/useFormat';
import { LinkAnchor } from '@/ui/links';
import { DeviceStatus } from './DeviceStatus';

const shown = 100;

export function MemberList({ members }: { members: GroupMembers }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <Stack gap={6}>
      <Text c="dimmed" fz="sm" aria-live="polite">
        {t('groups.count', { count: members.total, n: format.number(members.total) })}
      </Text>
      {members.items.slice(0, shown).map((device) => (
        <Group key={device.id} justify="space-between" wrap="nowrap">
          <LinkAnchor to={paths.device} params={{ deviceId: String(device.id) }} search={{}} truncate>
            <bdi>{device.name}</bdi>
          </LinkAnchor>
          <DeviceStatus status={device.status} />
        </Group>
      ))}
      {members.items.length > shown ? (
        <Text c="dimmed" fz="sm">
          {t('calendar.more', { count: members.items.length - shown, n: format.number(members.items.length - shown) })}
        </Text>
      ) : null}
    </Stack>
  );
}
