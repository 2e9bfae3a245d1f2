/** From the printed setup link to a job that runs before one's eyes: the first two minutes of everybody who tries Orloj. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Locator } from 'playwright-core';
import { eventually } from './support/api.ts';
import { launch, openContext } from './support/browser.ts';
import { startServer } from './support/server.ts';

const limit = 120_000;

let browser: Browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

test('the setup link leads to a running job in under two minutes', { timeout: limit + 60_000 }, async () => {
  const server = await startServer({ withAdmin: false });
  const { page, context, complaints } = await openContext(browser, server.url);
  let clicks = 0;
  let keys = 0;
  const click = async (what: Locator) => {
    clicks += 1;
    await what.click();
  };
  // Key by key, as people do: every form judges what is typed while it is typed.
  const type = async (where: Locator, text: string) => {
    await click(where);
    keys += text.length;
    await page.keyboard.type(text, { delay: 15 });
  };
  try {
    const link = await eventually(
      async () => /https?:\/\/\S*setup\S*/.exec(server.output())?.[0] ?? '',
      Boolean,
      'the setup link',
    );
    const begun = Date.now();
    await page.goto(link);
    await type(page.getByLabel('User name'), 'karel');
    await type(page.getByLabel(/^Password/), 'a long enough sentence');
    await type(page.getByLabel('Repeat the password'), 'a long enough sentence');
    await click(page.getByRole('button', { name: 'Create administrator' }));
    await page.getByRole('heading', { level: 1, name: 'Dashboard' }).waitFor();
    const signedIn = Date.now();
    await click(page.getByRole('link', { name: 'New job' }).first());
    await click(page.getByRole('button', { name: /^Script/ }));
    await type(page.getByLabel('Name in English'), 'My first job');
    await type(page.locator('.cm-content'), 'for i in 1 2 3 4 5; do echo "step $i"; sleep 1; done');
    await click(page.getByRole('button', { name: 'Next' }));
    await page.getByText('What comes of it').waitFor();
    await click(page.getByRole('button', { name: 'Next' }));
    await click(page.getByLabel('Run it once right away'));
    await click(page.getByRole('button', { name: 'Create job' }));
    const log = page.getByRole('region', { name: 'Log' });
    await log.getByText('step 1', { exact: true }).waitFor();
    const running = Date.now();
    // It is seen while it runs, not when it is over.
    assert.equal(await log.getByText('step 5', { exact: true }).count(), 0);
    await page.locator('h1').getByText('Running').waitFor();
    await log.getByText('step 5', { exact: true }).waitFor();
    await page.locator('h1').getByText('Success').waitFor();
    const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
    console.log(
      `setup link to live log: ${seconds(begun, running)} s (account ${seconds(begun, signedIn)} s, job ${seconds(signedIn, running)} s), ${clicks} clicks, ${keys} keys`,
    );
    assert.ok(running - begun < limit, `it took ${seconds(begun, running)} s`);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
    await server.stop();
  }
});
