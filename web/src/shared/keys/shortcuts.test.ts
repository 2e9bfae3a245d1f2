import { describe, expect, it } from 'vitest';
import { KeySequence, keyName } from './shortcuts';

const bound = (name: string) => ['?', 'j', 'g j'].includes(name);

describe('shortcuts', () => {
  it('prefer a sequence to its last key alone', () => {
    const keys = new KeySequence();
    expect(keys.match('g', 0, bound)).toBeNull();
    expect(keys.match('j', 500, bound)).toBe('g j');
    expect(keys.match('j', 600, bound)).toBe('j');
  });

  it('forget a first key after a while', () => {
    const keys = new KeySequence();
    keys.match('g', 0, bound);
    expect(keys.match('j', 5000, bound)).toBe('j');
  });

  it('mean the same key on an Arabic keyboard', () => {
    expect(keyName({ key: 'ت', code: 'KeyJ', shiftKey: false })).toBe('j');
    expect(keyName({ key: '؟', code: 'Slash', shiftKey: true })).toBe('?');
    expect(keyName({ key: '/', code: 'Slash', shiftKey: false })).toBe('/');
  });
});
