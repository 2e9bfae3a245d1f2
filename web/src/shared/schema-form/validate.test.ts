import { describe, expect, it } from 'vitest';
import { readSchema, type Schema } from './model';
import { below, step, steps } from './pointer';
import { validate } from './validate';

const schema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'target'],
  properties: {
    name: { type: 'string', minLength: 3, maxLength: 5 },
    count: { type: ['integer', 'null'], minimum: 1, maximum: 9 },
    mail: { type: 'string', format: 'email' },
    list: { type: 'array', items: { type: 'string', pattern: '^[a-z]+$' }, maxItems: 2 },
    target: {
      oneOf: [
        {
          type: 'object',
          additionalProperties: false,
          properties: { kind: { const: 'file' }, path: { type: 'string' } },
          required: ['kind', 'path'],
        },
        {
          type: 'object',
          additionalProperties: false,
          properties: { kind: { const: 'url' }, url: { type: 'string' } },
          required: ['kind', 'url'],
        },
      ],
    },
  },
};

const check = (value: unknown) => validate(readSchema(schema), schema, value);

describe('validate', () => {
  it('does not judge what an earlier job will return', () => {
    const result = { $result: { job: 'export', path: '/rows' } };
    expect(check({ name: result, count: result, list: result, target: result })).toEqual([]);
    expect(check({ name: 'abc', list: [result], target: { kind: 'file', path: result } })).toEqual([]);
    expect(check({ name: { $result: 'export' }, target: result }).map(({ pointer }) => pointer)).toEqual(['/name']);
  });

  it('accepts a value that fits', () => {
    expect(check({ name: 'abc', count: null, target: { kind: 'url', url: 'x' } })).toEqual([]);
  });

  it('points at the missing member, not at its parent', () => {
    expect(check({ target: { kind: 'file', path: '/' } })).toEqual([{ pointer: '/name', code: 'required' }]);
  });

  it('complains only about the chosen alternative', () => {
    expect(check({ name: 'abc', target: { kind: 'url' } })).toEqual([{ pointer: '/target/url', code: 'required' }]);
  });

  it('gives the limit with the error', () => {
    expect(check({ name: 'ab', target: { kind: 'url', url: '' } })).toEqual([
      { pointer: '/name', code: 'minLength', limit: 3 },
    ]);
  });

  it('reaches into lists', () => {
    expect(check({ name: 'abc', list: ['ok', 'NO'], target: { kind: 'url', url: '' } })).toMatchObject([
      { pointer: '/list/1', code: 'pattern' },
    ]);
  });

  it('leaves a schema it cannot read to the server', () => {
    const broken: Schema = { type: 'object', properties: { a: { $ref: '#/$defs/none' } } };
    expect(validate(readSchema(broken), broken, { a: 1 })).toEqual([]);
  });
});

describe('pointers', () => {
  it('escape and unescape', () => {
    expect(step('a/b~c')).toBe('/a~1b~0c');
    expect(steps('/a~1b~0c/0')).toEqual(['a/b~c', '0']);
  });

  it('cut a prefix at whole steps only', () => {
    expect(below([{ pointer: '/parameters/url' }, { pointer: '/parametersX' }], '/parameters')).toEqual([
      { pointer: '/url' },
    ]);
  });
});

describe('references', () => {
  const schema: Schema = {
    type: 'object',
    required: ['password'],
    properties: {
      password: { type: 'string', minLength: 8 },
      headers: { type: 'object', additionalProperties: { type: 'string' } },
    },
  };
  const errorsOf = (value: unknown) => validate(readSchema(schema), schema, value);

  it('stand in the place of a text', () => {
    expect(errorsOf({ password: { $secret: 'mail' }, headers: { Authorization: { $secret: 'token' } } })).toEqual([]);
    expect(errorsOf({ password: { $set: true } })).toEqual([]);
  });

  it('are nothing but a name', () => {
    expect(errorsOf({ password: { $secret: 5 } })).toHaveLength(1);
    expect(errorsOf({ password: { $secret: 'mail', and: 'more' } })).toHaveLength(1);
    expect(errorsOf({})).toEqual([{ pointer: '/password', code: 'required' }]);
  });
});
