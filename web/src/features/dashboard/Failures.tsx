import { Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FailureGroup } from '@/api/stats';
import { paths } from '@/paths';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { Relative } from '@/shared/time/Time';
import { LinkAnchor } from '@/ui/links';
import { knownCause } from './causes';
import classes from './dashboard.module.css';

/** Failures of the last day, gathered by cause: four times the same thing is one thing. */
export function Failures({ groups }: { groups: FailureGroup[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  if (groups.length === 0) return <Text c="dimmed">{t('dashboard.noFailures')}</Text>;
  return (
    <ul className={classes.failures}>
      {groups.map((group) => {
        // The engine adds what it knows after a colon: `exit_code:69`.
        const [word, detail] = group.cause.split(':');
        const known = knownCause(word);
        return (
          <li key={`${group.cause}-${group.jobId}`}>
            <Group justify="space-between" wrap="nowrap" gap="xs">
              <LinkAnchor to={paths.execution} params={{ executionId: group.executionId }} search={{}} fw={600}>
                {known ? t(`cause.${known}`) : word} {detail ? <bdi>{detail}</bdi> : null}
              </LinkAnchor>
              <Text fz="sm" c="dimmed">
                {t('dashboard.times', { count: group.count, n: format.number(group.count) })} ·{' '}
                <Relative at={group.lastAt} />
              </Text>
            </Group>
            <Text fz="sm" c="dimmed" lineClamp={2} dir="auto">
              {localized({ en: group.jobName, ar: group.jobNameAr ?? null })}
              {group.message ? ` · ${localized({ en: group.message, ar: group.messageAr })}` : ''}
            </Text>
          </li>
        );
      })}
    </ul>
  );
}
