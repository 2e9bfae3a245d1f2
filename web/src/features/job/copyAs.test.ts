import { expect, it } from 'vitest';
import { asYaml } from './copyAs';

it('writes YAML that quotes every text and keeps lines of scripts', () => {
  const text = asYaml({
    name: 'yes: no',
    list: [1, 'a'],
    nested: { empty: [], on: true },
    script: "echo 'hi'\nexit 0\n",
    'odd key': null,
  }).trimStart();
  expect(text).toBe(
    [
      'name: "yes: no"',
      'list:',
      '  - 1',
      '  - "a"',
      'nested:',
      '  empty: []',
      '  on: true',
      'script: |',
      "  echo 'hi'",
      '  exit 0',
      '"odd key": null',
    ].join('\n'),
  );
});
