/** The states a page can be in besides "here is the data": drawn once, used everywhere. */
import { Alert, Button, Center, Group, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconAlertTriangle, IconLock, IconMoodEmpty, IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '@/api/problem';
import { paths } from '@/paths';
import { LinkButton } from './links';
import { failureText } from './toast';

export function EmptyState({
  icon,
  title,
  children,
  action,
}: {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <Center py={48} px="md">
      <Stack align="center" gap="xs" maw={460}>
        <ThemeIcon size={52} radius="xl" variant="light" color="gray">
          {icon ?? <IconMoodEmpty size={28} stroke={1.6} />}
        </ThemeIcon>
        <Text fw={600} ta="center">
          {title}
        </Text>
        {children ? (
          <Text c="dimmed" ta="center">
            {children}
          </Text>
        ) : null}
        {action ? <Group mt="xs">{action}</Group> : null}
      </Stack>
    </Center>
  );
}

export function LoadingState({ rows = 6 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <Stack gap="sm" p="md" role="status" aria-label={t('state.loading')}>
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={22} width={`${96 - ((row * 13) % 38)}%`} />
      ))}
    </Stack>
  );
}

export function NoPermission({ children }: { children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <EmptyState icon={<IconLock size={28} stroke={1.6} />} title={t('state.forbiddenTitle')}>
      {children ?? t('state.forbiddenText')}
    </EmptyState>
  );
}

export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  if (isProblem(error, 403)) return <NoPermission />;
  if (isProblem(error, 404)) {
    return (
      <EmptyState
        title={t('state.notFoundTitle')}
        action={<LinkButton to={paths.dashboard}>{t('nav.dashboard')}</LinkButton>}
      >
        {t('state.notFoundText')}
      </EmptyState>
    );
  }
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle />} title={t('problem.title')} m="md">
      <Stack gap="xs" align="flex-start">
        <Text inherit>{failureText(error)}</Text>
        {onRetry ? (
          <Button size="xs" leftSection={<IconRefresh size={16} />} onClick={onRetry}>
            {t('action.retry')}
          </Button>
        ) : null}
      </Stack>
    </Alert>
  );
}

/**
 * A list that is fetched: why that failed, that it is under way, that there is nothing, or its rows. `items` are those that
 * are left of it where the page itself selects.
 */
export function Fetched<D extends { items: readonly unknown[] }>({
  query,
  items = query.data?.items,
  skeletons,
  empty,
  children,
}: {
  query: { error: unknown; isPending: boolean; data: D | undefined; refetch: () => unknown };
  items?: readonly unknown[] | undefined;
  skeletons?: number;
  empty: ReactNode;
  children: (data: D) => ReactNode;
}) {
  return (
    <>
      {query.error ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.isPending ? <LoadingState {...(skeletons ? { rows: skeletons } : {})} /> : null}
      {query.data && items ? (items.length === 0 ? empty : children(query.data)) : null}
    </>
  );
}

/** Whole-page fallback of the router. */
export function CrashPage({ error, reset }: { error: unknown; reset?: () => void }) {
  const { t } = useTranslation();
  return (
    <Center mih="60vh" p="md">
      <Stack maw={520} w="100%">
        <Title order={1}>{t('problem.title')}</Title>
        <ErrorState error={error} onRetry={reset ?? (() => window.location.reload())} />
      </Stack>
    </Center>
  );
}
