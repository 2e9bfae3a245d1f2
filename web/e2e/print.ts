/** Prints a run as a browser does, for people to look at: PDF files in the folder of the screenshots. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, openContext, settled } from './support/browser.ts';
import { startServer } from './support/server.ts';
import { buildWorld } from './support/world.ts';

const folder = process.env.SCREENSHOTS ?? fileURLToPath(new URL('../../screenshots', import.meta.url));
const server = await startServer();
const browser = await launch();
try {
  const world = await buildWorld(server.url);
  await mkdir(folder, { recursive: true });
  for (const [language, theme] of [
    ['en', 'dark'],
    ['ar', 'light'],
  ] as const) {
    const { page, context } = await openContext(browser, server.url, { language, theme }, world.api.cookie);
    for (const [name, run] of Object.entries({ long: world.runs.long, failed: world.runs.bad })) {
      await page.goto(`/executions/${run}`);
      await settled(page);
      await page.pdf({ path: join(folder, `print-${name}.${language}.pdf`), format: 'A4' });
    }
    await context.close();
  }
} finally {
  await browser.close();
  await server.stop();
}
