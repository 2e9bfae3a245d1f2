/** What people do with Orloj, done in a real browser against the real server. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { eventually, signInApi } from './support/api.ts';
import { openContext, settled, type Watched } from './support/browser.ts';
import { adminPassword, startServer } from './support/server.ts';
import { browser, server } from './support/stage.ts';

async function signedIn(name = 'admin', password = adminPassword, look = {}): Promise<Watched> {
  const { cookie } = await signInApi(server.url, name, password);
  return openContext(browser, server.url, look, cookie);
}

async function finish(watched: Watched): Promise<void> {
  await watched.context.close();
  assert.deepEqual(watched.complaints, []);
}

async function createJob(body: Record<string, unknown>): Promise<number> {
  const api = await signInApi(server.url);
  return (await api.post<{ id: number }>('/api/v1/scheduler/jobs', body)).id;
}

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor();

test('the printed setup link leads to the first administrator', { timeout: 60_000 }, async () => {
  const fresh = await startServer({ withAdmin: false });
  const watched = await openContext(browser, fresh.url);
  try {
    const link = await eventually(
      async () => /https?:\/\/\S*setup\S*/.exec(fresh.output())?.[0] ?? '',
      Boolean,
      'the setup link',
    );
    const { page } = watched;
    await page.goto('/');
    await heading(page, 'Set up Orloj');
    const printed = new URL(link);
    await page.goto(printed.pathname + printed.search);
    await page.getByLabel('User name').fill('karel');
    await page.getByLabel(/^Password/).fill('a long enough sentence');
    await page.getByLabel('Repeat the password').fill('a long enough sentence');
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await heading(page, 'Dashboard');
    await finish(watched);
  } finally {
    await fresh.stop();
  }
});

