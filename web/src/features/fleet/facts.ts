import type { TFunction } from 'i18next';
import { type Formatter, isolate } from '@/shared/format/formatter';

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

/** What agents report, in the order in which it is read. */
const known = [
  'hostname',
  'osName',
  'os',
  'osId',
  'osVersion',
  'kernel',
  'architecture',
  'cpuModel',
  'cpus',
  'memoryTotal',
  'memoryAvailable',
  'disks',
  'addresses',
  'macAddresses',
  'bootedAt',
  'agentUser',
  'allowedSteps',
  'shells',
  'packageManagers',
] as const;

export interface Fact {
  name: string;
  /** Machine text: left to right in both languages. */
  value: string;
  /** For an instant, which is written as the page writes times. */
  at?: string;
}

/** All facts by what they are called here, readable: sizes as sizes, lists in one line. One that nobody named keeps its own name. */
export function factRows(facts: unknown, format: Formatter, t: TFunction): Fact[] {
  if (!facts || typeof facts !== 'object' || Array.isArray(facts)) return [];
  const all = facts as Record<string, unknown>;
  const others = Object.keys(all).filter((name) => !known.some((one) => one === name));
  return [
    ...known
      .filter((name) => name in all)
      .map((name) => ({ name: t(`devices.fact.${name}`), of: name, raw: all[name] })),
    ...others.map((name) => ({ name, of: name, raw: all[name] })),
  ].map(({ name, of, raw }) => {
    if (of === 'bootedAt' && typeof raw === 'string') return { name, value: raw, at: raw };
    if (of === 'disks' && Array.isArray(raw))
      return { name, value: raw.map((disk) => diskText(disk, format, t)).join('\n') };
    if (typeof raw !== 'number') return { name, value: plain(raw) || '—' };
    const isSize = /bytes|memory|size|total|free/i.test(of) && raw > 1_000_000;
    return { name, value: isSize ? format.bytes(raw) : format.number(raw) };
  });
}

function diskText(disk: unknown, format: Formatter, t: TFunction): string {
  const { mount, total, available } = (disk ?? {}) as Record<string, unknown>;
  return typeof mount === 'string' && typeof total === 'number' && typeof available === 'number'
    ? t('devices.diskFree', { mount: isolate(mount), free: format.bytes(available), total: format.bytes(total) })
    : plain(disk);
}
