/** What changed between two JSON values, leaf by leaf, for people to read before they save. */

export interface Change {
  /** Path of names, joined with dots. */
  path: string;
  before: unknown;
  after: unknown;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Absent, null, empty text and empty list are the same thing to a reader. */
export function diff(before: unknown, after: unknown, path = ''): Change[] {
  if (isEmpty(before) && isEmpty(after)) return [];
  if (isRecord(before) || isRecord(after)) {
    if ((isRecord(before) || isEmpty(before)) && (isRecord(after) || isEmpty(after))) {
      const left = isRecord(before) ? before : {};
      const right = isRecord(after) ? after : {};
      const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
      return names.flatMap((name) => diff(left[name], right[name], path ? `${path}.${name}` : name));
    }
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}
