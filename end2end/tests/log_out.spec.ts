/** Log-out: at once, in every tab, and nothing private is left on the screen. */
import type { Page, Response } from '@playwright/test';

import { expectRefused, verdictOn } from './api.ts';
import { expect, test } from './fixtures.ts';
import { claimsOf, expectOwnPage, expectSignedOut, logIn, logOut, navigation, open, signUp, storedToken, storedTokens } from './people.ts';
import { asked, holdAnswers, intercept } from './traffic.ts';

const NOTHING = { token: null, refreshToken: null };
const DAY = 24 * 60 * 60 * 1000;

test('a person logs out and logs in again', async ({ page }) => {
  const person = await signUp(page);
  await logOut(page);
  await expectSignedOut(page);
  expect(await storedTokens(page)).toEqual(NOTHING);
  await expect(page.getByRole('main')).not.toContainText(person.email);

  await logIn(page, person.username, person.password);
  await expectOwnPage(page, person);
});

test('logging out in one tab logs out the other', async ({ context, page }) => {
  const person = await signUp(page);
  const other = await context.newPage();
  await open(other, '/me');
  await expectOwnPage(other, person);

  await logOut(page);
  await expectSignedOut(other);
  await expect(other.getByRole('main')).not.toContainText(person.email);
});

test('logging in in one tab signs in the other', async ({ context, page }) => {
  const other = await context.newPage();
  await open(other, '/users');
  const person = await signUp(page);

  await expect(navigation(other, 'Log in')).toBeHidden();
  await navigation(other, 'Me').click();
  await expectOwnPage(other, person);
});

test('going back after a log-out shows nothing private', async ({ page }) => {
  const person = await signUp(page);
  await navigation(page, 'Users').click();
  await expect(page).toHaveURL('/users');
  await logOut(page);
  await expectSignedOut(page);

  await page.goBack();
  await expectSignedOut(page);
  await expect(page.getByRole('main')).not.toContainText(person.email);
});

test('what only the person may see is gone from the list at once, before the server answers', async ({ page }) => {
  const person = await signUp(page);
  await navigation(page, 'Users').click();
  await expect(page.getByRole('main')).toContainText(person.email);

  let letThrough = (): void => {};
  const held = new Promise<void>((resolve) => (letThrough = resolve));
  await page.route('/graphql', async (route) => {
    await held;
    await route.continue();
  });
  await logOut(page);
  await expectSignedOut(page);
  await expect(page.getByRole('main')).not.toContainText(person.email);
  letThrough();
  await expect(page.getByRole('main')).toContainText(person.username);
  await expect(page.getByRole('main')).not.toContainText(person.email);
});

test('a log-out ends the session on the server, even if the page is closed at once', async ({ context, page, server }) => {
  await open(await context.newPage(), '/');
  await signUp(page);
  const token = (await storedToken(page))!;
  expect(await verdictOn(server, token)).toBeUndefined();
  await logOut(page);
  await page.close();
  await expectRefused(server, token, 'SESSION_ENDED');
});

test('a log-out without network is one in every tab, and the server is told when there is one', async ({ complaints, context, page, server }) => {
  complaints.expect(/Failed to load resource: net::ERR_INTERNET_DISCONNECTED/);
  const person = await signUp(page);
  const token = (await storedToken(page))!;
  const other = await context.newPage();
  await open(other, '/me');
  await expectOwnPage(other, person);

  await context.setOffline(true);
  await logOut(page);
  for (const tab of [page, other]) {
    await expectSignedOut(tab);
    await expect(tab.getByRole('main')).not.toContainText(person.email);
  }
  expect(await storedTokens(page)).toEqual(NOTHING);
  expect(await verdictOn(server, token)).toBeUndefined();

  await context.setOffline(false);
  await expectRefused(server, token, 'SESSION_ENDED');
});

/** The access token that an answer to a refresh holds. */
async function tokenIn(answer: Promise<Response>): Promise<string> {
  const { data } = (await (await answer).json()) as { data: { refreshToken: { token: string } } };
  return data.refreshToken.token;
}

const refreshOf = (page: Page) => page.waitForResponse((response) => asked(response.request())?.operation === 'Refresh');

test('a refresh in flight while another tab logs out does not bring the session back', async ({ complaints, context, page, server }) => {
  complaints.expect(/Failed to load resource: net::ERR_FAILED/);
  const person = await signUp(page);
  const slow = await context.newPage();
  const { arrived, release } = await holdAnswers(slow, 'Refresh');
  // Tomorrow by its clock, the token is old and has to be renewed first.
  await slow.clock.setSystemTime(Date.now() + DAY);
  const answer = refreshOf(slow);
  await slow.goto('/me');
  await arrived;

  // The server does not hear of the log-out itself.
  await intercept(page, 'LogOut', (route) => route.abort());
  await logOut(page);
  await expectSignedOut(page);
  release();
  await expectRefused(server, await tokenIn(answer), 'SESSION_ENDED');
  await expectSignedOut(slow);
  expect(await storedTokens(slow)).toEqual(NOTHING);
  await expect(slow.getByRole('main')).not.toContainText(person.email);
});

test('a refresh in flight while its own tab logs out does not bring the session back', async ({ complaints, page, server }) => {
  complaints.expect(/Failed to load resource: net::ERR_FAILED/);
  await page.clock.install();
  await signUp(page);
  const { arrived, release } = await holdAnswers(page, 'Refresh');
  const answer = refreshOf(page);
  await page.clock.fastForward('04:00');
  await arrived;

  let first = true;
  await intercept(page, 'LogOut', (route) => {
    const lost = first;
    first = false;
    return lost ? route.abort() : route.fallback();
  });
  await logOut(page);
  await expectSignedOut(page);
  release();
  await expectRefused(server, await tokenIn(answer), 'SESSION_ENDED');
  await expectSignedOut(page);
  expect(await storedTokens(page)).toEqual(NOTHING);
});

test('a refresh in flight does not disturb who logs in meanwhile', async ({ context, page, server }) => {
  const first = await signUp(page);
  const slow = await context.newPage();
  const { arrived, release } = await holdAnswers(slow, 'Refresh');
  await slow.clock.setSystemTime(Date.now() + DAY);
  await slow.goto('/me');
  await arrived;

  await logOut(page);
  const second = await signUp(page);
  release();
  await expectOwnPage(slow, second);
  await expect(slow.getByRole('main')).not.toContainText(first.email);
  await page.reload();
  await expectOwnPage(page, second);
  expect(await verdictOn(server, (await storedToken(page))!)).toBeUndefined();
  expect(claimsOf((await storedToken(slow))!).sid).toBe(claimsOf((await storedToken(page))!).sid);
});
