/**
 * Every page, as it arrives: alive, with a title and a heading, without a complaint in the console (the fixture fails
 * the test on any: hydration mismatches show there), with a session and without.
 */
import { expect, test } from './fixtures.ts';
import { expectSignedIn, open, signUp } from './people.ts';

const PAGES = ['/', '/signup', '/login', '/users'];
const NOT_FOUND = /Failed to load resource: the server responded with a status of 404 .*\/no\/such\/page/;

for (const path of PAGES) {
  test(`${path} comes alive quietly`, async ({ page }) => {
    await open(page, path);
    await expect(page).toHaveTitle(/Latchkey/);
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
  });
}

test('every page is quiet with a session as well', async ({ page }) => {
  await signUp(page);
  for (const path of [...PAGES, '/me']) {
    await open(page, path);
    await expectSignedIn(page);
  }
});

test('a page that does not exist is a 404 with a way out', async ({ complaints, page }) => {
  complaints.expect(NOT_FOUND);
  const response = await page.goto('/no/such/page');
  expect(response?.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no page here');
  await page.getByRole('link', { name: 'Back to the start' }).click();
  await expect(page).toHaveURL('/');
});

test('the pages have titles of their own', async ({ page }) => {
  const titles = new Set<string>();
  for (const path of PAGES) {
    await open(page, path);
    titles.add(await page.title());
  }
  expect(titles.size).toBe(PAGES.length);
});
