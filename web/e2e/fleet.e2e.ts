/** Devices, groups, software and files, in a real browser against the real server with a real agent. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startAgent, type TestAgent } from './support/agent.ts';
import { eventually, signInApi } from './support/api.ts';
import { launch, openContext, type Watched } from './support/browser.ts';
import { startServer } from './support/server.ts';

let server: Awaited<ReturnType<typeof startServer>>;
let browser: Browser;
let agent: TestAgent | undefined;

before(async () => {
  server = await startServer();
  browser = await launch();
});

after(async () => {
  await agent?.stop();
  await browser?.close();
  await server?.stop();
});

async function signedIn(): Promise<Watched> {
  const { cookie } = await signInApi(server.url);
  return openContext(browser, server.url, {}, cookie);
}

async function finish(watched: Watched): Promise<void> {
  await watched.context.close();
  assert.deepEqual(watched.complaints, []);
}

test('a device is enrolled, runs a command, rests and is revoked', { timeout: 180_000 }, async () => {
  const watched = await signedIn();
  const { page } = watched;
  const dialog = page.getByRole('dialog');
  await page.goto('/devices');
  await page.getByText('No devices yet').waitFor();
  await page.getByRole('button', { name: 'Enrol device' }).first().click();
  await dialog.getByLabel('Name').fill('workshop');
  await dialog.getByRole('button', { name: 'Make token' }).click();
  const command = (await dialog.locator('pre').textContent()) ?? '';
  const token = /--token (\S+)/.exec(command)?.[1] ?? '';
  assert.ok(token.length > 20, command);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  agent = await startAgent(server.url, token);
  await page.getByRole('link', { name: 'workshop' }).waitFor({ timeout: 30_000 });
  await page.getByRole('link', { name: 'workshop' }).click();
  await page.locator('h1').getByText('Online').waitFor({ timeout: 30_000 });
  await page.getByText('Host name').first().waitFor({ timeout: 30_000 });

  // Right away, from the device's page: the output of the device appears on the page of the run.
  await page.getByRole('button', { name: 'Run command…' }).click();
  await dialog.locator('.cm-content').first().click();
  await page.keyboard.insertText('echo hello from the device; echo and a warning >&2');
  await dialog.getByRole('button', { name: 'Execute now' }).click();
  await page.waitForURL(/\/deployments\/\d+/);
  await page.locator('h1').getByText('Completed').waitFor({ timeout: 60_000 });
  await page.getByText('1 of 1 succeeded, 0 failed').waitFor();
  await page.getByRole('button', { name: /Show output .*workshop/ }).click();
  await page
    .getByRole('log', { name: /Output of .*workshop/ })
    .getByText('hello from the device')
    .waitFor();
  await page.getByRole('link', { name: 'Log', exact: true }).click();
  await page.waitForURL(/\/executions\//);
  await page.getByText('1 of 1 done, 1 succeeded').waitFor();

  // What did not succeed on a device is run again there, from the page of the run.
  const api = await signInApi(server.url);
  const parameters = { command: 'exit 3', targets: { devices: [1] } };
  const failing = await api.post<{ executionId: string }>('/api/v1/deployments', {
    name: 'fails',
    kind: 'command',
    parameters,
  });
  await page.goto(`/executions/${failing.executionId}`);
  await page.getByText('1 of 1 done, 0 succeeded').waitFor({ timeout: 30_000 });
  await page.getByRole('button', { name: 'Run again where it did not succeed' }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(failing.executionId));
  await page.getByText('1 of 1 done, 0 succeeded').waitFor({ timeout: 30_000 });

  // A change that somebody makes elsewhere is on the page before it would look again by itself, after half a minute.
  await page.goto('/devices');
  await page.getByRole('link', { name: 'workshop' }).waitFor();
  await api.patch('/api/v1/devices/1', { description: 'Third shelf' });
  await page.getByText('Third shelf').waitFor({ timeout: 10_000 });
  await api.patch('/api/v1/devices/1', { description: null });

  // Or later: the wizard begins with what was filled in.
  await page.goto('/devices');
  await page.getByRole('button', { name: /Actions for .*workshop/ }).click();
  await page.getByRole('menuitem', { name: 'Run command…' }).click();
  await dialog.locator('.cm-content').first().click();
  await page.keyboard.insertText('uptime');
  await dialog.getByRole('button', { name: 'Schedule…' }).click();
  await page.getByRole('heading', { level: 1, name: 'New job' }).waitFor();
  await page.getByText('workshop', { exact: true }).first().waitFor();
  await page.locator('.cm-content').first().getByText('uptime').waitFor();

  await page.goto('/groups');
  await page.getByRole('button', { name: 'New group' }).first().click();
  await dialog.getByLabel(/^Name/).fill('Linux hosts');
  await dialog.getByText('By rule', { exact: true }).click();
  await dialog.getByRole('combobox', { name: 'Field 1' }).fill('facts.os');
  await dialog.getByRole('combobox', { name: 'Comparison 1' }).click();
  await page.getByRole('option', { name: 'is', exact: true }).click();
  await dialog.getByLabel('Value 1').fill('windows');
  await dialog.getByText('0 devices').waitFor();
  await dialog.getByLabel('Value 1').fill('linux');
  await dialog.getByRole('link', { name: 'workshop' }).waitFor();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '1 device' }).click();
  await dialog.getByRole('link', { name: 'workshop' }).click();

  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Begin maintenance…' }).click();
  await dialog.getByLabel('Reason').fill('new disk');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByText('new disk').waitFor();
  await page.getByRole('button', { name: 'End maintenance' }).click();
  await page.getByText('new disk').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Revoke' }).click();
  await dialog.getByLabel(/Type .* to confirm/).fill('workshop');
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await page.locator('h1').getByText('Revoked').waitFor();
  await finish(watched);
});

test('a file is uploaded in pieces and is the same on the server', { timeout: 90_000 }, async () => {
  const watched = await signedIn();
  const { page } = watched;
  const content = randomBytes(9 * 1024 * 1024 + 17);
  await page.goto('/files');
  await page.getByText('No files yet').waitFor();
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Upload' }).click();
  await (await chooser).setFiles({ name: 'big.bin', mimeType: 'application/octet-stream', buffer: content });
  await page.getByRole('button', { name: /Actions for .*big.bin/ }).waitFor({ timeout: 30_000 });
  const api = await signInApi(server.url);
  const file = await eventually(
    async () => (await api.get<{ items: { state: string; sha256: string; size: number }[] }>('/api/v1/files')).items[0],
    (one) => one?.state === 'ready',
    'the whole file',
  );
  assert.equal(file?.size, content.length);
  assert.equal(file?.sha256, createHash('sha256').update(content).digest('hex'));
  await page.getByText(`${file?.sha256.slice(0, 12)}…`).waitFor();
  await page.getByRole('button', { name: /Actions for .*big.bin/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('No files yet').waitFor();
  await finish(watched);
});

test('software of one’s own joins the catalogue', { timeout: 60_000 }, async () => {
  const watched = await signedIn();
  const { page } = watched;
  const dialog = page.getByRole('dialog');
  await page.goto('/software');
  await page.getByText('htop', { exact: true }).waitFor();
  await page.getByRole('textbox', { name: 'Search' }).fill('web server');
  await page.getByText('nginx', { exact: true }).first().waitFor();
  assert.equal(await page.getByText('htop', { exact: true }).count(), 0);
  await page.getByRole('button', { name: 'Add software' }).click();
  await dialog.getByLabel(/^Name/).fill('Our tools');
  await dialog.getByRole('button', { name: 'Create' }).click();
  // Without packages or commands the server refuses, and says where.
  await dialog.getByRole('alert').first().waitFor();
  await dialog.getByLabel('Packages of ⁨apt⁩').fill('our-tools');
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('textbox', { name: 'Search' }).fill('our');
  await page.getByText('Our tools', { exact: true }).waitFor();
  await finish(watched);
});
