import { Button, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/shared/format/useFormat';
import { useShownZone } from '@/shared/time/Time';
import { ErrorState } from '@/ui/states';
import { LogRow } from './LogRow';
import classes from './log.module.css';
import type { LogFetcher } from './store';

const pageSize = 200;

/** Lines that match, found by the server in the whole log. Choosing one opens it in its surroundings. */
export function LogMatches({
  fetcher,
  search,
  levels,
  times,
  wrap,
  zone,
  onOpen,
}: {
  fetcher: LogFetcher;
  search: string;
  levels: string[];
  times: boolean;
  wrap: boolean;
  zone?: string | null | undefined;
  onOpen(line: number): void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const shownZone = useShownZone(zone);
  const { data, error, isPending, hasNextPage, fetchNextPage, isFetchingNextPage, refetch } = useInfiniteQuery({
    queryKey: ['log-matches', fetcher, search, levels],
    queryFn: ({ pageParam }) =>
      fetcher({
        after: pageParam,
        limit: pageSize,
        ...(search ? { search } : {}),
        ...(levels.length > 0 ? { levels } : {}),
      }),
    initialPageParam: 0,
    getNextPageParam: (page) => (page.lines.length < pageSize ? undefined : page.lines.at(-1)?.number),
    gcTime: 0,
  });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  const lines = data?.pages.flatMap((page) => page.lines) ?? [];
  return (
    <div className={classes.frame}>
      <section
        className={classes.box}
        dir="ltr"
        data-wrap={wrap || undefined}
        aria-label={t('log.matches')}
        tabIndex={0}
      >
        {lines.map((line) => (
          <LogRow
            key={line.number}
            line={line}
            number={line.number}
            time={times ? format.date(line.at, 'timeSeconds', shownZone) : null}
            selected={false}
            mark={search}
            levelName={line.level}
            onNumber={() => onOpen(line.number)}
          />
        ))}
        {hasNextPage ? (
          <Button m="sm" size="xs" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {t('log.moreMatches')}
          </Button>
        ) : null}
        {!isPending && lines.length === 0 ? (
          <Text className={classes.empty ?? ''} c="dimmed" component="div">
            {t('log.noMatches')}
          </Text>
        ) : null}
      </section>
    </div>
  );
}
