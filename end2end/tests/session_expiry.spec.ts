/** The end of a session: the person is told so, asked to log in, and loses nothing they typed. */
import type { BrowserContext, Page } from '@playwright/test';

import { endAllSessions, expectRefused } from './api.ts';
import { expect, test } from './fixtures.ts';
import { button, expectOwnPage, expectToldThatItIsOver, field, fillLogIn, navigation, open, signUp, storedToken } from './people.ts';
import type { Server } from './server.ts';

// A session ends after five seconds in which it was not used. A page that is open uses it every four.
test.use({ settings: { LATCHKEY_JWT_EXPIRATION_DELTA: '6', LATCHKEY_SESSION_LIFETIME: '5' } });

/** Signs up, and comes back with a new page when the session is over: a browser that was closed all the while. */
async function comeBackTooLate(context: BrowserContext, page: Page, server: Server): Promise<Page> {
  await signUp(page);
  const token = (await storedToken(page))!;
  await page.close();
  // The access token outlives the session.
  await expectRefused(server, token, 'TOKEN_EXPIRED');
  return context.newPage();
}

test('a session that is over says so where the person is, and logging in leads back', async ({ page, server }) => {
  const person = await signUp(page);
  await expectOwnPage(page, person);
  await endAllSessions(server, person);
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

test('logging in leads back to the same part of the list', async ({ page, server }) => {
  const person = await signUp(page);
  const part = `/users?search=${person.username}&sort=name-desc`;
  await open(page, part);
  await endAllSessions(server, person);
  await expectToldThatItIsOver(page);
  await page.getByRole('main').getByRole('link', { name: 'Log in' }).click();
  await fillLogIn(page, person.username, person.password);
  await button(page, 'Log in').click();
  await expect(page).toHaveURL(part);
});

test('a session that has ended on the server is over at the next step, in every tab', async ({ context, page, server }) => {
  const person = await signUp(page);
  const other = await context.newPage();
  await open(other, '/');
  await endAllSessions(server, person);
  await navigation(page, 'Users').click();
  await expectToldThatItIsOver(page);
  await expectToldThatItIsOver(other);
});

test('a session that ended while no page was open is over when the person comes back', async ({ context, page, server }) => {
  const later = await comeBackTooLate(context, page, server);
  await open(later, '/me');
  await expectToldThatItIsOver(later);
});

test('what is typed while the session turns out to be over stays', async ({ context, page, server }) => {
  const later = await comeBackTooLate(context, page, server);
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
