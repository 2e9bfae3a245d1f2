import { Alert, Button, Group, Text } from '@mantine/core';
import { IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { PreviewRequest } from '@/api/model';
import { collisionsQuery } from '@/api/schedules';
import { useFormat } from '@/shared/format/useFormat';
import type { ScheduleDraft } from './draft';
import { isMovable, movedTo } from './quieter';

/** Says how many other jobs start in the same minute, and offers a quieter one close by. Nothing, when there are none. */
export function CollisionHint({
  request,
  draft,
  onChange,
}: {
  request: PreviewRequest | null;
  draft: ScheduleDraft;
  onChange?: ((draft: ScheduleDraft) => void) | undefined;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const { data } = useQuery({ ...collisionsQuery(request), placeholderData: (previous) => previous });
  if (!request || !data) return null;
  const busiest = data.runs.reduce<(typeof data.runs)[number] | null>(
    (most, run) => (run.jobs > (most?.jobs ?? 0) ? run : most),
    null,
  );
  if (!busiest) return null;
  const quieter = isMovable(draft) ? data.quieter : null;
  const moved = quieter && onChange ? movedTo(draft, quieter.local) : null;
  const many = { count: busiest.jobs, n: format.number(busiest.jobs) };
  const when = format.date(busiest.at, 'time', draft.timezone);
  return (
    <Alert color="gray" variant="light" p="xs" icon={<IconUsersGroup size={18} />}>
      <Group justify="space-between" gap="xs">
        <Text fz="sm" flex={1} miw={200}>
          {data.isEstimate
            ? t('collision.about', { ...many, time: when })
            : t('collision.exact', { ...many, time: when })}{' '}
          {quieter
            ? quieter.jobs === 0
              ? t('collision.free', { time: format.date(quieter.at, 'time', draft.timezone) })
              : t('collision.quieter', {
                  count: quieter.jobs,
                  n: format.number(quieter.jobs),
                  time: format.date(quieter.at, 'time', draft.timezone),
                })
            : null}
        </Text>
        {moved && quieter ? (
          <Button size="compact-sm" onClick={() => onChange?.(moved)}>
            {t('collision.move', { time: format.date(quieter.at, 'time', draft.timezone) })}
          </Button>
        ) : null}
      </Group>
    </Alert>
  );
}
