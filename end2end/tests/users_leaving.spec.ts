/** Leaving the list of users by a way that takes its time, because the code of the other page has to be loaded first. */
import type { Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { expectHydrated, expectOwnPage, field, navigation, open, type Person, signUp } from './people.ts';

const searchField = (page: Page) => field(page, 'Find users by name');

/** Keeps the code of the page `/me` back until `release` is called. */
async function holdMe(page: Page): Promise<{ asked: Promise<void>; release: () => void }> {
  let ask = (): void => {};
  let release = (): void => {};
  const asked = new Promise<void>((resolve) => (ask = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(/\/latchkey-me\.[^/]*\.wasm$/, async (route) => {
    ask();
    await released;
    await route.continue();
  });
  return { asked, release };
}

/** Opens the list, somebody being signed in, with the code of `/me` held back. */
async function openList(page: Page): Promise<{ person: Person; release: () => void }> {
  const person = await signUp(page);
  const { asked, release } = await holdMe(page);
  await open(page, '/users');
  await navigation(page, 'Me').hover();
  await asked;
  return { person, release };
}

test('a click is not lost over what was typed before it or is searched for after it', async ({ page }) => {
  const { person, release } = await openList(page);
  await searchField(page).fill('ad');
  await navigation(page, 'Me').click();
  await searchField(page).fill('ada');
  await expect(page).toHaveURL('/users?search=ada');
  release();
  await expectOwnPage(page, person);
  await page.goBack();
  await expect(searchField(page)).toHaveValue('ada');
});

test('a click is not lost over the way to the content of the page', async ({ page }) => {
  const { person, release } = await openList(page);
  await navigation(page, 'Me').click();
  await page.getByRole('link', { name: 'Skip to content' }).focus();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/users#main');
  release();
  await expectOwnPage(page, person);
});

test('a click is given up for another one on the page', async ({ page }) => {
  const { release } = await openList(page);
  await navigation(page, 'Me').click();
  await page.getByRole('link', { name: 'Name A–Z' }).click();
  await expect(page).toHaveURL('/users?sort=name');
  const loaded = page.waitForResponse(/\/latchkey-me\./);
  release();
  await (await loaded).finished();
  await expect(page).toHaveURL('/users?sort=name');
  await expect(searchField(page)).toBeVisible();
});

test('a search does not take the place of the page that somebody goes back to', async ({ page }) => {
  const person = await signUp(page);
  await navigation(page, 'Users').click();
  await expect(page).toHaveURL('/users');
  const { asked, release } = await holdMe(page);
  await page.reload();
  await expectHydrated(page);
  await page.goBack();
  await asked;
  await searchField(page).fill('ada');
  await searchField(page).press('Enter');
  await expect(page).toHaveURL('/me');
  release();
  await expectOwnPage(page, person);
});
