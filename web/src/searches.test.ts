import { expect, it } from 'vitest';
import { executionSearch, historySearch, jobsSearch } from './searches';

it('keeps what an address may say and drops the rest', () => {
  expect(
    jobsSearch({ q: 'mail', status: 'failed', page: '3', enabled: 'false', perPage: 5000, sort: 'evil', nonsense: 1 }),
  ).toEqual({ q: 'mail', status: 'failed', page: 3, enabled: false });
});

it('never lets a malformed number through', () => {
  expect(historySearch({ page: '-1', job: 'x', perPage: '1e9' })).toEqual({});
  expect(executionSearch({ line: '12', to: '7.5' })).toEqual({ line: 12 });
});
