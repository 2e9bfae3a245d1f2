import { Modal, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { groupDevicesQuery } from '@/api/fleet';
import type { Group } from '@/api/model';
import { EmptyState, ErrorState, LoadingState } from '@/ui/states';
import { MemberList } from './MemberList';

export function MembersDialog({ group, onClose }: { group: Group; onClose(): void }) {
  const { t } = useTranslation();
  const query = useQuery(groupDevicesQuery(group.id));
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <Text fw={600}>
          <bdi>{group.name}</bdi>
        </Text>
      }
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <LoadingState rows={3} /> : null}
      {query.data && query.data.total === 0 ? <EmptyState title={t('groups.nobody')} /> : null}
      {query.data && query.data.total > 0 ? <MemberList members={query.data} /> : null}
    </Modal>
  );
}
