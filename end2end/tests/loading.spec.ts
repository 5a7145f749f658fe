/** What is shown while data is on its way, and while who looks is not known yet. */
import type { Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { expectSignedOut, logOut, navigation, open, signUp } from './people.ts';

/** Holds back what the page asks the API until the function it gives is called. */
async function holdApi(page: Page): Promise<() => void> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('/graphql', async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

test('a list and an account that are on their way say so', async ({ page }) => {
  const person = await signUp(page);
  await open(page, '/');
  const release = await holdApi(page);
  await navigation(page, 'Users').click();
  await expect(page.getByRole('status').filter({ hasText: 'Loading users…' })).toBeAttached();
  await navigation(page, 'Me').click();
  await expect(page.getByText('Loading your account…')).toBeAttached();
  release();
  await expect(page.getByRole('main')).toContainText(person.email);
});

test('a list fetched before it is known who looks holds nothing private, whatever comes of it', async ({ context, page }) => {
  const person = await signUp(page);
  const other = await context.newPage();
  // The session stays unknown: a day later the page has to renew it first, and that gets no answer.
  await other.clock.setSystemTime(Date.now() + 24 * 60 * 60 * 1000);
  await other.route('/graphql', async (route) => {
    if (route.request().postData()?.includes('refreshToken')) {
      return;
    }
    await route.continue();
  });
  await open(other, '/');
  await navigation(other, 'Users').click();
  await expect(other.getByRole('main')).toContainText(person.username);
  await expect(other.getByRole('main')).not.toContainText(person.email);
  await logOut(page);
  await expectSignedOut(other);
  await expect(other.getByRole('main')).not.toContainText(person.email);
});
