import { memo } from 'react';
import { parseAnsi } from './ansi';
import classes from './log.module.css';
import type { LogLine } from './store';

export const rowHeight = 21;

const shortLevels: Record<string, string> = {
  stdout: 'out',
  stderr: 'err',
  warn: 'wrn',
  error: 'ERR',
  info: 'inf',
  debug: 'dbg',
  system: 'sys',
};

/** Splits a piece of text at what is searched for. */
function Marked({ text, mark }: { text: string; mark: string }) {
  if (!mark) return text;
  const at = text.toLowerCase().indexOf(mark.toLowerCase());
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark className={classes.mark}>{text.slice(at, at + mark.length)}</mark>
      <Marked text={text.slice(at + mark.length)} mark={mark} />
    </>
  );
}

export const LogText = memo(function LogText({ text, mark = '' }: { text: string; mark?: string }) {
  return (
    <bdi dir="auto">
      {parseAnsi(text).map((span, index) => (
        <span key={index} className={span.classes.map((name) => classes[name] ?? '').join(' ') || undefined}>
          <Marked text={span.text} mark={mark} />
        </span>
      ))}
    </bdi>
  );
});

export interface LogRowProps {
  /** Undefined while it is fetched, null when the server has left it out. */
  line: LogLine | null | undefined;
  number: number;
  time: string | null;
  selected: boolean;
  mark?: string;
  /** Present on the head of a group. */
  group?: { title: string; closed: boolean; toggle(): void } | undefined;
  levelName: string;
  /** What stands for a line that the server has left out. */
  leftOut?: string;
  onNumber(event: React.MouseEvent): void;
}

export function LogRow({ line, number, time, selected, mark, group, levelName, leftOut = '', onNumber }: LogRowProps) {
  return (
    <div className={classes.row} data-level={line?.level} data-selected={selected || undefined}>
      <a
        className={classes.number}
        href={`?line=${number}`}
        onClick={(event) => {
          event.preventDefault();
          onNumber(event);
        }}
        aria-label={String(number)}
        tabIndex={-1}
      >
        {number}
      </a>
      {time !== null ? <span className={classes.stamp}>{time}</span> : null}
      <span className={classes.level} title={levelName}>
        {line ? (shortLevels[line.level] ?? line.level.slice(0, 3)) : ''}
      </span>
      {group ? (
        <button type="button" className={classes.group} aria-expanded={!group.closed} onClick={group.toggle}>
          <span aria-hidden="true">{group.closed ? '▸' : '▾'}</span> {group.title}
        </button>
      ) : (
        <span className={classes.text}>
          {line ? (
            <LogText text={line.text} mark={mark ?? ''} />
          ) : (
            <span className={classes.waiting}>{line === null ? leftOut : '…'}</span>
          )}
        </span>
      )}
    </div>
  );
}
