/** Every page in both languages and both themes: nothing serious or critical for axe, nothing refused by the policy, nothing wider than the screen. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { axe, openContext, settled } from './support/browser.ts';
import { visits } from './support/pages.ts';
import { browser, server } from './support/stage.ts';
import { buildWorld, type World } from './support/world.ts';

let world: World;

before(async () => {
  world = await buildWorld(server.url);
});

for (const language of ['en', 'ar'] as const) {
  for (const theme of ['light', 'dark'] as const) {
    for (const width of [1200, 360]) {
      test(`pages in ${language}, ${theme}, ${width} px`, { timeout: 300_000 }, async () => {
        const look = { language, theme, width, height: width === 360 ? 740 : 900 };
        const inside = await openContext(browser, server.url, look, world.api.cookie);
        const outside = await openContext(browser, server.url, look);
        const found: string[] = [];
        for (const visit of visits(world)) {
          const { page } = visit.anonymous ? outside : inside;
          await page.goto(visit.path, { waitUntil: 'load' });
          await settled(page);
          for (const violation of await axe(page)) found.push(`${visit.name}: ${violation}`);
          const direction = await page.evaluate(() => document.documentElement.dir);
          if (direction !== (language === 'ar' ? 'rtl' : 'ltr')) found.push(`${visit.name}: direction is ${direction}`);
          const overflow = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          if (overflow > 1) found.push(`${visit.name}: ${overflow} px wider than the screen`);
        }
        found.push(...inside.complaints, ...outside.complaints);
        await inside.context.close();
        await outside.context.close();
        assert.deepEqual(found, []);
      });
    }
  }
}
