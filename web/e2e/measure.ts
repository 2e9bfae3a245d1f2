/**
 * What big things cost the browser: a list of 100,000 jobs and a log of 1,000,000 lines, in real Chromium against the
 * real server. Prints a table for docs/benchmarks.md. Not a test: nothing here fails because a machine is slow.
 *
 * JOBS and LINES in the environment measure less; PART=list or PART=log measures one of the two.
 */
import { cpus, loadavg } from 'node:os';
import type { Browser, Locator, Page } from 'playwright-core';
import { eventually, signInApi } from './support/api.ts';
import { launch, openContext, settled } from './support/browser.ts';
import { startServer } from './support/server.ts';

const jobs = Number(process.env.JOBS ?? 100_000);
const lines = Number(process.env.LINES ?? 1_000_000);
const part = process.env.PART;
const batch = 1000;
/** The list's first page: jobs that have run, so that their rows have everything a row can have. */
const veterans = 100;
const runsEach = 20;

interface Eyes {
  longTasks: number[];
  frames: number[];
}

interface Row {
  what: string;
  took: string;
  longTasks: string;
  frames: string;
  nodes: string;
  heap: string;
  load: string;
}

const rows: Row[] = [];
const tasks: string[] = [];
const milliseconds = (value: number) => `${Math.round(value)} ms`;

/** Watches long tasks and the time between frames from the first script of every page on. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const eyes: Eyes = { longTasks: [], frames: [] };
    Object.assign(globalThis, { eyes });
    new PerformanceObserver((list) =>
      eyes.longTasks.push(...list.getEntries().map(({ duration }) => duration)),
    ).observe({ type: 'longtask', buffered: true });
    let last = performance.now();
    const frame = (now: number) => {
      eyes.frames.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}

const forget = (page: Page) =>
  page.evaluate(() => {
    const { eyes } = globalThis as unknown as { eyes: Eyes };
    eyes.longTasks.length = 0;
    eyes.frames.length = 0;
  });

async function note(page: Page, what: string, took: number | null): Promise<void> {
  const eyes = await page.evaluate(() => (globalThis as unknown as { eyes: Eyes }).eyes);
  const debuggerOf = await page.context().newCDPSession(page);
  await debuggerOf.send('HeapProfiler.collectGarbage');
  await debuggerOf.send('Performance.enable');
  const { metrics } = (await debuggerOf.send('Performance.getMetrics')) as {
    metrics: { name: string; value: number }[];
  };
  await debuggerOf.detach();
  const elements = await page.evaluate(() => document.querySelectorAll('*').length);
  const heap = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
  const sorted = [...eyes.frames].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  rows.push({
    what,
    took: took === null ? '' : milliseconds(took),
    longTasks: `${eyes.longTasks.length}, longest ${milliseconds(Math.max(0, ...eyes.longTasks))}`,
    frames: `${milliseconds(at(0.5))} / ${milliseconds(at(0.95))} / ${milliseconds(at(1))}`,
    nodes: String(elements),
    heap: `${(heap / 1e6).toFixed(1)} MB`,
    load: loadavg()[0]?.toFixed(1) ?? '',
  });
  console.error(`measured: ${what}`);
}

/**
 * Processor time of the longest task of the page's main thread meanwhile, in milliseconds: unlike the time that passes, it
 * says much the same on a machine that is busy with something else.
 */
async function longestTask(page: Page, act: () => Promise<void>): Promise<number> {
  const events: { name: string; ph: string; pid: number; tid: number; tdur?: number; args?: { name?: string } }[] = [];
  const debuggerOf = await page.context().newCDPSession(page);
  debuggerOf.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as typeof events)));
  await debuggerOf.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'devtools.timeline'] },
  });
  await act();
  const complete = new Promise((resolve) => debuggerOf.once('Tracing.tracingComplete', resolve));
  await debuggerOf.send('Tracing.end');
  await complete;
  await debuggerOf.detach();
  const threadOf = ({ pid, tid }: { pid: number; tid: number }) => `${pid}/${tid}`;
  const pages = new Set(events.filter(({ args }) => args?.name === 'CrRendererMain').map(threadOf));
  const tasks = events.filter((event) => /RunTask$/.test(event.name) && event.ph === 'X' && pages.has(threadOf(event)));
  return Math.max(0, ...tasks.map(({ tdur }) => tdur ?? 0)) / 1000;
}

