// Vite plugin: puts the files of the interactive API pages beside the build. The server shows them at /docs, offline.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../node_modules/swagger-ui-dist', import.meta.url));

export function docsAssets() {
  return {
    name: 'orloj-docs-assets',
    apply: 'build',
    writeBundle(options) {
      const target = join(options.dir ?? 'dist', 'docs-assets');
      mkdirSync(target, { recursive: true });
      for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css'])
        copyFileSync(join(source, name), join(target, name));
    },
  };
}
