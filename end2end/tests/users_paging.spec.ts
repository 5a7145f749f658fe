/** The list of users when there are more than one page of them: turned, sorted, gone back to, and linked to. */
import type { Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { button, navigation, open } from './people.ts';
import { listen } from './traffic.ts';

// A server of its own: the number of users matters.
test.use({ settings: {} });

const NAMES = Array.from({ length: 104 }, (_, index) => `reader-${String(index).padStart(3, '0')}`);
const PAGES = [NAMES.slice(0, 50), NAMES.slice(50, 100), NAMES.slice(100)] as const;

test.beforeAll(async ({ server }) => {
  await server.addUsers(NAMES);
});

/** The names on the page, in its order. */
const shown = (page: Page) => page.getByRole('main').getByText(/^reader-\d+$/);
/** A link to another page of the list. */
const turn = (page: Page, name: string) => page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true });
const sort = (page: Page, name: string) => page.getByRole('group', { name: 'Sort by' }).getByRole('link', { name, exact: true });

for (const javaScriptEnabled of [false, true]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('each user is on one page, forward and back', async ({ page }) => {
      await page.goto('/users');
      await expect(page.getByRole('status').filter({ hasText: '104 users' })).toBeVisible();
      await expect(shown(page)).toHaveText(PAGES[0]);
      await expect(turn(page, 'Previous')).toBeHidden();
      await turn(page, 'Next').click();
      await expect(shown(page)).toHaveText(PAGES[1]);
      await turn(page, 'Next').click();
      await expect(shown(page)).toHaveText(PAGES[2]);
      await expect(turn(page, 'Next')).toBeHidden();
      await turn(page, 'Previous').click();
      await expect(shown(page)).toHaveText(PAGES[1]);
      await expect(page).toHaveURL(/\/users\?before=/);
      await turn(page, 'Previous').click();
      await expect(shown(page)).toHaveText(PAGES[0]);
    });

    test('an address that names no place in the list says so and leads to the first page', async ({ page }) => {
      await page.goto('/users?sort=name&after=nonsense');
      await expect(page.getByRole('alert')).toContainText('names a place that is not in the list');
      await page.getByRole('link', { name: 'Go to the first page' }).click();
      await expect(page).toHaveURL('/users?sort=name');
      await expect(shown(page)).toHaveText(PAGES[0]);
      await expect(page.getByRole('alert')).toBeHidden();
    });

    test('a place of one order is none of another', async ({ page }) => {
      await page.goto('/users');
      const href = (await turn(page, 'Next').getAttribute('href'))!;
      await page.goto(`${href}&sort=name`);
      await expect(page.getByRole('alert')).toContainText('names a place that is not in the list');
    });

    test('the list is sorted four ways', async ({ page }) => {
      await page.goto('/users');
      const backwards = NAMES.toReversed().slice(0, 50);
      for (const [name, path, names] of [
        ['Joined last', '/users?sort=joined-desc', backwards],
        ['Name A–Z', '/users?sort=name', PAGES[0]],
        ['Name Z–A', '/users?sort=name-desc', backwards],
        ['Joined first', '/users', PAGES[0]],
      ] as const) {
        await sort(page, name).click();
        await expect(page).toHaveURL(path);
        await expect(shown(page)).toHaveText(names);
        await expect(sort(page, name)).toHaveAttribute('aria-current', 'true');
      }
    });
  });
}

test('turning the page asks once, takes the reader to its beginning, and can be undone', async ({ page }) => {
  await open(page, '/users');
  const asked = listen(page);
  await turn(page, 'Next').focus();
  await page.keyboard.press('Enter');
  await expect(shown(page)).toHaveText(PAGES[1]);
  expect(asked).toHaveLength(1);
  await expect(page.locator('#results')).toBeFocused();
  await expect(shown(page).first()).toBeInViewport();
  const second = page.url();

  await page.goBack();
  await expect(page).toHaveURL('/users');
  await expect(shown(page)).toHaveText(PAGES[0]);
  await expect(turn(page, 'Next')).toBeInViewport();
  await page.goForward();
  await expect(page).toHaveURL(second);
  await expect(shown(page)).toHaveText(PAGES[1]);
  await page.reload();
  await expect(shown(page)).toHaveText(PAGES[1]);
});

test('a page can be opened beside the one that is shown', async ({ context, page }) => {
  await open(page, '/users');
  const opened = context.waitForEvent('page');
  await turn(page, 'Next').click({ modifiers: ['Control'] });
  await expect(shown(await opened)).toHaveText(PAGES[1]);
  await expect(page).toHaveURL('/users');
  await expect(shown(page)).toHaveText(PAGES[0]);
});

test('the address follows what is shown, however one comes there', async ({ page }) => {
  await open(page, '/users');
  await sort(page, 'Name A–Z').click();
  await expect(page).toHaveURL('/users?sort=name');
  await sort(page, 'Name Z–A').click();
  await expect(page).toHaveURL('/users?sort=name-desc');
  await page.goBack();
  await expect(page).toHaveURL('/users?sort=name');
  await page.goForward();
  await expect(page).toHaveURL('/users?sort=name-desc');
  await sort(page, 'Name A–Z').click();
  await expect(shown(page)).toHaveText(PAGES[0]);
  await expect(page).toHaveURL('/users?sort=name');
  await page.goBack();
  await expect(page).toHaveURL('/users?sort=name-desc');
  await expect(sort(page, 'Name Z–A')).toHaveAttribute('aria-current', 'true');
  await expect(shown(page)).toHaveText(NAMES.toReversed().slice(0, 50));
});

test('when the next page cannot be fetched it says so, and Try again gets it', async ({ complaints, context, page }) => {
  complaints.expect(/Failed to load resource: net::ERR_INTERNET_DISCONNECTED/);
  await open(page, '/users');
  await context.setOffline(true);
  await turn(page, 'Next').click();
  await expect(page.getByRole('alert')).toContainText('cannot be reached');
  await context.setOffline(false);
  await button(page, 'Try again').click();
  await expect(shown(page)).toHaveText(PAGES[1]);
});

test('the way in from elsewhere begins with the first page', async ({ page }) => {
  await open(page, '/users?sort=name');
  await turn(page, 'Next').click();
  await expect(shown(page)).toHaveText(PAGES[1]);
  await navigation(page, 'Users').click();
  await expect(page).toHaveURL('/users');
  await expect(shown(page)).toHaveText(PAGES[0]);
});
