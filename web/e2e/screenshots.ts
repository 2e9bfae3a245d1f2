/** Photographs every page in both languages, both themes, on a phone and on a screen, for people to look at. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, openContext, settled } from './support/browser.ts';
import { visits } from './support/pages.ts';
import { startServer } from './support/server.ts';
import { buildWorld } from './support/world.ts';

const folder = process.env.SCREENSHOTS ?? fileURLToPath(new URL('../../screenshots', import.meta.url));
const only = process.argv.slice(2);
const sizes = { desktop: { width: 1360, height: 900 }, phone: { width: 375, height: 800 } };

const server = await startServer();
const browser = await launch();
let taken = 0;
const complaints: string[] = [];
try {
  const world = await buildWorld(server.url);
  await mkdir(folder, { recursive: true });
  for (const language of ['en', 'ar'] as const) {
    for (const theme of ['light', 'dark'] as const) {
      for (const [device, size] of Object.entries(sizes)) {
        const look = { language, theme, ...size };
        const inside = await openContext(browser, server.url, look, world.api.cookie);
        const outside = await openContext(browser, server.url, look);
        for (const visit of visits(world)) {
          const name = `${visit.name}.${language}.${theme}.${device}`;
          if (only.length > 0 && !only.some((part) => name.includes(part))) continue;
          const { page } = visit.anonymous ? outside : inside;
          await page.goto(visit.path, { waitUntil: 'load' });
          await settled(page);
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          if (overflow > 1) complaints.push(`${name}: ${overflow} px wider than the screen`);
          // A window as tall as the page, rather than a stitched picture: what sticks to an edge stays at that edge.
          const tall = await page.evaluate(() => document.documentElement.scrollHeight);
          await page.setViewportSize({ width: size.width, height: Math.min(3200, Math.max(size.height, tall)) });
          await page.waitForTimeout(100);
          await page.screenshot({ path: join(folder, `${name}.png`) });
          await page.setViewportSize(size);
          taken += 1;
        }
        complaints.push(...inside.complaints, ...outside.complaints);
        await inside.context.close();
        await outside.context.close();
      }
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
for (const complaint of complaints) console.error(complaint);
console.log(`${taken} pictures in ${folder}, ${complaints.length} complaints`);
process.exitCode = complaints.length > 0 ? 1 : 0;