test('signing in, wrongly and rightly, and out again', { timeout: 60_000 }, async () => {
  const watched = await openContext(browser, server.url);
  const { page } = watched;
  await page.goto('/jobs?enabled=true');
  await heading(page, 'Sign in');
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel(/^Password/).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('The name or the password is wrong.').waitFor();
  await page.getByLabel(/^Password/).fill(adminPassword);
  // The server makes one wait a little after a wrong password.
  await eventually(
    async () => {
      if (await page.getByRole('button', { name: 'Sign in' }).isVisible())
        await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForTimeout(1200);
      return page.url();
    },
    (url) => url.includes('/jobs'),
    'the page that was asked for',
  );
  assert.match(page.url(), /\/jobs\?enabled=true/);
  await page.getByRole('button', { name: /Account of admin/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await heading(page, 'Sign in');
  await finish(watched);
});

test('a job made by the wizard runs, writes a live log and stands in the history', { timeout: 120_000 }, async () => {
  const watched = await signedIn();
  const { page } = watched;
  await page.goto('/jobs/new');
  await page.getByRole('button', { name: /^Script/ }).click();
  await page.getByLabel('Name in English').fill('Count to thirty');
  await page.getByRole('button', { name: 'Next' }).click();
  // The script is missing: the wizard stays and says so at the field.
  await page.getByText('This is required.').first().waitFor();
  await page.locator('.cm-content').click();
  await page.keyboard.insertText('for i in $(seq 1 30); do echo "line $i of thirty"; sleep 0.1; done');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.locator('.mantine-SegmentedControl-label').filter({ hasText: 'Cron' }).click();
  await page.getByLabel('Cron expression').fill('0 9 * * 1-5');
  await page
    .getByText(/Monday to Friday at 09:00/)
    .first()
    .waitFor();
  assert.equal(await page.getByRole('combobox', { name: 'Simple choice' }).inputValue(), 'Monday to Friday');
  await page.getByLabel('Cron expression').fill('61 9 * * *');
  await page.getByText('This schedule cannot be used').waitFor();
  await page.getByLabel('Cron expression').fill('0 9 * * 1-5');
  await page
    .getByText(/Monday to Friday at 09:00/)
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByLabel('Run it once right away').check();
  await page.getByRole('button', { name: 'Create job' }).click();
  await heading(page, /Count to thirty/);
  await page.waitForURL(/\/executions\//);
  await page.getByText('line 3 of thirty').waitFor();
  await page.getByText('line 30 of thirty').waitFor({ timeout: 20_000 });
  await page.locator('h1').getByText('Success').waitFor({ timeout: 20_000 });

  // A line has an address of its own.
  await page.locator('a[href="?line=5"]').click();
  assert.match(page.url(), /line=5/);
  // The server searches the whole log.
  await page.getByLabel('Search the whole log').fill('line 17');
  await page.getByRole('region', { name: 'Lines that match' }).getByText('line 17', { exact: false }).waitFor();

  await page.goto('/history');
  await page.getByRole('link', { name: 'Count to thirty', exact: true }).first().click();
  await heading(page, /Count to thirty/);
  await page.getByRole('tab', { name: 'Why (not)' }).click();
  await page.getByRole('group', { name: 'Why (not)' }).getByText('Ran', { exact: true }).waitFor();
  await finish(watched);
});

test('two people change the same job: the second is told and keeps what they typed', { timeout: 90_000 }, async () => {
  const id = await createJob({ taskFunctionKey: 'echo', nameEn: 'Contested', intervalHours: 6 });
  const watched = await signedIn();
  const { page } = watched;
  await page.goto(`/jobs/${id}/edit`);
  await page.getByLabel('Name in English').fill('Contested, mine');
  const api = await signInApi(server.url);
  const put = await fetch(`${server.url}/api/v1/scheduler/jobs/${id}`, {
    method: 'PUT',
    headers: { Cookie: api.cookie, Origin: server.url, 'Content-Type': 'application/json' },
    body: JSON.stringify({ priority: 9 }),
  });
  assert.equal(put.status, 200);
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('dialog').getByText('Contested, mine').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByText('Somebody changed this job meanwhile').waitFor();
  await page.getByRole('button', { name: 'Keep mine' }).click();
  await page.getByText('Somebody changed this job meanwhile').waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('Name in English').inputValue(), 'Contested, mine');
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await heading(page, 'Contested, mine');
  await finish(watched);
});

test('a job is paused with a reason and resumed', { timeout: 60_000 }, async () => {
  const id = await createJob({ taskFunctionKey: 'echo', nameEn: 'To be paused', intervalHours: 6 });
  const watched = await signedIn();
  const { page } = watched;
  await page.goto(`/jobs/${id}`);
  const dots = page.getByRole('button', { name: /Actions for/ });
  await dots.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Pause…' }).waitFor();
  // Whoever changes their mind is where they were, although the menu came into being only now.
  await page.keyboard.press('Escape');
  await page.getByRole('menuitem', { name: 'Pause…' }).waitFor({ state: 'detached' });
  await eventually(
    () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? ''),
    (label) => label.startsWith('Actions for'),
    'the focus',
  );
  await dots.click();
  await page.getByRole('menuitem', { name: 'Pause…' }).click();
  await page.getByRole('radio', { name: 'One hour from now' }).check();
  await page.getByLabel('Reason').fill('maintenance');
  await page.getByRole('dialog').getByRole('button', { name: 'Pause…' }).click();
  await page.getByText('Paused until').waitFor();
  await page.getByText('maintenance').waitFor();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('Paused until').waitFor({ state: 'detached' });
  await finish(watched);
});

test('all jobs that match a filter are turned off at once, the page shows twenty', { timeout: 90_000 }, async () => {
  const api = await signInApi(server.url);
  await api.post('/api/v1/scheduler/jobs/batch', {
    jobs: Array.from({ length: 34 }, (_, index) => ({
      taskFunctionKey: 'echo',
      nameEn: `Bulk ${index}`,
      intervalHours: 5,
      tags: ['bulk'],
    })),
  });
  const watched = await signedIn();
  const { page } = watched;
  await page.goto('/jobs?tag=bulk');
  await page.getByText('34 jobs').waitFor();
  await page.getByLabel('Select all rows of this page').check();
  await page.getByText('20 selected').waitFor();
  await page.getByRole('button', { name: 'Select all 34 that match' }).click();
  await page.getByRole('region', { name: 'Selected jobs' }).getByRole('button', { name: 'Turn off' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
  await page.getByText('Done for 34 jobs').waitFor();
  const { total } = await api.get<{ total: number }>('/api/v1/scheduler/jobs?tag=bulk&is_enabled=false');
  assert.equal(total, 34);
  await finish(watched);
});

test('one user sees nothing of another', { timeout: 60_000 }, async () => {
  const id = await createJob({ taskFunctionKey: 'echo', nameEn: 'Secret plans', intervalHours: 6 });
  const api = await signInApi(server.url);
  await api.post('/api/v1/users', { name: 'outsider', role: 'user', password: 'outside looking in' });
  const watched = await signedIn('outsider', 'outside looking in');
  const { page } = watched;
  await page.goto('/jobs');
  await page.getByText('No jobs yet').waitFor();
  await page.goto(`/jobs/${id}`);
  await page.getByText('Nothing here').waitFor();
  await page.goto('/users');
  await page.getByText('This is not yours to see').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Users' }).count(), 0);
  await finish(watched);
});

test('the language changes without a reload and what was typed stays', { timeout: 60_000 }, async () => {
  const watched = await signedIn();
  const { page } = watched;
  await page.goto('/jobs/new?task=echo');
  await page.getByLabel('Name in English').fill('Half written');
  await page.evaluate(() => Object.assign(globalThis, { stillHere: true }));
  await page.getByRole('button', { name: 'Language' }).click();
  await page.getByRole('menuitem', { name: 'العربية' }).click();
  await heading(page, 'مهمة جديدة');
  assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
  assert.equal(await page.getByLabel('الاسم بالإنجليزية').inputValue(), 'Half written');
  assert.equal(await page.evaluate(() => (globalThis as { stillHere?: boolean }).stillHere), true);
  await page.getByRole('button', { name: 'اللغة' }).click();
  await page.getByRole('menuitem', { name: 'English' }).click();
  await heading(page, 'New job');
  await finish(watched);
});

test('what a run says of itself is in the language of whoever reads it', { timeout: 60_000 }, async () => {
  const id = await createJob({
    taskFunctionKey: 'script',
    nameEn: 'Ends with seven',
    nameAr: 'تنتهي بسبعة',
    manual: true,
    parameters: { script: 'exit 7' },
  });
  const api = await signInApi(server.url);
  // Somebody who has chosen no language, so that the browser's counts.
  await api.post('/api/v1/users', { name: 'amal', role: 'admin', password: 'a reader of results' });
  const { executionId } = await api.post<{ executionId: string }>(`/api/v1/scheduler/jobs/${id}/run`, {});
  const path = `/api/v1/scheduler/executions/${executionId}` as const;
  await eventually(
    () => api.get<{ statusName: string }>(path),
    ({ statusName }) => statusName === 'failed',
    'the end',
  );
  for (const [language, said] of [
    ['en', 'exit code 7'],
    ['ar', 'رمز الخروج 7'],
  ] as const) {
    const watched = await signedIn('amal', 'a reader of results', { language });
    await watched.page.goto(`/executions/${executionId}`);
    await watched.page.getByRole('alert').getByText(said).first().waitFor();
    await watched.page.goto(`/jobs/${id}`);
    await watched.page.getByRole('cell', { name: said }).waitFor();
    await finish(watched);
  }
});

test('a schedule that collides is moved to a quieter minute, and the task is tried before there is a job', {
  timeout: 120_000,
}, async () => {
  const api = await signInApi(server.url);
  for (const name of ['one', 'two'])
    await createJob({
      taskFunctionKey: 'echo',
      nameEn: `At four, ${name}`,
      recurrence: { kind: 'daily', times: ['04:00'] },
    });
  const before = await api.get<{ total: number }>('/api/v1/scheduler/jobs');
  const watched = await signedIn('admin', adminPassword, { zone: 'UTC' });
  const { page } = watched;
  await page.goto('/jobs/new?task=script');
  await page.getByLabel('Name in English').fill('Early riser');
  await page.locator('.cm-content').click();
  await page.keyboard.insertText('for i in 1 2 3; do echo "trial line $i"; sleep 0.3; done');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.locator('.mantine-SegmentedControl-label').filter({ hasText: 'Cron' }).click();
  await page.getByLabel('Cron expression').fill('0 4 * * *');
  await page.getByText('2 other jobs start at 04:00. At 04:01 none does.').waitFor();
  await page.getByRole('button', { name: 'Move to 04:01' }).click();
  await page.getByText('2 other jobs start at 04:00.').waitFor({ state: 'detached' });
  assert.equal(await page.getByLabel('Cron expression').inputValue(), '1 4 * * *');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Test run' }).click();
  const log = page.getByRole('region', { name: 'Log' });
  await log.getByText('trial line 3').waitFor({ timeout: 20_000 });
  await page.getByText('Success').first().waitFor();
  const after = await api.get<{ total: number }>('/api/v1/scheduler/jobs');
  assert.equal(after.total, before.total, 'a test run makes no job');
  await finish(watched);
});

test('what is destroyed in earnest is tried as a dry run', { timeout: 60_000 }, async () => {
  const watched = await signedIn();
  const { page } = watched;
  await page.goto('/jobs/new?task=history_cleanup');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  assert.equal(await page.getByLabel(/^Dry run/).isChecked(), true);
  const asked = page.waitForRequest((request) => request.url().endsWith('/test-runs'));
  await page.getByRole('button', { name: 'Test run' }).click();
  const { parameters } = (await asked).postDataJSON() as { parameters: { dryRun?: boolean } };
  assert.equal(parameters.dryRun, true);
  await page.getByText('Success').first().waitFor({ timeout: 20_000 });
  await finish(watched);
});

test('a view is saved, shared, and found by others, who see through it only what is theirs', {
  timeout: 90_000,
}, async () => {
  await createJob({ taskFunctionKey: 'echo', nameEn: 'Seen by admins', intervalHours: 6, tags: ['viewed'] });
  const api = await signInApi(server.url);
  await api.post('/api/v1/users', { name: 'onlooker', role: 'user', password: 'looking at the clock' });
  const mine = await signedIn();
  await mine.page.goto('/jobs?tag=viewed&sort=-name');
  await mine.page.getByRole('link', { name: 'Seen by admins' }).waitFor();
  await mine.page.getByRole('button', { name: 'Views' }).click();
  await mine.page.getByRole('menuitem', { name: 'Save this view…' }).click();
  await mine.page.getByLabel('Name of the view').fill('Viewed ones');
  await mine.page.getByLabel('Share with everybody').check();
  await mine.page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await mine.page.getByRole('dialog').waitFor({ state: 'detached' });
  await finish(mine);

  const theirs = await signedIn('onlooker', 'looking at the clock');
  await theirs.page.goto('/jobs');
  await theirs.page.getByRole('button', { name: 'Views' }).click();
  await theirs.page.getByRole('menuitem', { name: /Viewed ones/ }).click();
  await theirs.page.waitForURL(/tag=viewed/);
  await theirs.page.getByText('No job matches').waitFor();
  await finish(theirs);
});

test('the history has views of its own', { timeout: 60_000 }, async () => {
  const api = await signInApi(server.url);
  await api.post('/api/v1/scheduler/views', { page: 'jobs', name: 'Only of jobs', query: 'tag=x', isShared: false });
  const id = await createJob({ taskFunctionKey: 'echo', nameEn: 'Looked back at', manual: true });
  const { executionId } = await api.post<{ executionId: string }>(`/api/v1/scheduler/jobs/${id}/action`, {
    action: 'trigger',
  });
  await eventually(
    () => api.get<{ statusName: string }>(`/api/v1/scheduler/executions/${executionId}`),
    ({ statusName }) => statusName === 'success',
    'the run',
  );
  const watched = await signedIn();
  const { page } = watched;
  await page.goto('/history?q=Looked&status=success');
  await page.getByRole('link', { name: 'Looked back at', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Save this view…' }).click();
  await page.getByLabel('Name of the view').fill('Good old runs');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.goto('/history');
  await page.getByRole('button', { name: 'Views' }).click();
  assert.equal(await page.getByRole('menuitem', { name: 'Only of jobs' }).count(), 0);
  await page.getByRole('menuitem', { name: 'Missed' }).click();
  await page.waitForURL(/\/history\?status=missed/);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Good old runs' }).click();
  await page.waitForURL(/q=Looked&status=success/);
  await page.getByRole('link', { name: 'Looked back at', exact: true }).waitFor();
  await finish(watched);
});

test('the list sorts by its columns and exports what it shows', { timeout: 60_000 }, async () => {
  for (const name of ['Sorted b', 'Sorted c', 'Sorted a'])
    await createJob({
      taskFunctionKey: 'echo',
      nameEn: name,
      intervalHours: 6,
      isEnabled: name !== 'Sorted c',
      tags: ['sorted'],
    });
  const watched = await signedIn();
  const { page } = watched;
  await page.goto('/jobs?tag=sorted');
  const names = () => page.getByRole('link', { name: /^Sorted/ }).allTextContents();
  const header = page.getByRole('columnheader', { name: 'Name' }).getByRole('button');
  await header.click();
  await eventually(names, (all) => all.join() === 'Sorted a,Sorted b,Sorted c', 'ascending names');
  await header.click();
  await eventually(names, (all) => all.join() === 'Sorted c,Sorted b,Sorted a', 'descending names');
  await page.goto('/jobs?tag=sorted&enabled=false&sort=name');
  await page.getByRole('button', { name: 'Export, import, print' }).click();
  const file = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Export definitions' }).click();
  const stream = await (await file).createReadStream();
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  assert.deepEqual(
    (JSON.parse(text) as { nameEn: string }[]).map(({ nameEn }) => nameEn),
    ['Sorted c'],
  );
  await finish(watched);
});

test('a live log goes on after the line was lost', { timeout: 120_000 }, async () => {
  const api = await signInApi(server.url);
  const id = await createJob({
    taskFunctionKey: 'script',
    nameEn: 'Talks on',
    manual: true,
    // Long enough for a slow machine to open the page while it talks.
    parameters: { script: 'for i in $(seq 1 60); do echo "word $i"; sleep 0.4; done' },
  });
  const watched = await signedIn();
  const { page, context } = watched;
  await page.goto('/jobs');
  await heading(page, 'Jobs');
  const { executionId } = await api.post<{ executionId: string }>(`/api/v1/scheduler/jobs/${id}/action`, {
    action: 'trigger',
  });
  let refused = 0;
  let open = 0;
  await context.route(/follow=true/, async (route) => {
    open += 1;
    if (open > 1) return route.continue();
    refused += 1;
    return route.abort('connectionreset');
  });
  await page.goto(`/executions/${executionId}`);
  const log = page.getByRole('region', { name: 'Log' });
  await log.getByText('word 60', { exact: true }).waitFor({ timeout: 60_000 });
  assert.equal(refused, 1);
  assert.ok(open >= 2, 'the page tries again');
  for (const number of [59, 50]) assert.equal(await log.getByText(`word ${number}`, { exact: true }).count(), 1);
  await finish(watched);
});

describe('with the keyboard alone', () => {
  test('pages, palette, lists and a run', { timeout: 90_000 }, async () => {
    const id = await createJob({
      taskFunctionKey: 'echo',
      nameEn: 'Keyboard friend',
      intervalHours: 6,
      tags: ['keys'],
      parameters: { message: 'typed, not clicked' },
    });
    const watched = await signedIn();
    const { page } = watched;
    await page.goto('/');
    await heading(page, 'Dashboard');
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Keyboard shortcuts').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('j');
    await heading(page, 'Jobs');
    await page.keyboard.press('/');
    await page.keyboard.type('Keyboard friend');
    await page.waitForURL(/q=Keyboard/);
    await settled(page);
    await page.getByRole('link', { name: 'Keyboard friend' }).waitFor();
    await page.keyboard.press('Escape');
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('x');
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/jobs/${id}$`));
    await heading(page, 'Keyboard friend');
    await page.keyboard.press('r');
    await page.waitForURL(/\/executions\//);
    await page.getByText('typed, not clicked').first().waitFor();
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('Find a job, a page, an action…').waitFor();
    await page.keyboard.type('Keyboard');
    await page.getByRole('button', { name: 'Keyboard friend' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/jobs/${id}$`));
    await finish(watched);
  });

  test('a job is created, run and looked at', { timeout: 120_000 }, async () => {
    const watched = await signedIn();
    const { page } = watched;
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement;
        // Nothing has the focus: the whole page is no name.
        if (!element || element === document.body) return '';
        const labels = (element as HTMLInputElement).labels;
        const named = element.getAttribute('aria-labelledby')?.split(' ') ?? [];
        const words = [
          element.getAttribute('aria-label'),
          ...named.map((name) => document.getElementById(name)?.textContent),
          ...[...(labels ?? [])].map((label) => label.textContent),
          element.textContent,
          element.className.toString().includes('cm-content') ? 'code editor' : '',
        ];
        return [element.tagName, ...words.filter(Boolean)].join(' | ');
      });
    /** Presses Tab until what has the focus is called so. */
    const tabTo = async (name: RegExp, most = 120) => {
      for (let step = 0; step < most; step += 1) {
        if (name.test(await focused())) return;
        await page.keyboard.press('Tab');
      }
      throw new Error(`Tab never reaches ${name}; now at ${await focused()}`);
    };
    await page.goto('/jobs');
    await heading(page, 'Jobs');
    await page.keyboard.press('n');
    await heading(page, 'New job');
    await tabTo(/^BUTTON \| Script/);
    await page.keyboard.press('Enter');
    await page.getByLabel('Name in English').waitFor();
    await tabTo(/Name in English/);
    await page.keyboard.type('Typed from end to end');
    await tabTo(/code editor/);
    await page.keyboard.type('echo made without a mouse');
    await tabTo(/^BUTTON \| Next/);
    await page.keyboard.press('Enter');
    await page.getByText('What comes of it').waitFor();
    await tabTo(/^BUTTON \| Next/);
    await page.keyboard.press('Enter');
    await tabTo(/Run it once right away/);
    await page.keyboard.press('Space');
    await tabTo(/^BUTTON \| Create job/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/executions\//);
    await heading(page, /Typed from end to end/);
    const log = page.getByRole('region', { name: 'Log' });
    await log.getByText('made without a mouse').waitFor({ timeout: 20_000 });
    await tabTo(/Wrap long lines/);
    await page.keyboard.press('Enter');
    assert.equal(await page.getByRole('button', { name: 'Wrap long lines' }).getAttribute('aria-pressed'), 'true');
    await tabTo(/^SECTION \| Log/);
    await page.keyboard.press('End');
    await finish(watched);
  });
});
