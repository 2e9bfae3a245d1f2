/** Jobs that run after others: linked in the form, seen as a graph, walked by keyboard, refused when they would circle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { eventually, signInApi } from './support/api.ts';
import { axe, openContext, settled } from './support/browser.ts';
import { browser, server } from './support/stage.ts';

interface Job {
  id: number;
  after: unknown;
  parameters: unknown;
}

test('a job is linked to others, runs after them and is seen with them', { timeout: 180_000 }, async () => {
  const api = await signInApi(server.url);
  const make = async (nameEn: string, nameAr: string) =>
    (
      await api.post<Job>('/api/v1/scheduler/jobs', {
        taskFunctionKey: 'echo',
        nameEn,
        nameAr,
        manual: true,
        // Only with values of its own does an echo return something.
        parameters: { message: nameEn, args: [1] },
      })
    ).id;
  const [prices, stock, report] = [
    await make('Import of prices', 'استيراد الأسعار'),
    await make('Count of the stock', 'جرد المخزون'),
    await make('Report of the day', 'تقرير اليوم'),
  ];
  const watched = await openContext(browser, server.url, {}, api.cookie);
  const { page } = watched;

  // Nothing yet, and the way to begin.
  await page.goto(`/jobs/${report}?tab=chain`);
  await page.getByText('Not linked to other jobs').waitFor();
  await page.getByRole('link', { name: 'Choose what it runs after' }).click();
  await page.getByRole('button', { name: 'After other jobs' }).click();
  const picker = page.getByRole('combobox', { name: 'Jobs it runs after' });
  for (const name of ['Import of prices', 'Count of the stock']) {
    await picker.fill(name);
    await page.getByRole('option', { name }).click();
  }
  await page.keyboard.press('Escape');
  const first = page.getByRole('group', { name: 'Import of prices' });
  await first.getByLabel('Short name').fill('prices');
  const second = page.getByRole('group', { name: 'Count of the stock' });
  await second.getByRole('combobox', { name: 'Which ends count' }).click();
  await page.getByRole('option', { name: 'Every end' }).click();
  await page.getByLabel('Within (seconds)').fill('3600');
  // A parameter takes over what the first one returns.
  await page
    .getByRole('button', { name: /From an earlier job: .*Message/ })
    .first()
    .click();
  await page.getByLabel('Where in the result').fill('/message');
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { level: 1, name: 'Report of the day' }).waitFor();
  const saved = await api.get<Job>(`/api/v1/scheduler/jobs/${report}`);
  assert.deepEqual(saved.after, {
    parents: [
      { jobId: prices, on: 'success', alias: 'prices' },
      { jobId: stock, on: 'completion' },
    ],
    mode: 'all',
    withinSeconds: 3600,
  });
  assert.deepEqual(saved.parameters, { message: { $result: { job: 'prices', path: '/message' } }, args: [1] });

  // One parent has ended: its end waits, and the page says so without being asked again.
  await page.goto(`/jobs/${report}?tab=chain`);
  const graph = page.getByRole('region', { name: 'What leads to this job and what follows from it' });
  await graph.getByRole('link', { name: /^Import of prices/ }).waitFor();
  assert.equal(await graph.locator('path').count(), 2);
  assert.deepEqual((await graph.locator('text').allTextContents()).sort(), ['at every end', 'on success']);
  await api.post(`/api/v1/scheduler/jobs/${prices}/action`, { action: 'trigger' });
  await page
    .getByRole('row', { name: /Report of the day/ })
    .getByRole('link', { name: /Import of prices · Success/ })
    .waitFor();
  await api.post(`/api/v1/scheduler/jobs/${stock}/action`, { action: 'trigger' });
  await graph.getByRole('link', { name: /^Report of the day Success/ }).waitFor();
  const runs = await eventually(
    () =>
      api.get<{ items: { executionId: string; resultSummary: string }[] }>(
        `/api/v1/scheduler/history?job_id=${report}`,
      ),
    ({ items }) => items.length === 1,
    'the run after both',
  );
  assert.equal(runs.items[0]?.resultSummary, 'Import of prices');
  await page.goto(`/executions/${runs.items[0]?.executionId}`);
  await page.getByText('Started by the end of').waitFor();
  await page.getByRole('link', { name: 'Count of the stock' }).waitFor();

  // By keyboard along the links, in the order of time.
  await page.goto(`/jobs/${report}?tab=chain`);
  await graph.getByRole('link', { name: /^Import of prices/ }).focus();
  await page.keyboard.press('Tab');
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
  assert.match(await focused(), /Count of the stock/);
  await page.keyboard.press('Tab');
  assert.match(await focused(), /Report of the day.*after .*Import of prices.*on success/);
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Count of the stock' }).waitFor();

  // A circle is refused at the field, with its path.
  await page.goto(`/jobs/${prices}/edit`);
  await page.getByRole('button', { name: 'After other jobs' }).click();
  await picker.fill('Report of the day');
  await page.getByRole('option', { name: 'Report of the day' }).click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page
    .getByText(/would run in a circle: .*Import of prices.*→/)
    .last()
    .waitFor();
  assert.equal(await picker.getAttribute('aria-invalid'), 'true');
  await watched.context.close();
  assert.deepEqual(watched.complaints, []);

  for (const language of ['en', 'ar'] as const) {
    for (const look of [
      { theme: 'light', width: 1200 },
      { theme: 'dark', width: 360 },
    ] as const) {
      const again = await openContext(browser, server.url, { language, ...look, height: 800 }, api.cookie);
      const found: string[] = [];
      for (const path of [`/jobs/${report}?tab=chain`, `/jobs/${report}/edit`]) {
        await again.page.goto(path);
        await settled(again.page);
        found.push(...(await axe(again.page)));
        found.push(...(await wider(again.page)));
      }
      await again.page.goto(`/jobs/${report}?tab=chain`);
      const boxes = again.page.locator('section ol > li');
      await boxes.first().waitFor();
      const [parent, child] = [await boxes.first().boundingBox(), await boxes.last().boundingBox()];
      // What comes first stands where reading begins.
      assert.equal((parent?.x ?? 0) < (child?.x ?? 0), language === 'en', `${language} ${look.width}`);
      await again.context.close();
      assert.deepEqual([...found, ...again.complaints], [], `${language} ${look.width}`);
    }
  }
});

async function wider(page: Page): Promise<string[]> {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  return overflow > 1 ? [`${overflow} px wider than the screen`] : [];
}
