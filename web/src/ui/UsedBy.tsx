import { Alert, List, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ThingUse, Uses } from '@/api/model';
import { paths } from '@/paths';
import { useFormat, useLocalized } from '@/shared/format/useFormat';
import { LinkAnchor, RowLink } from './links';

const shownInTable = 3;
const shownInWarning = 10;

/** What refers to a secret or a connection, in a cell of its list. */
export function UsedBy({ uses }: { uses: Uses | null | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!uses) return null;
  const more = uses.items.length - shownInTable;
  if (uses.items.length === 0 && uses.hidden === 0)
    return (
      <Text inherit c="dimmed">
        {t('uses.none')}
      </Text>
    );
  return (
    <Stack gap={2} maw={260}>
      {uses.items.slice(0, shownInTable).map((use) => (
        <UseLink key={`${use.kind}-${use.id}`} use={use} />
      ))}
      {more > 0 ? (
        <Text fz="xs" c="dimmed">
          {t('uses.more', { count: more, n: format.number(more) })}
        </Text>
      ) : null}
      {uses.hidden > 0 ? (
        <Text fz="xs" c="dimmed">
          {t('uses.hidden', { count: uses.hidden, n: format.number(uses.hidden) })}
        </Text>
      ) : null}
    </Stack>
  );
}

/** Says before something is deleted what fails without it. Nothing where nothing does. */
export function InUseWarning({ uses }: { uses: Uses | null | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!isInUse(uses)) return null;
  const more = uses.items.length - shownInWarning;
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle />} mb="sm">
      {t('uses.warning')}
      <List size="sm" mt={6}>
        {uses.items.slice(0, shownInWarning).map((use) => (
          <List.Item key={`${use.kind}-${use.id}`}>
            {t(`uses.${use.kind}`)}: <UseLink use={use} />
          </List.Item>
        ))}
        {more > 0 ? <List.Item>{t('uses.more', { count: more, n: format.number(more) })}</List.Item> : null}
        {uses.hidden > 0 ? (
          <List.Item>{t('uses.hidden', { count: uses.hidden, n: format.number(uses.hidden) })}</List.Item>
        ) : null}
      </List>
    </Alert>
  );
}

export function isInUse(uses: Uses | null | undefined): uses is Uses {
  return uses !== null && uses !== undefined && uses.items.length + uses.hidden > 0;
}

function UseLink({ use }: { use: ThingUse }) {
  const { t } = useTranslation();
  const format = useFormat();
  const localized = useLocalized();
  const name = (
    <bdi>{localized({ en: use.name, ar: use.nameAr }) || t('uses.unnamed', { n: format.number(use.id) })}</bdi>
  );
  if (use.kind === 'job')
    return (
      <RowLink to={paths.job} params={{ jobId: String(use.id) }}>
        {name}
      </RowLink>
    );
  return use.kind === 'connection' ? (
    <LinkAnchor to={paths.connections}>{name}</LinkAnchor>
  ) : (
    <LinkAnchor to={paths.notifications} search={{ tab: 'channels' }}>
      {name}
    </LinkAnchor>
  );
}
