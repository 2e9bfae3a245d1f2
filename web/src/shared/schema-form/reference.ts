/**
 * What may stand in the place of a text: `{"$secret": "name"}` for a stored secret, and `{"$set": true}` for a value
 * that the server has and does not tell.
 */

export function secretName(value: unknown): string | null {
  const name = single(value)?.$secret;
  return typeof name === 'string' ? name : null;
}

export function isStored(value: unknown): boolean {
  return single(value)?.$set === true;
}

export function isReference(value: unknown): boolean {
  return secretName(value) !== null || isStored(value);
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
