/** What most flows need: a server with an administrator, and a browser, for as long as the file's tests run. */
import { after, before } from 'node:test';
import type { Browser } from 'playwright-core';
import { launch } from './browser.ts';
import { startServer } from './server.ts';

export let server: Awaited<ReturnType<typeof startServer>>;
export let browser: Browser;

before(async () => {
  server = await startServer();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});
