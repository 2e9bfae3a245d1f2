import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ExecutionStatus, DeploymentStatus as Status } from '@/api/model';
import { statusColor } from '@/ui/StatusBadge';

const tones: Record<Status, ExecutionStatus> = {
  pending: 'pending',
  in_progress: 'running',
  completed: 'success',
  partial: 'partial',
  failed: 'failed',
  cancelled: 'cancelled',
};

export function DeploymentStatus({ status }: { status: Status }) {
  const { t } = useTranslation();
  const tone = tones[status];
  return (
    <Badge styles={{ root: { background: statusColor(tone, 'tint'), color: statusColor(tone, 'text') } }}>
      {t(`deployments.statusName.${status}`)}
    </Badge>
  );
}
