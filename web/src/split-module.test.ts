/** The cut of a large module: both parts together do what the whole did. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cut } from '../scripts/split-module.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orloj-cut-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const whole = `
class Base { name() { return 'base'; } }
let counter = 0;
function bump() { counter += 1; return counter; }
const helper = () => late() + 1;
function late() { return 41; }
class Far extends Base { name() { return 'far ' + super.name() + bump(); } }
const { a: pulled } = { a: 5 };
export { Base, Far as Distant, helper, pulled, bump };
`;

test('a later statement that an earlier one needs stays with it', () => {
  const { first, second } = cut(whole, 0.45, './first.mjs');
  expect(first).toContain('function late()');
  expect(second).toContain('class Far');
  expect(second).not.toContain('class Base');
  // The bundler takes what was moved from where it is now; the line that leads there is for it alone.
  const passedOn = /export \{ Distant, pulled \} from "\.\/first\.mjs\?later-part";\n/;
  expect(first).toMatch(passedOn);
  writeFileSync(join(folder, 'first.mjs'), first.replace(passedOn, ''));
  writeFileSync(join(folder, 'second.mjs'), second);
  const at = (name: string) => JSON.stringify(pathToFileURL(join(folder, name)).href);
  const script = `import { bump, helper } from ${at('first.mjs')};
    import { Distant, pulled } from ${at('second.mjs')};
    console.log(JSON.stringify([helper(), new Distant().name(), bump(), pulled]));`;
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  expect(JSON.parse(said)).toEqual([42, 'far base1', 2, 5]);
});

test('a module that cannot be cut is refused', () => {
  expect(() => cut('const a = 1;\nexport { a };', 0.9, 'small')).toThrow('cannot be cut');
});
