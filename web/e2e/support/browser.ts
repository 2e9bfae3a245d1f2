/** Chromium with the eyes of a test: every violation of the Content-Security-Policy and every page error is kept. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const require = createRequire(import.meta.url);

export async function launch(): Promise<Browser> {
  const path =
    process.env.CHROMIUM ??
    ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
  if (!path) throw new Error('no Chromium: install the package "chromium" or set CHROMIUM');
  return chromium.launch({
    executablePath: path,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-prefers-reduced-motion', '--font-render-hinting=none'],
  });
}

export interface Look {
  language?: 'en' | 'ar';
  theme?: 'light' | 'dark';
  width?: number;
  height?: number;
  zone?: string;
}

export interface Watched {
  context: BrowserContext;
  page: Page;
  /** What went wrong in the page itself: errors, refused resources. */
  complaints: string[];
}

export async function openContext(browser: Browser, url: string, look: Look = {}, cookie?: string): Promise<Watched> {
  const language = look.language ?? 'en';
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1360, height: look.height ?? 900 },
    locale: language === 'ar' ? 'ar' : 'en-GB',
    timezoneId: look.zone ?? 'Europe/Prague',
    colorScheme: look.theme ?? 'light',
    reducedMotion: 'reduce',
    baseURL: url,
  });
  if (cookie) {
    const at = cookie.indexOf('=');
    await context.addCookies([
      { name: cookie.slice(0, at), value: cookie.slice(at + 1), url, httpOnly: true, sameSite: 'Lax' },
    ]);
  }
  const complaints: string[] = [];
  const page = await context.newPage();
  await page.addInitScript(
    ([chosen, theme]) => {
      if (!localStorage.getItem('orloj.preferences'))
        localStorage.setItem('orloj.preferences', JSON.stringify({ language: chosen, theme }));
      document.addEventListener('securitypolicyviolation', (event) => {
        console.error(
          `CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile ?? ''}:${event.lineNumber}`,
        );
      });
    },
    [language, look.theme ?? 'light'] as const,
  );
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && /CSP|Content Security Policy/i.test(text)) complaints.push(text);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return { context, page, complaints };
}

interface AxeResult {
  violations: {
    id: string;
    impact: string | null;
    help: string;
    nodes: { html: string; target: string[]; failureSummary?: string }[];
  }[];
}

/** Serious and critical findings, each with where it is. The page must have been opened with `bypassCSP` off: axe runs as text in the page's own world. */
export async function axe(page: Page): Promise<string[]> {
  const source = require.resolve('axe-core/axe.min.js');
  const { readFileSync } = await import('node:fs');
  // `evaluate` goes through the debugger, which the policy does not concern.
  await page.evaluate(readFileSync(source, 'utf8'));
  const result = (await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(root: Document, options: object): Promise<unknown> } }).axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      resultTypes: ['violations'],
    }),
  )) as AxeResult;
  return result.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes
        .slice(0, 4)
        .map(
          (node) =>
            `${id}: ${node.target.join(' ')} ${node.html.slice(0, 160)} ${node.failureSummary?.replaceAll('\n', ' ').slice(0, 220) ?? ''}`,
        ),
    );
}

/** The page has drawn itself: no skeletons, no requests under way. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelector('#content, main') !== null);
  await page.waitForFunction(
    () => document.querySelector('[role="status"] .mantine-Skeleton-root') === null,
    undefined,
    { timeout: 15_000 },
  );
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.waitForTimeout(250);
}
