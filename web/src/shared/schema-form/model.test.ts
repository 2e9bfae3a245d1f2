import { describe, expect, it } from 'vitest';
import { groupMembers, humanize, initialValue, readSchema, type Schema, variantOf } from './model';

const webhook: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['url', 'auth'],
  properties: {
    timeout: { type: ['integer', 'null'], minimum: 1, default: 30, 'x-ui': { order: 30, group: 'advanced' } },
    url: { type: 'string', format: 'uri', 'x-ui': { order: 10, title: { en: 'Address', ar: 'العنوان' }, ltr: true } },
    method: { enum: ['GET', 'POST'], default: 'POST', 'x-ui': { order: 20 } },
    headers: { type: 'object', additionalProperties: { type: 'string' }, 'x-ui': { order: 25 } },
    auth: { $ref: '#/$defs/Auth' },
    level: {
      oneOf: [
        { const: 'low', title: 'Low' },
        { const: 'high', title: 'High' },
      ],
    },
    note: { anyOf: [{ $ref: '#/$defs/Note' }, { type: 'null' }] },
  },
  $defs: {
    Note: { type: 'object', properties: { text: { type: 'string' } } },
    Auth: {
      oneOf: [
        { type: 'object', title: 'None', properties: { kind: { const: 'none' } }, required: ['kind'] },
        {
          type: 'object',
          properties: { kind: { const: 'basic' }, user: { type: 'string' } },
          required: ['kind', 'user'],
        },
      ],
    },
  },
};

describe('readSchema', () => {
  const field = readSchema(webhook);
  const member = (name: string) => field.members.find((candidate) => candidate.name === name);

  it('orders members by x-ui.order and keeps the rest in schema order', () => {
    expect(field.members.map(({ name }) => name)).toEqual([
      'url',
      'method',
      'headers',
      'timeout',
      'auth',
      'level',
      'note',
    ]);
  });

  it('recognises each kind, also behind references and null', () => {
    expect(field.members.map(({ kind }) => kind)).toEqual([
      'string',
      'enum',
      'map',
      'integer',
      'variants',
      'enum',
      'object',
    ]);
    expect(member('timeout')?.nullable).toBe(true);
    expect(member('note')?.nullable).toBe(true);
  });

  it('takes titles from x-ui and makes one from the name otherwise', () => {
    expect(member('url')?.title).toEqual({ en: 'Address', ar: 'العنوان' });
    expect(humanize('connectTimeout_seconds')).toBe('Connect timeout seconds');
  });

  it('starts with defaults, constants and required members only', () => {
    expect(initialValue(field)).toEqual({ method: 'POST', timeout: 30, auth: { kind: 'none' } });
  });

  it('finds the alternative by its tag', () => {
    const auth = member('auth');
    expect(auth && variantOf(auth, { kind: 'basic' })?.field.members.map(({ name }) => name)).toEqual(['kind', 'user']);
  });

  it('puts advanced members last', () => {
    expect(groupMembers(field.members).map(({ group }) => group)).toEqual(['', 'advanced']);
  });

  it('stops at a schema that contains itself', () => {
    const tree: Schema = {
      $ref: '#/$defs/Tree',
      $defs: { Tree: { type: 'object', properties: { child: { $ref: '#/$defs/Tree' } } } },
    };
    expect(readSchema(tree).kind).toBe('object');
  });
});
