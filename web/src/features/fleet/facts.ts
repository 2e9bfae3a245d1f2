import type { Formatter } from '@/shared/format/formatter';

/** The system of a device; agents report what they find, so nothing is taken for granted. */
export function osText(facts: unknown): string {
  const known = facts && typeof facts === 'object' ? (facts as Record<string, unknown>) : {};
  return plain(known.osName) || plain(known.os) || '—';
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(plain).filter(Boolean).join(', ');
  if (typeof value === 'object') {
    const { name, version, path, ...rest } = value as Record<string, unknown>;
    const known = [name ?? path, version].filter((part) => typeof part === 'string').join(' ');
    return known || JSON.stringify({ ...rest });
  }
  return String(value);
}

/** All facts, readable: sizes as sizes, lists in one line. */
export function factRows(facts: unknown, format: Formatter): [string, string][] {
  if (!facts || typeof facts !== 'object' || Array.isArray(facts)) return [];
  return Object.entries(facts).map(([name, value]) => [
    name,
    typeof value === 'number'
      ? /bytes|memory|size|total|free/i.test(name) && value > 1_000_000
        ? format.bytes(value)
        : format.number(value)
      : plain(value) || '—',
  ]);
}
