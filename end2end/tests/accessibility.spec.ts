/** Every page in light and in dark, for people with other senses and other screens. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { FIREFOX, logInElsewhere } from './api.ts';
import { expect, test } from './fixtures.ts';
import { button, open, signUp } from './people.ts';

/** Rules that GraphiQL's own markup breaks; what is around it is ours and is held to all of them. */
const GRAPHIQL_EXCEPTIONS = [
  // Its tabs hold buttons.
  'nested-interactive',
  // The scrolling box of a text editor is moved by the caret of the text field beside it.
  'scrollable-region-focusable',
];

async function expectAccessible(page: Page, exceptions: string[] = []): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).disableRules(exceptions).analyze();
  const found = violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html} ${node.failureSummary}`));
  expect(found, page.url()).toEqual([]);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme} mode`, () => {
    test.use({ colorScheme });

    test('the pages of a stranger have nothing axe objects to', async ({ complaints, page }) => {
      complaints.expect(/status of 404 .*\/no\/such\/page/);
      for (const path of ['/', '/signup', '/login', '/users', '/no/such/page']) {
        await open(page, path);
        await expectAccessible(page);
      }
    });

    test('the pages of a person who is signed in have nothing axe objects to', async ({ page }) => {
      await signUp(page);
      for (const path of ['/', '/users', '/me']) {
        await open(page, path);
        await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
        await expectAccessible(page);
      }
    });

    test('a list of sessions with an error in it has nothing axe objects to', async ({ complaints, context, page, server }) => {
      complaints.expect(/Failed to load resource: net::ERR_INTERNET_DISCONNECTED/);
      const person = await signUp(page);
      await logInElsewhere(server, person, FIREFOX);
      await open(page, '/me');
      await expect(button(page, 'Sign out everywhere else')).toBeVisible();
      await context.setOffline(true);
      await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
      await expect(page.getByRole('alert')).toBeVisible();
      await expectAccessible(page);
    });

    test('forms full of errors have nothing axe objects to', async ({ page }) => {
      for (const [path, name] of [
        ['/signup', 'Sign up'],
        ['/login', 'Log in'],
      ] as const) {
        await open(page, path);
        await page.getByLabel(/^Username/).fill('not a name!');
        await page.getByLabel('Password', { exact: true }).fill('short');
        await button(page, name).click();
        await expect(page.getByRole('main').getByText(/valid|enter/i).first()).toBeVisible();
        await expectAccessible(page);
      }
    });

    test('GraphiQL has nothing axe objects to but what is its own', async ({ page }) => {
      await page.goto('/graphiql');
      await expect(page.getByRole('region', { name: 'Query Editor' })).toContainText('Welcome to GraphiQL');
      await expectAccessible(page, GRAPHIQL_EXCEPTIONS);
    });
  });
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });

  test('no page scrolls sideways', async ({ complaints, page }) => {
    complaints.expect(/status of 404 .*\/no\/such\/page/);
    const expectNoSidewaysScroll = async (path: string) => {
      await open(page, path);
      const { wide, room } = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth,
        room: document.documentElement.clientWidth,
      }));
      expect(wide, path).toBeLessThanOrEqual(room);
    };
    for (const path of ['/', '/signup', '/login', '/users', '/no/such/page']) {
      await expectNoSidewaysScroll(path);
    }
    await signUp(page);
    for (const path of ['/', '/users', '/me']) {
      await expectNoSidewaysScroll(path);
    }
  });
});

// 320 pixels are 1280 at 400 percent (WCAG 2.2, 1.4.10), and text has to grow to twice its size (1.4.4).
for (const [name, width, text] of [
  ['on the narrowest screen', 320, '100%'],
  ['with text of twice the size', 640, '200%'],
] as const) {
  test(`${name} no page has to be scrolled sideways`, async ({ page, server }) => {
    await page.setViewportSize({ width, height: 800 });
    const expectNoSidewaysScroll = async (path: string) => {
      await open(page, path);
      await page.evaluate((size) => (document.documentElement.style.fontSize = size), text);
      const { scroll, client } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        client: document.documentElement.clientWidth,
      }));
      expect(scroll, path).toBeLessThanOrEqual(client);
      // Nor is any word squeezed into a column of its letters.
      for (const row of await page.getByRole('list', { name: /^(Users|Where you are signed in)$/ }).getByRole('listitem').all()) {
        const { width, height } = (await row.boundingBox())!;
        expect(width, path).toBeGreaterThan(height);
      }
    };
    for (const path of ['/', '/signup', '/login', '/users']) {
      await expectNoSidewaysScroll(path);
    }
    const person = await signUp(page);
    await logInElsewhere(server, person, 'AProgramWithAnExceedinglyLongNameOfItsOwn/1.0');
    for (const path of ['/', '/users', '/me']) {
      await expectNoSidewaysScroll(path);
    }
    await expect(button(page, 'Sign out everywhere else')).toBeVisible();
  });
}
