import { Tooltip } from '@mantine/core';
import {
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconCircleDashed,
  IconCircleHalf2,
  IconClockExclamation,
  IconClockX,
  IconHelpHexagon,
  IconPlayerTrackNext,
  IconProgress,
  IconX,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import type { ExecutionStatus } from '@/api/model';
import classes from './status.module.css';

const icons: Record<ExecutionStatus, ComponentType<{ size?: number; stroke?: number; className?: string }>> = {
  pending: IconCircleDashed,
  running: IconProgress,
  success: IconCheck,
  failed: IconX,
  timeout: IconClockX,
  cancelled: IconBan,
  missed: IconClockExclamation,
  skipped: IconPlayerTrackNext,
  lost: IconHelpHexagon,
  partial: IconCircleHalf2,
};

function known(status: string): ExecutionStatus {
  return status in icons ? (status as ExecutionStatus) : 'pending';
}

/** An outcome as icon, word and colour: any two may be missing and it still reads. */
export function StatusBadge({ status, size = 'md' }: { status: string; size?: 'sm' | 'md' | 'lg' }) {
  const { t } = useTranslation();
  const shown = known(status);
  const Icon = icons[shown] ?? IconAlertTriangle;
  return (
    <span className={classes.badge} data-status={shown} data-size={size}>
      <Icon size={size === 'lg' ? 18 : 14} stroke={2.2} className={classes.icon ?? ''} />
      {t(`status.${shown}`)}
    </span>
  );
}

export function StatusDot({ status }: { status: string }) {
  const { t } = useTranslation();
  const shown = known(status);
  const Icon = icons[shown];
  return (
    <Tooltip label={t(`status.${shown}`)}>
      <span className={classes.dot} data-status={shown} role="img" aria-label={t(`status.${shown}`)}>
        <Icon size={13} stroke={2.4} className={classes.icon ?? ''} />
      </span>
    </Tooltip>
  );
}

/** CSS variables of a status for drawings. */
export function statusColor(status: string, part: 'text' | 'tint' | 'solid' = 'solid'): string {
  return `var(--o-${known(status)}-${part})`;
}
