/** Channels, rules and what was sent, in a real browser against the real server and a real receiver. */
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { eventually, signInApi } from './support/api.ts';
import { launch, openContext } from './support/browser.ts';
import { startServer } from './support/server.ts';

let server: Awaited<ReturnType<typeof startServer>>;
let browser: Browser;
let receiver: Server;
const received: string[] = [];
let answer = 500;

before(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => {
      body += piece.toString();
    });
    request.on('end', () => {
      received.push(body);
      response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  server = await startServer({ env: { ORLOJ_ALLOW_PRIVATE_ADDRESSES: 'true' } });
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
  receiver?.close();
});

test('a failure is told through a channel, and a failed message is sent again', { timeout: 120_000 }, async () => {
  const api = await signInApi(server.url);
  const { id } = await api.post<{ id: number }>('/api/v1/scheduler/jobs', {
    taskFunctionKey: 'script',
    nameEn: 'Fails always',
    manual: true,
    parameters: { script: 'exit 3' },
  });
  const watched = await openContext(browser, server.url, {}, api.cookie);
  const { page } = watched;
  const dialog = page.getByRole('dialog');
  await page.goto('/notifications');
  await page.getByText('No rules yet').waitFor();
  await page.getByRole('tab', { name: 'Channels' }).click();
  await page.getByRole('button', { name: 'New channel' }).click();
  await dialog.getByRole('combobox', { name: 'Kind' }).click();
  await page.getByRole('option', { name: 'Web address' }).click();
  await dialog.getByRole('button', { name: 'Create' }).click();
  // Name and address are missing, and it says so at both.
  assert.equal(await dialog.getByText('This is required.').count(), 2);
  await dialog.getByLabel(/^Name/).first().fill('pager');
  const { port } = receiver.address() as AddressInfo;
  await dialog.getByLabel(/^Address/).fill(`http://127.0.0.1:${port}/hook`);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /Test .*pager/ }).click();
  await page.getByRole('status').getByText(/500/).waitFor({ timeout: 20_000 });

  await page.getByRole('tab', { name: 'Rules' }).click();
  await page.getByRole('button', { name: 'New rule' }).click();
  await dialog.getByLabel(/^Name/).first().fill('failures');
  await dialog.getByRole('combobox', { name: 'Channels' }).click();
  await page.getByRole('option', { name: 'pager' }).click();
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByRole('switch', { name: /failures.* is on/ }).waitFor();

  await api.post(`/api/v1/scheduler/jobs/${id}/action`, { action: 'trigger' });
  await page.getByRole('tab', { name: 'Deliveries' }).click();
  await page.getByText('Fails always').waitFor({ timeout: 30_000 });
  answer = 200;
  await eventually(
    async () => received.filter((body) => body.includes('Fails always')).length,
    (count) => count >= 1,
    'the message',
    60_000,
  );

  // A job can have notifications of its own.
  await page.goto(`/jobs/${id}/edit`);
  await page.getByRole('button', { name: 'Notifications', exact: true }).click();
  await page.getByRole('button', { name: 'Add notification' }).click();
  await page.getByRole('combobox', { name: 'Channels' }).click();
  await page.getByRole('option', { name: 'pager' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: 'Fails always' }).waitFor();
  const job = await api.get<{ notifications: { channels: string[] }[] }>(`/api/v1/scheduler/jobs/${id}`);
  assert.deepEqual(
    job.notifications.map(({ channels }) => channels),
    [['pager']],
  );
  await page.goto(`/jobs/${id}?tab=settings`);
  await page.getByRole('link', { name: 'Messages about this job' }).click();
  await page.getByRole('button', { name: 'Show all jobs' }).waitFor();
  await watched.context.close();
  assert.deepEqual(watched.complaints, []);
});
