import { Badge } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { statusColor } from '@/ui/StatusBadge';

const tones = { online: 'success', offline: 'cancelled', suspended: 'failed', revoked: 'skipped' } as const;

/** Where a device stands, as a word with a colour. */
export function DeviceStatus({ status }: { status: string }) {
  const { t } = useTranslation();
  const known = (Object.keys(tones) as (keyof typeof tones)[]).find((word) => word === status) ?? 'offline';
  return (
    <Badge
      styles={{ root: { background: statusColor(tones[known], 'tint'), color: statusColor(tones[known], 'text') } }}
    >
      {t(`devices.status.${known}`)}
    </Badge>
  );
}
