/** Takes the ten pictures of docs/tour.md, so that the guide shows what the interface is now. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { launch, openContext, settled } from './support/browser.ts';
import { startServer } from './support/server.ts';
import { buildWorld } from './support/world.ts';

const folder = fileURLToPath(new URL('../../docs/tour', import.meta.url));
const server = await startServer();
const browser = await launch();
try {
  const world = await buildWorld(server.url);
  await mkdir(folder, { recursive: true });
  const size = { width: 1200, height: 760 };
  const { page } = await openContext(browser, server.url, { ...size }, world.api.cookie);
  const outside = await openContext(browser, server.url, { ...size });
  const shot = async (at: Page, name: string) => {
    await settled(at);
    await at.screenshot({ path: join(folder, `${name}.png`) });
  };

  await outside.page.goto('/sign-in');
  await shot(outside.page, '01-sign-in');

  await page.goto('/');
  await shot(page, '02-dashboard');

  await page.goto('/jobs/new');
  await shot(page, '03-what');
  await page.getByRole('button', { name: /^Script/ }).click();
  await page.getByLabel('Name in English').fill('Greet the morning');
  await page.locator('.cm-content').click();
  await page.keyboard.insertText(
    'for part in stock prices orders; do\n  echo "checking $part"\n  sleep 1\ndone\necho "good morning"',
  );
  await shot(page, '04-with-what');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.locator('.mantine-SegmentedControl-label').filter({ hasText: 'Cron' }).click();
  await page.getByLabel('Cron expression').fill('30 7 * * 1-5');
  await page
    .getByText(/Monday to Friday at 07:30/)
    .first()
    .waitFor();
  await page.mouse.wheel(0, 120);
  await shot(page, '05-when');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Run it once right away').check();
  await page.getByRole('button', { name: 'Create job' }).click();
  await page.waitForURL(/\/executions\//);
  await page.getByText('checking prices').waitFor();
  await shot(page, '06-live-log');
  await page.locator('h1').getByText('Success').waitFor();

  await page.goto('/jobs');
  await shot(page, '07-jobs');
  await page.goto(`/jobs/${world.jobs.failing}?tab=ledger`);
  await settled(page);
  await page.mouse.wheel(0, 2000);
  await page.waitForTimeout(200);
  await shot(page, '08-why');
  await page.goto('/calendar');
  await shot(page, '09-calendar');

  const arabic = await openContext(browser, server.url, { ...size, language: 'ar', theme: 'dark' }, world.api.cookie);
  await arabic.page.goto('/jobs');
  await shot(arabic.page, '10-arabic');
} finally {
  await browser.close();
  await server.stop();
}
console.log(`ten pictures in ${folder}`);
