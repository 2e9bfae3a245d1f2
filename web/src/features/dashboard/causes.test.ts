import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ar } from '@/i18n/ar';
import { en } from '@/i18n/en';
import { causes, knownCause } from './causes';

const root = join(__dirname, '../../../..');

/** The variants of the enum that task functions fail by. */
function engineCauses(): string[] {
  const source = readFileSync(join(root, 'crates/tasks/src/outcome.rs'), 'utf8');
  const body = /pub enum Cause \{([\s\S]*?)\n\}/.exec(source)?.[1] ?? '';
  const names = [...body.matchAll(/^ {4}([A-Z]\w*)/gm)].map(([, name]) => name ?? '');
  return names.map((name) => name.replace(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase());
}

describe('causes of failures', () => {
  it('are all known, with the two that the engine adds by itself', () => {
    const named = engineCauses();
    expect(named.length).toBeGreaterThan(6);
    expect([...causes].sort()).toEqual([...named, 'failed', 'lost'].sort());
  });

  it('have words in both languages', () => {
    for (const cause of causes) {
      expect(en.cause[cause], cause).toBeTruthy();
      expect((ar.cause as Record<string, string>)[cause], cause).toBeTruthy();
    }
    expect(Object.keys(en.cause).sort()).toEqual([...causes].sort());
  });

  it('of a later engine are shown as they are', () => {
    expect(knownCause('exit_code')).toBe('exit_code');
    expect(knownCause('moon_phase')).toBeUndefined();
  });
});
