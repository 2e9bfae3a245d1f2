import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

const known = [
  'paused',
  'disabled',
  'overlap',
  'misfire_grace',
  'coalesced',
  'blackout',
  'deleted',
  'server_stopped',
  'cancelled',
  'waiting_for_limit',
  'waiting_for_slot',
  'retry',
  'retry_after_loss',
  'superseded',
  'join_expired',
  'not_a_parent',
] as const;

/** Why the engine decided as it did: its stable word as a sentence, anything else as it is. */
export function useReasonText(): (reason: string | null | undefined) => string {
  const { t } = useTranslation();
  return useCallback(
    (reason) => {
      if (!reason) return '—';
      const word = known.find((candidate) => candidate === reason.replaceAll(' ', '_'));
      return word ? t(`ledger.reason.${word}`) : reason;
    },
    [t],
  );
}
