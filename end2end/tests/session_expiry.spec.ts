/** The end of a session: the person is told so, asked to log in, and loses nothing they typed. */
import type { Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { button, expectOwnPage, expectSignedOut, field, fillLogIn, open, signUp, storedToken } from './people.ts';

// Tokens of three seconds that can be renewed for four: a session ends after seven at the latest.
test.use({ settings: { LATCHKEY_JWT_EXPIRATION_DELTA: '3', LATCHKEY_JWT_REFRESH_EXPIRATION_DELTA: '4' } });

async function expectToldThatItIsOver(page: Page): Promise<void> {
  await expect(page.getByRole('status').filter({ hasText: 'Your session is over.' })).toBeVisible();
  await expectSignedOut(page);
  expect(await storedToken(page)).toBeNull();
}

/** Signs up, waits until the session is over, and puts its token back: a browser that was closed all the while. */
async function comeBackTooLate(page: Page): Promise<void> {
  await signUp(page);
  const token = await storedToken(page);
  await expectToldThatItIsOver(page);
  await page.evaluate((token) => localStorage.setItem('latchkey.token', token!), token);
}

test('a session that is over says so where the person is, and logging in leads back', async ({ page }) => {
  const person = await signUp(page);
  await expectToldThatItIsOver(page);
  await expect(page).toHaveURL('/me');
  await expect(page.getByRole('main')).not.toContainText(person.email);

  await page.getByRole('main').getByRole('link', { name: 'Log in' }).click();
  await expect(page).toHaveURL('/login?next=/me');
  await fillLogIn(page, person.username, person.password);
  await button(page, 'Log in').click();
  await expectOwnPage(page, person);
  await expect(page.getByText('Your session is over.')).toBeHidden();
});

test('a token that expired while no page was open is the end of the session too', async ({ context, page }) => {
  await comeBackTooLate(page);
  const later = await context.newPage();
  await open(later, '/me');
  await expectToldThatItIsOver(later);
});

test('what is typed while the session turns out to be over stays', async ({ context, page }) => {
  await comeBackTooLate(page);
  const later = await context.newPage();
  let letThrough = (): void => {};
  const held = new Promise<void>((resolve) => (letThrough = resolve));
  await later.route('/graphql', async (route) => {
    await held;
    await route.continue();
  });

  await open(later, '/signup');
  await field(later, 'Username').fill('somebody-else');
  await field(later, 'E-mail address').fill('else@example.com');
  letThrough();
  await expectToldThatItIsOver(later);
  await expect(field(later, 'Username')).toHaveValue('somebody-else');
  await expect(field(later, 'E-mail address')).toHaveValue('else@example.com');
});
