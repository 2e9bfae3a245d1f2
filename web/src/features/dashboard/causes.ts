/** Every word by which the engine groups failures; `causes.test.ts` holds them against the engine's own. */
export const causes = [
  'failed',
  'timeout',
  'lost',
  'exit_code',
  'signal',
  'http_status',
  'network',
  'invalid_parameters',
  'internal',
  'other',
] as const;

export type CauseWord = (typeof causes)[number];

export function knownCause(word: string | undefined): CauseWord | undefined {
  return causes.find((cause) => cause === word);
}