/** Scrolls as a hand on a wheel does: many small turns, each after the next frame. */
async function wheel(page: Page, over: Locator, turns: number, by: number): Promise<void> {
  await over.hover();
  for (let turn = 0; turn < turns; turn += 1) {
    await page.mouse.wheel(0, by);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(null))));
  }
}

/** Drags the thumb of a scroll bar from end to end. */
async function drag(page: Page, box: Locator, steps: number): Promise<void> {
  for (let step = 0; step <= steps; step += 1) {
    await box.evaluate((element, share) => {
      element.scrollTop = (element.scrollHeight - element.clientHeight) * share;
    }, step / steps);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(null))));
  }
}

async function measureJobs(browser: Browser, url: string): Promise<void> {
  const api = await signInApi(url);
  const begun = Date.now();
  for (let start = 0; start < jobs; start += batch) {
    await api.post('/api/v1/scheduler/jobs/batch', {
      jobs: Array.from({ length: Math.min(batch, jobs - start) }, (_, index) => ({
        taskFunctionKey: 'echo',
        nameEn: `Station ${start + index}`,
        nameAr: `محطة ${start + index}`,
        // Due in months: nothing runs while the page is measured.
        cronExpression: `${(start + index) % 60} ${index % 24} 1 1 *`,
        tags: [`region-${index % 50}`],
        priority: start + index < veterans ? 9 : 0,
      })),
    });
    if (start % 10_000 === 0) console.error(`${start} jobs stored after ${Math.round((Date.now() - begun) / 1000)} s`);
  }
  const { items } = await api.get<{ items: { id: number }[] }>(`/api/v1/scheduler/jobs?per_page=${veterans}`);
  const ids = items.map(({ id }) => id);
  for (let round = 1; round <= runsEach; round += 1) {
    await api.post('/api/v1/scheduler/jobs/bulk', { action: 'run', ids });
    await eventually(
      () => api.get<{ total: number }>('/api/v1/scheduler/history?status=success&per_page=1'),
      ({ total }) => total >= round * ids.length,
      `round ${round} of the runs`,
      60_000,
    );
  }
  const { page, context } = await openContext(browser, url, {}, api.cookie);
  await watch(page);
  const row = page.getByRole('link', { name: /^Station/ }).first();

  let from = Date.now();
  await page.goto('/jobs?perPage=100');
  await row.waitFor();
  const first = Date.now() - from;
  await settled(page);
  await note(page, `list of ${jobs} jobs: address to first row of 100`, first);

  await forget(page);
  from = Date.now();
  await page.goto('/jobs');
  await row.waitFor();
  await settled(page);
  await note(page, 'the same, 20 rows a page as it comes', Date.now() - from);
  await page.goto('/jobs?perPage=100');
  await row.waitFor();
  await settled(page);

  await forget(page);
  await page.waitForTimeout(10_000);
  await note(page, 'the same: nothing happens for ten seconds', null);

  await forget(page);
  from = Date.now();
  await api.post(`/api/v1/scheduler/jobs/${ids[3]}/action`, { action: 'disable' });
  await page.getByRole('switch', { checked: false }).waitFor();
  await note(page, 'the same: another person turns one job off, until it is seen', Date.now() - from);

  await forget(page);
  await api.post('/api/v1/scheduler/jobs/bulk', { action: 'run', ids: ids.slice(4, 54) });
  await page.waitForTimeout(5_000);
  await note(page, 'the same: five seconds in which fifty of its jobs run', null);

  await forget(page);
  await wheel(page, page.locator('main'), 60, 120);
  await wheel(page, page.locator('main'), 60, -120);
  await note(page, 'the same: wheel to the end of the page and back', null);

  await forget(page);
  from = Date.now();
  await page.getByPlaceholder('Search names, tags, task functions').fill(`Station ${jobs - 1}`);
  await page.getByText('1 job', { exact: true }).waitFor();
  await note(page, 'the same: typing a search to its one row', Date.now() - from);

  await forget(page);
  from = Date.now();
  await page.goto(`/jobs?perPage=100&page=${Math.ceil(jobs / 100)}`);
  await row.waitFor();
  await note(page, 'the same: last page', Date.now() - from);

  await forget(page);
  await page.goto('/jobs?perPage=100');
  await row.waitFor();
  await settled(page);
  await forget(page);
  from = Date.now();
  await page.getByLabel('Select all rows of this page').check();
  await page.getByText('100 selected').waitFor();
  await note(page, 'the same: selecting a hundred rows', Date.now() - from);

  const opening: number[] = [];
  const selecting: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    opening.push(
      await longestTask(page, async () => {
        await page.goto('/jobs?perPage=100');
        await row.waitFor();
        await settled(page);
        // What is drawn afterwards, the charts and the rest of the rows, counts too.
        await page.waitForTimeout(1500);
      }),
    );
    selecting.push(
      await longestTask(page, async () => {
        await page.getByLabel('Select all rows of this page').check();
        await page.getByText('100 selected').waitFor();
      }),
    );
  }
  const said = (all: number[]) => all.map(milliseconds).join(', ');
  tasks.push(
    `- Processor time of the longest task, three rounds: opening a page of 100 ${said(opening)}; selecting them ${said(selecting)}.`,
  );
  await context.close();
}

