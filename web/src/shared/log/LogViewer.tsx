import { ActionIcon, Button, CloseButton, Group, MultiSelect, Text, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedValue, useLocalStorage } from '@mantine/hooks';
import {
  IconArrowBarToDown,
  IconArrowBarToUp,
  IconClock,
  IconDownload,
  IconSearch,
  IconTextWrap,
} from '@tabler/icons-react';
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/shared/format/useFormat';
import { LogLines } from './LogLines';
import { LogMatches } from './LogMatches';
import { useListen } from './listen';
import classes from './log.module.css';
import { type LogFetcher, type LogFollower, LogStore } from './store';

export const logLevels = ['debug', 'info', 'warn', 'error', 'stdout', 'stderr', 'system'] as const;

export interface LogViewerProps {
  fetcher: LogFetcher;
  /** How to listen to a log that grows. */
  follower: LogFollower;
  /** Whether the run goes on, so that more lines come. */
  live: boolean;
  downloadUrl: string;
  zone?: string | null;
  /** Range of lines the address points at, from 1. */
  selected?: { from: number; to: number } | null;
  onSelect(range: { from: number; to: number } | null): void;
  search: string;
  onSearch(text: string): void;
}

/** A log of any length: drawn as far as it is seen, searched on the server, followed while it grows. */
export function LogViewer({
  fetcher,
  follower,
  live,
  downloadUrl,
  zone,
  selected,
  onSelect,
  search,
  onSearch,
}: LogViewerProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const store = useMemo(() => new LogStore(fetcher), [fetcher]);
  useSyncExternalStore(store.subscribe, store.snapshot);
  const [levels, setLevels] = useState<string[]>([]);
  const [times, setTimes] = useState(true);
  const [wrap, setWrap] = useLocalStorage({
    key: 'orloj.log.wrap',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const [follow, setFollow] = useState(live && !selected);
  const [jump, setJump] = useState<{ line: number; seq: number } | null>(
    selected ? { line: selected.from, seq: 0 } : null,
  );
  const [typed, setTyped] = useState(search);
  const [settled] = useDebouncedValue(typed, 300);

  useListen(store, live ? follower : null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: tells the owner only about what was typed
  useEffect(() => {
    if (settled !== search) onSearch(settled);
  }, [settled]);

  const filtering = settled.trim() !== '' || levels.length > 0;
  const goTo = (line: number) => {
    setFollow(false);
    store.folds.reveal(line - 1);
    setJump((current) => ({ line, seq: (current?.seq ?? 0) + 1 }));
  };
  const openMatch = (line: number) => {
    setTyped('');
    setLevels([]);
    onSelect({ from: line, to: line });
    goTo(line);
  };

  return (
    <div className={classes.viewer}>
      <Group className={classes.toolbar ?? ''} gap="xs" data-noprint>
        <TextInput
          size="xs"
          flex={1}
          miw={140}
          data-page-search
          leftSection={<IconSearch size={14} />}
          rightSection={
            typed ? <CloseButton size="xs" aria-label={t('action.clear')} onClick={() => setTyped('')} /> : null
          }
          placeholder={t('log.search')}
          aria-label={t('log.search')}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <MultiSelect
          size="xs"
          w={{ base: '100%', xs: 190 }}
          placeholder={levels.length === 0 ? t('log.allLevels') : ''}
          aria-label={t('log.levels')}
          data={logLevels.map((level) => ({ value: level, label: t(`log.level.${level}`) }))}
          value={levels}
          onChange={setLevels}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
        />
        <Group gap={2}>
          <Tooltip label={t('log.times')}>
            <ActionIcon
              aria-label={t('log.times')}
              aria-pressed={times}
              variant={times ? 'light' : 'subtle'}
              onClick={() => setTimes(!times)}
            >
              <IconClock size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t('log.wrap')}>
            <ActionIcon
              aria-label={t('log.wrap')}
              aria-pressed={wrap}
              variant={wrap ? 'light' : 'subtle'}
              onClick={() => setWrap(!wrap)}
            >
              <IconTextWrap size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t('log.toStart')}>
            <ActionIcon aria-label={t('log.toStart')} onClick={() => goTo(1)}>
              <IconArrowBarToUp size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t('log.toEnd')}>
            <ActionIcon
              aria-label={t('log.toEnd')}
              onClick={() => (live ? setFollow(true) : goTo(Math.max(1, store.total)))}
            >
              <IconArrowBarToDown size={16} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={t('log.download')}>
            <ActionIcon component="a" href={downloadUrl} download aria-label={t('log.download')}>
              <IconDownload size={16} />
            </ActionIcon>
          </Tooltip>
        </Group>
        <Text fz="xs" c="dimmed" aria-live="polite">
          {t('log.lines', { count: store.total, n: format.number(store.total) })}
        </Text>
      </Group>
      {filtering ? (
        <LogMatches
          fetcher={fetcher}
          search={settled.trim()}
          levels={levels}
          times={times}
          wrap={wrap}
          zone={zone}
          onOpen={openMatch}
        />
      ) : (
        <LogLines
          store={store}
          live={live}
          follow={follow}
          onFollow={setFollow}
          times={times}
          wrap={wrap}
          zone={zone}
          jump={jump}
          selected={selected ?? null}
          onSelect={onSelect}
        />
      )}
      {store.error ? (
        <Group p="xs">
          <Text fz="sm" c="red">
            {t('log.unavailable')}
          </Text>
          <Button size="compact-xs" onClick={() => void store.poll()}>
            {t('action.retry')}
          </Button>
        </Group>
      ) : null}
    </div>
  );
}
