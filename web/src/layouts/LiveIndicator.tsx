import { Tooltip, UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { setLivePaused, useLive } from '@/api/live';
import { useFormat } from '@/shared/format/useFormat';
import { useNow } from '@/shared/time/now';
import classes from './app.module.css';

/** Says how fresh the page is, and pauses it. Never green when the stream is down. */
export function LiveIndicator() {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow();
  const { state, heardAt } = useLive();
  const word =
    state === 'live'
      ? t('live.live')
      : state === 'paused'
        ? t('live.paused')
        : state === 'lost'
          ? t('live.lost')
          : state === 'silent'
            ? t('live.silent')
            : t('live.connecting');
  const action = state === 'paused' ? t('live.resume') : t('live.pause');
  return (
    <Tooltip
      label={`${word} · ${t('live.updated', { ago: format.relative(heardAt, Math.max(now, heardAt)) })} · ${action}`}
    >
      <UnstyledButton
        className={classes.live ?? ''}
        data-state={state}
        onClick={() => setLivePaused(state !== 'paused')}
        aria-label={`${word}. ${action}`}
      >
        {state === 'live' || state === 'connecting' ? (
          <span className="mantine-visible-from-md">{word}</span>
        ) : (
          <span className="mantine-visible-from-lg">{word}</span>
        )}
      </UnstyledButton>
    </Tooltip>
  );
}