async function measureLog(browser: Browser, url: string): Promise<void> {
  const api = await signInApi(url);
  const { id } = await api.post<{ id: number }>('/api/v1/scheduler/jobs', {
    taskFunctionKey: 'script',
    nameEn: 'Chatty',
    manual: true,
    // Numbers alone, and in breaths: a program may say ten mebibytes, and a flood is thinned out.
    parameters: {
      script: `for b in $(seq 0 99); do seq $((b * ${lines / 100} + 1)) $(((b + 1) * ${lines / 100})); sleep 0.15; done`,
    },
  });
  const { page, context } = await openContext(browser, url, {}, api.cookie);
  await watch(page);
  const { executionId } = await api.post<{ executionId: string }>(`/api/v1/scheduler/jobs/${id}/action`, {
    action: 'trigger',
  });
  const path = `/api/v1/scheduler/executions/${executionId}`;
  const box = page.getByRole('region', { name: 'Log' });

  let from = Date.now();
  await page.goto(`/executions/${executionId}`);
  await eventually(
    () => api.get<{ statusName: string }>(path),
    ({ statusName }) => statusName === 'success',
    'the chatty run',
    600_000,
  );
  await page.locator('h1').getByText('Success').waitFor();
  await box.getByText(String(lines), { exact: true }).last().waitFor({ timeout: 120_000 });
  const { logLines } = await api.get<{ logLines: number }>(path);
  await note(page, `log of ${logLines} lines: followed live while it is written`, Date.now() - from);

  await forget(page);
  from = Date.now();
  await page.goto(`/executions/${executionId}`);
  await box
    .getByText(/^1$|left out/)
    .first()
    .waitFor();
  await note(page, 'the same, ended: address to first line', Date.now() - from);

  for (const wrapped of [false, true]) {
    const how = wrapped ? ', long lines wrapped' : '';
    if (wrapped) await page.getByRole('button', { name: 'Wrap long lines' }).click();
    await forget(page);
    await drag(page, box, 120);
    await note(page, `the same: thumb dragged from end to end${how}`, null);
    await forget(page);
    await wheel(page, box, 120, -240);
    await note(page, `the same: wheel, 120 turns${how}`, null);
  }

  await forget(page);
  from = Date.now();
  await page.getByLabel('Search the whole log').fill(String(lines - 7));
  await page
    .getByRole('region', { name: 'Lines that match' })
    .getByText(String(lines - 7))
    .first()
    .waitFor();
  await note(page, 'the same: typing a search to its match', Date.now() - from);
  await context.close();
}

const server = await startServer();
const browser = await launch();
try {
  if (part !== 'list') await measureLog(browser, server.url);
  if (part !== 'log') await measureJobs(browser, server.url);
  const names = [...new Set(cpus().map(({ model }) => model.trim()))];
  console.log(`Chromium ${browser.version()}, ${cpus().length} processors ${names.join(', ')}\n`);
  console.log(
    '| what | took | long tasks (over 50 ms) | between frames: median / p95 / most | DOM nodes | JS heap | load |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const row of rows) console.log(`| ${Object.values(row).join(' | ')} |`);
  console.log(['', ...tasks].join('\n'));
} finally {
  await browser.close();
  await server.stop();
}
