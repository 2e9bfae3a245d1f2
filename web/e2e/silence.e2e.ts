/** Streams that fall silent without being closed, in a real browser: it is noticed, said, mended, and nothing is lost. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { eventually, signInApi } from './support/api.ts';
import { launch, openContext, settled } from './support/browser.ts';
import { type Line, startLine } from './support/line.ts';
import { startServer } from './support/server.ts';

let server: Awaited<ReturnType<typeof startServer>>;
let browser: Browser;
let line: Line;

before(async () => {
  server = await startServer();
  line = await startLine(server.url);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await line?.stop();
  await server?.stop();
});

test('a silent stream of events is noticed, begun anew, and the page catches up', { timeout: 90_000 }, async () => {
  const api = await signInApi(server.url);
  const { page, context, complaints } = await openContext(browser, line.url, {}, api.cookie);
  // The page's own clock can be turned on: forty seconds of silence need not be waited for.
  await page.clock.install();
  await page.goto('/jobs');
  await page.getByText('No jobs yet').waitFor();
  await page.getByRole('button', { name: /^Live/ }).waitFor();
  await settled(page);

  line.cut();
  await api.post('/api/v1/scheduler/jobs', { taskFunctionKey: 'echo', nameEn: 'Made in silence', manual: true });
  await eventually(
    async () => line.lost(),
    (bytes) => bytes > 0,
    'news that nobody hears',
  );
  const before = line.opened('/api/v1/events');
  await page.clock.runFor(50_000);
  await page.getByRole('button', { name: /^No signal/ }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Made in silence' }).count(), 0, 'the page cannot know of it yet');
  await eventually(
    async () => line.opened('/api/v1/events'),
    (opened) => opened > before,
    'another stream',
  );
  line.mend();
  await page.getByRole('button', { name: /^Live/ }).waitFor();
  await page.getByRole('link', { name: 'Made in silence' }).waitFor();
  await context.close();
  assert.deepEqual(complaints, []);
});

test('a silent log goes on where it was: each line once', { timeout: 90_000 }, async () => {
  const api = await signInApi(server.url);
  const gate = join(server.dataDir, 'line-is-cut');
  const { id } = await api.post<{ id: number }>('/api/v1/scheduler/jobs', {
    taskFunctionKey: 'script',
    nameEn: 'Talks into the void',
    manual: true,
    // Goes on once the line is cut, however long that takes.
    parameters: {
      script: `echo "word 1"; echo "word 2"; until [ -e ${gate} ]; do sleep 0.1; done; for i in $(seq 3 20); do echo "word $i"; done; echo over`,
    },
  });
  const { executionId } = await api.post<{ executionId: string }>(`/api/v1/scheduler/jobs/${id}/action`, {
    action: 'trigger',
  });
  const { page, context, complaints } = await openContext(browser, line.url, {}, api.cookie);
  await page.clock.install();
  await page.goto(`/executions/${executionId}`);
  const log = page.getByRole('region', { name: 'Log' });
  await log.getByText('word 2', { exact: true }).waitFor();
  line.cut();
  const lost = line.lost();
  await writeFile(gate, '');
  await eventually(
    () => api.get<{ statusName: string }>(`/api/v1/scheduler/executions/${executionId}`),
    ({ statusName }) => statusName === 'success',
    'the run that nobody hears',
    60_000,
  );
  await eventually(
    async () => line.lost(),
    (bytes) => bytes > lost,
    'lines that nobody hears',
  );
  assert.equal(await log.getByText('over', { exact: true }).count(), 0, 'the page cannot know of it yet');
  line.mend();
  // What the line has swallowed comes only if the page notices the silence and asks anew; its time goes on in pieces, so that
  // what it asks is answered in between.
  await eventually(
    async () => {
      await page.clock.runFor(10_000);
      return log.getByText('over', { exact: true }).count();
    },
    (count) => count === 1,
    'the lines that were lost',
    60_000,
  );
  for (let word = 1; word <= 20; word += 1)
    assert.equal(await log.getByText(`word ${word}`, { exact: true }).count(), 1, `word ${word}`);
  await context.close();
  assert.deepEqual(complaints, []);
});

test('a log to which nothing is written says that it is alive', { timeout: 60_000 }, async () => {
  const api = await signInApi(server.url);
  const { id } = await api.post<{ id: number }>('/api/v1/scheduler/jobs', {
    taskFunctionKey: 'script',
    nameEn: 'Thinks',
    manual: true,
    parameters: { script: 'sleep 50' },
  });
  const { executionId } = await api.post<{ executionId: string }>(`/api/v1/scheduler/jobs/${id}/action`, {
    action: 'trigger',
  });
  const path = `/api/v1/scheduler/executions/${executionId}`;
  const hangUp = new AbortController();
  const answer = await fetch(`${server.url}${path}/logs?follow=true`, {
    headers: { Cookie: api.cookie, Accept: 'text/event-stream' },
    signal: hangUp.signal,
  });
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += new TextDecoder().decode(chunk);
    if (text.includes('event: ping')) break;
  }
  assert.match(text, /event: ping/);
  hangUp.abort();
  await api.post(`${path}/cancel`, {});
});
