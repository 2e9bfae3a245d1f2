// Holds the interface to its budget: what the first page costs, and what each further page adds. Sizes are gzip, as sent.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const firstLimit = 250_000;
const pageLimit = 60_000;

const assets = join(dist, 'assets');
const files = new Map(readdirSync(assets).map((name) => [name, readFileSync(join(assets, name))]));
const gz = new Map([...files].map(([name, content]) => [name, gzipSync(content, { level: 9 }).length]));
const sum = (names) => [...names].reduce((total, name) => total + (gz.get(name) ?? 0), 0);

/** Static imports of a chunk, all the way down. */
function closure(names, seen = new Set()) {
  for (const name of names) {
    if (seen.has(name) || !files.has(name)) continue;
    seen.add(name);
    if (!name.endsWith('.js')) continue;
    const source = files.get(name).toString();
    const found = [...source.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)].map(([, file]) => file);
    closure(found, seen);
  }
  return seen;
}

/** What a dynamic import brings besides its own module: the list Vite writes next to it. */
const entry = readFileSync(join(dist, 'index.html'), 'utf8');
const named = [...entry.matchAll(/\/assets\/([\w.-]+\.(?:js|css))/g)].map(([, file]) => file);
const first = closure(named);
const language = [...files.keys()].find((name) => /^en-.*\.js$/.test(name));
if (language) closure([language], first);
const shell = sum(first);

const all = [...files].filter(([name]) => name.endsWith('.js')).map(([name, content]) => [name, content.toString()]);
const dynamic = new Map();
for (const [name, source] of all) {
  for (const [, file] of source.matchAll(/import\(\s*[`"']\.\/([\w.-]+\.js)[`"']\s*\)/g)) dynamic.set(file, name);
}

let failed = false;
const report = (label, size, limit) => {
  const over = size > limit;
  failed ||= over;
  console.log(`${over ? 'OVER ' : 'ok   '} ${(size / 1000).toFixed(1).padStart(7)} kB  ${label}`);
};
const dashboard = [...files.keys()].find((name) => /^DashboardPage-.*\.js$/.test(name));
report('shell: scripts, styles, one language', shell, firstLimit);
report('first load: shell and dashboard', sum(closure(dashboard ? [dashboard] : [], new Set(first))), firstLimit);
for (const file of [...files.keys()].filter((name) => name.endsWith('.js') && !first.has(name)).sort()) {
  const name = file.replace(/-[\w-]{8}\.js$/, '');
  const size = gz.get(file) ?? 0;
  if (dynamic.has(file) || size > 20_000) report(name, size, pageLimit);
}
const fonts = [...files.keys()].filter((name) => /\.woff2$/.test(name));
console.log(
  `      ${(fonts.reduce((total, name) => total + files.get(name).length, 0) / 1000).toFixed(1)} kB of fonts in ${fonts.length} files, of which a page fetches the ranges it shows`,
);
process.exitCode = failed ? 1 : 0;
