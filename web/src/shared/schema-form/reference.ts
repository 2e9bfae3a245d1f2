/**
 * What may stand in the place of a text: `{"$secret": "name"}` for a stored secret, and `{"$set": true}` for a value
 * that the server has and does not tell. And in the place of any value: `{"$result": {"job": …, "path": …}}` for what
 * an earlier job returned.
 */
import { steps } from './pointer';

export function secretName(value: unknown): string | null {
  const name = single(value)?.$secret;
  return typeof name === 'string' ? name : null;
}

export function isStored(value: unknown): boolean {
  return single(value)?.$set === true;
}

/** Which earlier job, by its word or number, and where in its result. */
export interface ResultPlace {
  job: string | number;
  path: string;
}

export function resultPlace(value: unknown): ResultPlace | null {
  const inner = single(value)?.$result;
  if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return null;
  const { job, path } = inner as Record<string, unknown>;
  if (typeof job !== 'string' && typeof job !== 'number') return null;
  return { job, path: typeof path === 'string' ? path : '' };
}

export function resultReference({ job, path }: ResultPlace): Record<string, unknown> {
  return { $result: path === '' ? { job } : { job, path } };
}

export function isReference(value: unknown): boolean {
  return secretName(value) !== null || isStored(value) || resultPlace(value) !== null;
}

/** Whether the value at the pointer, or anything it stands in, comes from elsewhere. */
export function isReferenceAt(value: unknown, pointer: string): boolean {
  let current = value;
  for (const name of [...steps(pointer), null]) {
    if (isReference(current)) return true;
    if (name === null || current === null || typeof current !== 'object') return false;
    current = (current as Record<string, unknown>)[name];
  }
  return false;
}

/** The reference that somebody typed as JSON. */
export function readReference(text: string): Record<string, unknown> | null {
  if (!text.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(text);
    return secretName(value) === null ? null : (value as Record<string, unknown>);
  } catch {
    return null;
  }
}

function single(value: unknown): Record<string, unknown> | null {
  const own = value !== null && typeof value === 'object' && !Array.isArray(value);
  return own && Object.keys(value).length === 1 ? (value as Record<string, unknown>) : null;
}
