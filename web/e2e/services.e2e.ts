/** Connections, secrets and what else jobs reach, in a real browser against the real server. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { signInApi } from './support/api.ts';
import { openContext, type Watched } from './support/browser.ts';
import { browser, server } from './support/stage.ts';

async function signedIn(name?: string, password?: string): Promise<Watched> {
  const { cookie } = await signInApi(server.url, name, password);
  return openContext(browser, server.url, {}, cookie);
}

async function finish(watched: Watched): Promise<void> {
  await watched.context.close();
  assert.deepEqual(watched.complaints, []);
}

test('a secret is stored, a mail server refers to it, and the test says what is wrong', {
  timeout: 90_000,
}, async () => {
  const watched = await signedIn();
  const { page } = watched;
  await page.goto('/secrets');
  await page.getByText('No secrets yet').waitFor();
  await page.getByRole('button', { name: 'New secret' }).first().click();
  await page.getByLabel(/^Name/).fill('mail password');
  await page.getByRole('textbox', { name: 'Value' }).fill('hush-hush-hush');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  // The server says at the field what a name may be.
  await page
    .getByRole('dialog')
    .getByText(/letters, digits/)
    .first()
    .waitFor();
  await page.getByLabel(/^Name/).fill('mail-password');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByText('{"$secret":"mail-password"}').waitFor();
  assert.equal((await page.content()).includes('hush-hush-hush'), false);

  await page.goto('/connections');
  await page.getByText('Built in').waitFor();
  await page.getByRole('button', { name: /Test .*orloj-history/ }).click();
  await page.getByText('the database opens').waitFor();
  await page.getByRole('button', { name: 'New connection' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Kind' }).click();
  await page.getByRole('option', { name: 'Mail server' }).click();
  await dialog.getByLabel(/^Name/).first().fill('office');
  await dialog.getByRole('button', { name: 'Save and test' }).click();
  await dialog.getByText('This is required.').first().waitFor();
  await dialog.getByLabel(/^Host/).fill('127.0.0.1');
  await dialog.getByLabel(/^Sender/).fill('orloj@example.com');
  await dialog.getByRole('button', { name: 'Use a stored secret' }).click();
  await dialog.getByRole('combobox', { name: 'Password' }).click();
  await page.getByRole('option', { name: 'mail-password' }).click();
  await dialog.getByRole('button', { name: 'Save and test' }).click();
  await dialog.getByText('Saved, but it does not work yet').waitFor({ timeout: 20_000 });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: /Test .*office/ }).waitFor();
  const api = await signInApi(server.url);
  const { items } = await api.get<{ items: { name: string; settings: Record<string, unknown> }[] }>(
    '/api/v1/connections',
  );
  const office = items.find(({ name }) => name === 'office');
  assert.deepEqual(office?.settings.password, { $secret: 'mail-password' });

  // What is in use says by whom, and nobody deletes it by the way.
  await page.goto('/secrets');
  await page.getByRole('cell').getByRole('link', { name: 'office' }).waitFor();
  await page.getByRole('button', { name: 'Actions for \u2068mail-password\u2069' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByText('This is in use.').waitFor();
  await page.getByRole('dialog').getByRole('link', { name: 'office' }).waitFor();
  await page.getByLabel(/Type .* to confirm/).fill('mail-password');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete all the same' }).click();
  await page.getByText('No secrets yet').waitFor();
  await finish(watched);
});

test('a job picks a connection and one of its tables, and its export is done', { timeout: 90_000 }, async () => {
  const watched = await signedIn();
  const { page } = watched;
  await page.goto('/jobs/new?task=data_export');
  await page.getByLabel('Name in English').fill('Export the jobs');
  await page.getByRole('combobox', { name: 'Connection' }).click();
  await page.getByRole('option', { name: /orloj-history/ }).click();
  await page.getByRole('combobox', { name: 'Table' }).click();
  // Names come from the database itself: the open tables and no others.
  await page.getByRole('option', { name: 'job', exact: true }).waitFor();
  assert.equal(await page.getByRole('option', { name: 'account', exact: true }).count(), 0);
  await page.getByRole('option', { name: 'job', exact: true }).click();
  await page.getByRole('combobox', { name: 'Destination' }).click();
  await page.getByRole('option', { name: 'download' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.locator('.mantine-SegmentedControl-label').filter({ hasText: 'By hand' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Run it once right away').check();
  await page.getByRole('button', { name: 'Create job' }).click();
  await page.waitForURL(/\/executions\//);
  await page.locator('h1').getByText('Success').waitFor({ timeout: 20_000 });

  // The file that it made is there, whole, and can be taken away again.
  const files = page.getByRole('group', { name: 'Files' });
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    files.getByRole('link', { name: /\.csv/ }).first().click(),
  ]);
  const csv = await readFile(await download.path(), 'utf8');
  assert.match(csv, /Export the jobs/);
  await files.getByRole('button', { name: /^Delete/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await files.waitFor({ state: 'detached' });
  await finish(watched);
});

test('what is shared can be used and not changed', { timeout: 60_000 }, async () => {
  const api = await signInApi(server.url);
  await api.post('/api/v1/users', { name: 'guest', role: 'user', password: 'a guest of the house' });
  await api.post('/api/v1/secrets', { name: 'shared-token', value: 'x', sharedWithEverybody: true });
  await api.post('/api/v1/secrets', { name: 'private-token', value: 'x' });
  const watched = await signedIn('guest', 'a guest of the house');
  const { page } = watched;
  await page.goto('/secrets');
  await page.getByText('shared-token', { exact: true }).waitFor();
  await page.getByText('Shared with me').waitFor();
  assert.equal(await page.getByText('private-token').count(), 0);
  assert.equal(await page.getByRole('button', { name: /^Actions for/ }).count(), 0);
  assert.equal(await page.getByText('Encryption key').count(), 0);
  await page.goto('/connections');
  await page.getByText('No connections yet').waitFor();
  await finish(watched);
});

test('an administrator sees the key of the secrets and changes it', { timeout: 60_000 }, async () => {
  const api = await signInApi(server.url);
  const state = () => api.get<{ keyId: string; isUsable: boolean }>('/api/v1/secret-key');
  const before = await state();
  const watched = await signedIn();
  const { page } = watched;
  await page.goto('/secrets');
  const section = page.getByRole('region', { name: 'Encryption key' });
  await section.getByText(before.keyId).waitFor();
  await section.getByText('In force', { exact: true }).waitFor();
  await section.getByText(/orloj\.key$/).waitFor();
  await section.getByRole('button', { name: 'Change the key…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/Earlier backups of the database need the old key/).waitFor();
  await dialog.getByRole('button', { name: 'Change the key' }).click();
  await dialog.waitFor({ state: 'detached' });
  const after = await state();
  assert.notEqual(after.keyId, before.keyId);
  assert.equal(after.isUsable, true);
  await section.getByText(after.keyId).waitFor();
  await page.goto('/about');
  await page.getByText('Time zone database').waitFor();
  await finish(watched);
});
