import { Badge, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { usersQuery } from '@/api/people';
import { useMe } from '@/api/session';
import { useFormat } from '@/shared/format/useFormat';

interface Shared {
  ownerId: number;
  sharedWith: number[];
  sharedWithEverybody: boolean;
}

/** Whose a thing is, in the eyes of who looks, and with whom it is shared. */
export function SharedBadge({ thing }: { thing: Shared }) {
  const { t } = useTranslation();
  const format = useFormat();
  const me = useMe();
  const users = useQuery({ ...usersQuery({ perPage: 100 }), enabled: me.role === 'admin' });
  const mine = thing.ownerId === me.id;
  const owner = users.data?.items.find(({ id }) => id === thing.ownerId);
  const count = thing.sharedWith.length;
  return (
    <Group gap={4}>
      {mine ? (
        t('sharing.mine')
      ) : owner ? (
        <bdi>{owner.displayName || owner.name}</bdi>
      ) : (
        <Badge variant="light" color="gray">
          {t('sharing.withMe')}
        </Badge>
      )}
      {thing.sharedWithEverybody ? (
        <Badge variant="light" color="gray">
          {t('sharing.badgeEverybody')}
        </Badge>
      ) : count > 0 ? (
        <Badge variant="light" color="gray">
          {t('sharing.badgeUsers', { count, n: format.number(count) })}
        </Badge>
      ) : null}
    </Group>
  );
}

/** Whether the viewer may change a thing: its owner and administrators may, those with whom it is shared may not. */
export function useMayManage(): (thing: { ownerId: number }) => boolean {
  const me = useMe();
  return (thing) => me.role === 'admin' || (me.role !== 'viewer' && thing.ownerId === me.id);
}
