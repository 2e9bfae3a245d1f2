import { Button, Group, Text } from '@mantine/core';
import { IconArrowDown, IconX } from '@tabler/icons-react';
import { useCallback, useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/shared/format/useFormat';
import { useShownZone } from '@/shared/time/Time';
import { CopyButton } from '@/ui/CopyButton';
import { LogRow, LogText, rowHeight } from './LogRow';
import classes from './log.module.css';
import { usePrinting } from './printing';
import type { LogStore } from './store';
import { scrollTopFor, trackHeight, viewportAt } from './viewport';
import { anchorAt, scrollTopForWrapped, wholeLimit } from './wrapped';

/** Lines of a log that are printed with its run. */
const printLimit = 1000;

export interface LogLinesProps {
  store: LogStore;
  live: boolean;
  follow: boolean;
  onFollow(value: boolean): void;
  times: boolean;
  /** Long lines go on in the next row, instead of beyond the edge. */
  wrap: boolean;
  zone?: string | null | undefined;
  jump: { line: number; seq: number } | null;
  selected: { from: number; to: number } | null;
  onSelect(range: { from: number; to: number } | null): void;
}

/** The whole log, of which only the rows in view exist in the page. */
export function LogLines({
  store,
  live,
  follow,
  onFollow,
  times,
  wrap,
  zone,
  jump,
  selected,
  onSelect,
}: LogLinesProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const shownZone = useShownZone(zone);
  useSyncExternalStore(store.subscribe, store.snapshot);
  const box = useRef<HTMLDivElement>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const [height, setHeight] = useState(400);
  /** Where the page itself last put the view; whoever is elsewhere went there by hand. */
  const steered = useRef(0);

  const printing = usePrinting();
  const rows = store.folds.rows(store.total);
  const whole = printing || (wrap && rows <= wholeLimit);
  const anchor = wrap && !whole ? anchorAt(scrollTop, height, rows, rowHeight) : null;
  const view = whole
    ? { first: 0, last: Math.min(rows, printing ? printLimit : rows), offset: 0 }
    : (anchor ?? viewportAt(scrollTop, height, rows, rowHeight));
  const lineAt = (row: number) => store.folds.lineOf(row, store.total);

  useEffect(() => {
    if (rows > 0) store.ensure(lineAt(view.first), lineAt(Math.max(view.first, view.last - 1)) + 1);
  });

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight || 400));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const steer = useCallback((top: number) => {
    const element = box.current;
    if (!element || Math.abs(element.scrollTop - top) < 1) return;
    element.scrollTop = top;
    steered.current = element.scrollTop;
    setScrollTop(element.scrollTop);
  }, []);

  const drawnBox = useRef<HTMLDivElement>(null);
  // Measured after each drawing: the row that is looked at goes where the scroll position says.
  useLayoutEffect(() => {
    const element = drawnBox.current;
    if (!element) return;
    if (!anchor) {
      element.style.transform = whole ? '' : `translateY(${'offset' in view ? view.offset : 0}px)`;
      return;
    }
    const row = element.children[anchor.row - anchor.first] as HTMLElement | undefined;
    const inside = row ? row.offsetTop + anchor.part * row.offsetHeight : 0;
    element.style.transform = `translateY(${scrollTop + anchor.fraction * height - inside}px)`;
  });

  useLayoutEffect(() => {
    if (!follow) return;
    steer(whole ? (box.current?.scrollHeight ?? 0) - height : Math.max(0, trackHeight(rows, rowHeight) - height));
  }, [follow, rows, height, whole, steer]);

  const total = store.total;
  const done = useRef(-1);
  useLayoutEffect(() => {
    if (!jump || total === 0 || done.current === jump.seq) return;
    done.current = jump.seq;
    const row = store.folds.rowOf(Math.min(jump.line, total) - 1, total);
    const all = store.folds.rows(total);
    if (whole) drawnBox.current?.children[row]?.scrollIntoView({ block: 'center' });
    else if (wrap) steer(scrollTopForWrapped(row, height, all, rowHeight));
    else steer(scrollTopFor(row, height, all, rowHeight));
  }, [jump, total, height, store, whole, wrap, steer]);

  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    const top = element.scrollTop;
    setScrollTop(top);
    // Lines may have come between the page's own scrolling and the news of it, and a box that grows is scrolled back by
    // the browser: only going back from the end is a wish to stay.
    if (Math.abs(top - steered.current) < 1) return;
    const atEnd = element.scrollHeight - top - element.clientHeight < rowHeight * 1.5;
    if (follow && !atEnd && top < steered.current - rowHeight) onFollow(false);
    else if (live && !follow && atEnd) onFollow(true);
  };

  const select = (number: number, extend: boolean) => {
    if (extend && selected) onSelect({ from: Math.min(selected.from, number), to: Math.max(selected.from, number) });
    else onSelect(selected?.from === number && selected.to === number ? null : { from: number, to: number });
  };

  const drawn = [];
  for (let row = view.first; row < view.last; row += 1) {
    const index = lineAt(row);
    const line = store.line(index);
    const title = store.folds.titleAt(index);
    drawn.push(
      <LogRow
        key={index}
        line={line}
        number={index + 1}
        time={times ? (line ? format.date(line.at, 'timeSeconds', shownZone) : '') : null}
        selected={selected !== null && index + 1 >= selected.from && index + 1 <= selected.to}
        levelName={line?.level ?? ''}
        leftOut={t('log.leftOut')}
        onNumber={(event) => select(index + 1, event.shiftKey)}
        group={
          title === undefined
            ? undefined
            : {
                title,
                closed: store.folds.isClosed(index),
                toggle: () => {
                  store.folds.toggle(index);
                  store.changed();
                },
              }
        }
      />,
    );
  }

  const chosen = selected ? store.line(selected.from - 1) : undefined;
  return (
    <>
      <div className={classes.frame}>
        <section
          ref={box}
          className={classes.box}
          dir="ltr"
          data-wrap={wrap || printing || undefined}
          onScroll={onScroll}
          aria-label={t('log.title')}
          tabIndex={0}
        >
          <div
            className={classes.track}
            data-whole={whole || undefined}
            style={whole ? undefined : { height: trackHeight(rows, rowHeight) }}
          >
            <div className={classes.window} ref={drawnBox}>
              {drawn}
            </div>
          </div>
          {printing && total > view.last ? (
            <Text p="sm" fs="italic" component="div">
              {t('log.printedPart', { n: format.number(view.last), of: format.number(total) })}
            </Text>
          ) : null}
          {total === 0 ? (
            <Text className={classes.empty ?? ''} c="dimmed" component="div">
              {live ? t('log.waiting') : t('log.empty')}
            </Text>
          ) : null}
        </section>
        {live && !follow && total > 0 ? (
          <Button
            className={classes.pill ?? ''}
            size="compact-sm"
            variant="filled"
            radius="xl"
            leftSection={<IconArrowDown size={14} />}
            onClick={() => onFollow(true)}
          >
            {t('log.jumpToLive')}
          </Button>
        ) : null}
      </div>
      {selected ? (
        <div className={classes.detail}>
          <Group justify="space-between" wrap="nowrap">
            <Text fz="xs" c="dimmed">
              {selected.from === selected.to
                ? t('log.line', { n: format.number(selected.from) })
                : t('log.lineRange', { from: format.number(selected.from), to: format.number(selected.to) })}
            </Text>
            <Group gap={2}>
              <CopyButton value={window.location.href} label={t('log.copyLink')} />
              {chosen ? <CopyButton value={chosen.text} /> : null}
              <Button
                size="compact-xs"
                variant="subtle"
                color="gray"
                leftSection={<IconX size={12} />}
                onClick={() => onSelect(null)}
              >
                {t('action.close')}
              </Button>
            </Group>
          </Group>
          {chosen && selected.from === selected.to ? (
            <div className={classes.full} dir="ltr">
              <LogText text={chosen.text} />
            </div>
          ) : null}
        </div>
      ) : null}
    </>
  );
}
