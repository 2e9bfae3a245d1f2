import { expect, it } from 'vitest';
import { diff } from './diff';

it('lists changed leaves with their paths', () => {
  expect(diff({ a: 1, b: { c: 'x', d: [1] } }, { a: 2, b: { c: 'x', d: [1, 2] } })).toEqual([
    { path: 'a', before: 1, after: 2 },
    { path: 'b.d', before: [1], after: [1, 2] },
  ]);
});

it('finds what was added and what was removed', () => {
  expect(diff({ gone: { deep: 1 } }, { come: true })).toEqual([
    { path: 'gone.deep', before: 1, after: undefined },
    { path: 'come', before: undefined, after: true },
  ]);
});

it('does not call absent, null and empty a change', () => {
  expect(diff({ a: null, b: '', c: [] }, {})).toEqual([]);
});

it('shows a change of type whole', () => {
  expect(diff({ a: { x: 1 } }, { a: 'text' })).toEqual([{ path: 'a', before: { x: 1 }, after: 'text' }]);
});
