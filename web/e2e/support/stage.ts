/** What most flows need: a server with an administrator, and a browser, for as long as the file's tests run. */
import { after } from 'node:test';
import { launch } from './browser.ts';
import { startServer } from './server.ts';

export const server = await startServer();
after(() => server.stop());

export const browser = await launch();
after(() => browser.close());
