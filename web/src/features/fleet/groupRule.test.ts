import { describe, expect, it } from 'vitest';
import { isComplete, readRule, writeRule } from './groupRule';

describe('rule of a group', () => {
  const simple = [
    { all: [{ field: 'tags', op: 'contains', value: 'web' }] },
    {
      any: [
        { field: 'facts.os', op: 'in', value: ['linux', 'macos'] },
        { field: 'facts.cpus', op: 'gte', value: 4 },
        { field: 'facts.agent', op: 'exists' },
        { field: 'facts.virtual', op: 'eq', value: true },
      ],
    },
  ];

  it('is edited as a list where it is one, and comes back as it was', () => {
    for (const rule of simple) {
      const read = readRule(rule);
      expect(read).not.toBeNull();
      if (read) expect(writeRule(read)).toEqual(rule);
    }
  });

  it('is left to JSON where a list would change its meaning', () => {
    expect(readRule({ not: { field: 'status', op: 'eq', value: 'online' } })).toBeNull();
    expect(readRule({ all: [{ any: [] }] })).toBeNull();
    // A text of digits is not a number.
    expect(readRule({ all: [{ field: 'facts.serial', op: 'eq', value: '42' }] })).toBeNull();
    expect(readRule({ all: [{ field: 'tags', op: 'in', value: ['a,b'] }] })).toBeNull();
    expect(readRule({ all: [{ field: 'tags', op: 'like', value: 'a' }] })).toBeNull();
    expect(readRule(null)).toBeNull();
  });

  it('knows when something is missing', () => {
    expect(isComplete({ match: 'all', tests: [] })).toBe(false);
    expect(isComplete({ match: 'all', tests: [{ field: 'tags', op: 'contains', text: ' ' }] })).toBe(false);
    expect(isComplete({ match: 'all', tests: [{ field: 'tags', op: 'exists', text: '' }] })).toBe(true);
  });
});
