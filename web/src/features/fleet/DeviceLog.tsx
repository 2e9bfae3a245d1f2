import { ActionIcon, Text } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deviceOutput } from '@/api/devices';
import type { DeviceOutput } from '@/api/model';
import { isolate } from '@/shared/format/formatter';
import { Section } from '@/ui/Page';
import { failureText } from '@/ui/toast';
import classes from './fleet.module.css';

type Piece = DeviceOutput['items'][number];

const kept = 5_000;
const pauseMs = 1_000;

/** The output of one device of a run; several of them side by side are a multi-tail. */
export function DeviceLog({
  execution,
  device,
  name,
  onClose,
}: {
  execution: string;
  device: number;
  name: string;
  onClose(): void;
}) {
  const { t } = useTranslation();
  const { pieces, complete, error } = useOutput(execution, device);
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: scrolls when there is more
  useEffect(() => {
    const element = box.current;
    if (element && follows.current) element.scrollTop = element.scrollHeight;
  }, [pieces]);
  return (
    <Section
      title={t('devices.outputOf', { name: isolate(name) })}
      actions={
        <ActionIcon aria-label={t('devices.closeOutput', { name: isolate(name) })} onClick={onClose}>
          <IconX size={16} />
        </ActionIcon>
      }
      flush
    >
      <div
        ref={box}
        className={classes.output}
        dir="ltr"
        role="log"
        aria-label={t('devices.outputOf', { name: isolate(name) })}
        tabIndex={0}
        onScroll={({ currentTarget: at }) => {
          follows.current = at.scrollHeight - at.scrollTop - at.clientHeight < 24;
        }}
      >
        {pieces.map((piece) => (
          <span key={piece.seq} data-stream={piece.stream}>
            {piece.text}
          </span>
        ))}
        {pieces.length === 0 && !error ? (
          <Text c="dimmed" fz="sm">
            {complete ? t('devices.noOutput') : t('log.waiting')}
          </Text>
        ) : null}
      </div>
      {error ? (
        <Text c="red" fz="sm" p="sm" role="alert">
          {failureText(error)}
        </Text>
      ) : null}
    </Section>
  );
}

/** Asks for what came after the last piece until the device has ended. */
function useOutput(execution: string, device: number) {
  const [pieces, setPieces] = useState<Piece[]>([]);
  const [complete, setComplete] = useState(false);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let current = true;
    let after = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      let wait = pauseMs;
      try {
        const part = await deviceOutput(execution, device, after);
        if (!current) return;
        setError(null);
        const last = part.items.at(-1);
        if (last) {
          after = last.seq;
          wait = 0;
          setPieces((list) => [...list, ...part.items].slice(-kept));
        }
        if (part.complete) return setComplete(true);
      } catch (problem) {
        if (!current) return;
        setError(problem);
        wait = 5 * pauseMs;
      }
      timer = setTimeout(() => void ask(), wait);
    };
    void ask();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [execution, device]);
  return { pieces, complete, error };
}
