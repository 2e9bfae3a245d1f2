// Types of the API from the committed OpenAPI document. Run after the server's routes change; the result is committed.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const document = here('../../openapi.json');
if (!existsSync(document)) {
  console.error('openapi.json is missing: run `cargo xtask codegen` first.');
  process.exit(1);
}
execFileSync(
  process.execPath,
  [
    here('../node_modules/openapi-typescript/bin/cli.js'),
    document,
    '-o',
    here('../src/api/schema.d.ts'),
    '--empty-objects-unknown',
  ],
  { stdio: 'inherit' },
);
