/** The style sheet lists components by hand; this finds the one somebody forgot. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(__dirname, '..');
const styles = join(root, '../node_modules/@mantine/core/styles');

function sources(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return /\.tsx$/.test(name) ? [readFileSync(path, 'utf8')] : [];
  });
}

it('imports the styles of every component in use', () => {
  const listed = ['ui/mantine.css', 'ui/mantine-more.css']
    .map((name) => readFileSync(join(root, name), 'utf8'))
    .join('');
  const used = new Set<string>();
  for (const source of sources(root)) {
    for (const [, names] of source.matchAll(/import \{([^}]*)\} from '@mantine\/core'/g)) {
      for (const name of (names ?? '').split(',')) used.add(name.trim().replace(/^type /, ''));
    }
  }
  expect(used.size).toBeGreaterThan(30);
  const missing = [...used].filter(
    (name) => existsSync(join(styles, `${name}.css`)) && !new RegExp(`/${name}[.]css['"]`).test(listed),
  );
  expect(missing).toEqual([]);
});
