/** Business calendars in a real browser against the real server: made, imported, previewed, followed by a job. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signInApi } from './support/api.ts';
import { openContext } from './support/browser.ts';
import { browser, server } from './support/stage.ts';

const holidays = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//Test//EN',
  'BEGIN:VEVENT',
  'UID:1@example.com',
  'DTSTAMP:20260101T000000Z',
  'SUMMARY:Founding day',
  'DTSTART;VALUE=DATE:20260222',
  'RRULE:FREQ=YEARLY',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n');

test('a calendar is made, filled and followed by a job', { timeout: 120_000 }, async () => {
  const api = await signInApi(server.url);
  const { id } = await api.post<{ id: number }>('/api/v1/scheduler/jobs', {
    taskFunctionKey: 'echo',
    nameEn: 'Every morning',
    cronExpression: '0 9 * * *',
    timezone: 'Africa/Cairo',
  });
  const watched = await openContext(browser, server.url, {}, api.cookie);
  const { page } = watched;
  await page.goto('/calendars');
  await page.getByText('No calendars yet').waitFor();
  await page.getByRole('button', { name: 'New calendar' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name in English').fill('Egypt');
  for (const day of ['Friday', 'Saturday']) await dialog.getByText(day, { exact: true }).click();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { level: 1, name: 'Egypt' }).waitFor();
  await page.getByText('Friday and Saturday').first().waitFor();

  await page.getByRole('button', { name: 'Add entry' }).click();
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.getByText('Give it a name.').waitFor();
  await dialog
    .getByLabel(/^Name \*?/)
    .first()
    .fill('Labour Day');
  await dialog.getByRole('combobox', { name: 'When' }).click();
  await page.getByRole('option', { name: 'A day of every year' }).click();
  await dialog.getByRole('combobox', { name: 'Month' }).click();
  await page.getByRole('option', { name: 'May' }).click();
  await dialog.getByLabel('Day', { exact: true }).fill('1');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText(/Every year on .*1 May/).waitFor();

  await page.getByRole('button', { name: 'Import' }).click();
  const chooser = page.waitForEvent('filechooser');
  await dialog.getByRole('button', { name: /^File/ }).click();
  await (await chooser).setFiles({
    name: 'days.ics',
    mimeType: 'text/calendar',
    buffer: Buffer.from('not a calendar'),
  });
  await dialog.getByRole('button', { name: 'Import' }).click();
  // The server says what it did not understand, and nothing is stored.
  await dialog.getByRole('alert').waitFor();
  const again = page.waitForEvent('filechooser');
  await dialog.getByRole('button', { name: /^File/ }).click();
  await (await again).setFiles({ name: 'days.ics', mimeType: 'text/calendar', buffer: Buffer.from(holidays) });
  await dialog.getByRole('button', { name: 'Import' }).click();
  await dialog.waitFor({ state: 'detached' });
  await page.getByText('Founding day').first().waitFor();

  await page.getByRole('combobox', { name: 'Job', exact: true }).click();
  await page.getByRole('option', { name: 'Every morning' }).click();
  await page.getByText('No business day · ⁨Egypt⁩').first().waitFor();

  await page.goto(`/jobs/${id}/edit`);
  await page.getByRole('button', { name: 'Calendars and windows' }).click();
  await page.getByRole('combobox', { name: 'Add a calendar' }).click();
  await page.getByRole('option', { name: 'Egypt' }).click();
  await page.getByText(/^Skipped \d+/).waitFor();
  await page.getByRole('combobox', { name: 'Egypt' }).click();
  await page.getByRole('option', { name: 'Run on the business day after instead' }).click();
  await page.getByText('Moved to a business day').first().waitFor();
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: 'Every morning' }).waitFor();
  const job = await api.get<{ calendars: unknown[] }>(`/api/v1/scheduler/jobs/${id}`);
  assert.deepEqual(job.calendars, [{ calendarId: 1, rule: 'roll_next' }]);

  // Jobs follow it, so it stays.
  await page.goto('/calendars');
  await page.getByRole('button', { name: /^Actions for .*Egypt/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByText(/1 job follows .*Egypt/).waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('That did not work').waitFor();
  await watched.context.close();
  assert.deepEqual(watched.complaints, []);
});
