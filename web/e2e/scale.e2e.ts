/** Big things stay light: a log of two hundred thousand lines and a list of ten thousand jobs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, signInApi } from './support/api.ts';
import { openContext, settled } from './support/browser.ts';
import { browser, server } from './support/stage.ts';

const lines = 200_000;
const jobs = 10_000;

test(`a log of ${lines} lines opens, jumps and scrolls without filling the page`, { timeout: 240_000 }, async () => {
  const api = await signInApi(server.url);
  const { id } = await api.post<{ id: number }>('/api/v1/scheduler/jobs', {
    taskFunctionKey: 'script',
    nameEn: 'Chatty',
    manual: true,
    parameters: { script: `seq -f 'line %.0f says hello to whoever reads this far' 1 ${lines}` },
  });
  const { executionId } = await api.post<{ executionId: string }>(`/api/v1/scheduler/jobs/${id}/action`, {
    action: 'trigger',
  });
  const run = await eventually(
    () =>
      api.get<{ statusName: string; logLines: number; logTruncated: boolean }>(
        `/api/v1/scheduler/executions/${executionId}`,
      ),
    ({ statusName }) => statusName === 'success',
    'the chatty run',
    180_000,
  );
  const total = run.logLines;
  assert.ok(total >= 50_000, `only ${total} lines were kept`);
  const { page, context, complaints } = await openContext(browser, server.url, {}, api.cookie);
  await page.addInitScript(() => {
    const long: number[] = [];
    Object.assign(globalThis, { longTasks: long });
    new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: 'longtask',
      buffered: true,
    });
  });
  await page.goto(`/executions/${executionId}`);
  const box = page.getByRole('region', { name: 'Log' });
  // A run that writes faster than the database takes it loses lines at the start; they are shown as left out.
  await box
    .getByText(/line 1 says hello|left out/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'To the end' }).click();
  await box.getByText(`line ${total} says hello`).waitFor();
  const elements = await page.evaluate(() => document.querySelectorAll('*').length);
  assert.ok(elements < 2500, `${elements} elements in the page`);
  await page.evaluate(() => ((globalThis as unknown as { longTasks: number[] }).longTasks.length = 0));
  for (let step = 0; step < 40; step += 1) {
    await box.evaluate((element, at) => {
      element.scrollTop = (element.scrollHeight * at) / 40;
    }, step);
    await page.waitForTimeout(30);
  }
  const worst = await page.evaluate(() => Math.max(0, ...(globalThis as unknown as { longTasks: number[] }).longTasks));
  assert.ok(worst < 400, `a scroll step blocked the page for ${worst} ms`);
  console.log(`log: ${total} lines, ${elements} elements, longest task while scrolling ${Math.round(worst)} ms`);
  await context.close();
  assert.deepEqual(complaints, []);
});

test(`a list of ${jobs} jobs answers search and paging promptly`, { timeout: 240_000 }, async () => {
  const api = await signInApi(server.url);
  for (let start = 0; start < jobs; start += 1000) {
    await api.post('/api/v1/scheduler/jobs/batch', {
      jobs: Array.from({ length: 1000 }, (_, index) => ({
        taskFunctionKey: 'echo',
        nameEn: `Station ${start + index}`,
        intervalHours: 24,
        isEnabled: false,
      })),
    });
  }
  const { page, context, complaints } = await openContext(browser, server.url, {}, api.cookie);
  await page.goto('/jobs?perPage=100');
  await page
    .getByRole('link', { name: /Station/ })
    .first()
    .waitFor();
  await settled(page);
  const elements = await page.evaluate(() => document.querySelectorAll('*').length);
  assert.ok(elements < 12_000, `${elements} elements in the page`);
  const started = Date.now();
  await page.getByPlaceholder('Search names, tags, task functions').fill('Station 7777');
  await page.getByText('1 job', { exact: true }).waitFor();
  const took = Date.now() - started;
  assert.ok(took < 5000, `the search took ${took} ms`);
  console.log(`jobs: ${jobs}, ${elements} elements with 100 rows, search to picture ${took} ms`);
  await context.close();
  assert.deepEqual(complaints, []);
});
