/** A day's absence: the access token has expired long ago, and the person is signed in all the same. */
import type { BrowserContext, Page } from '@playwright/test';

import { createUser, expectRefused, logInElsewhere } from './api.ts';
import { expect, test } from './fixtures.ts';
import { claimsOf, expectHydrated, expectOwnPage, expectToldThatItIsOver, navigation, open, type Person, signUp, storedToken } from './people.ts';
import type { Server } from './server.ts';
import { holdAnswers, listen } from './traffic.ts';

const DAY = 24 * 60 * 60 * 1000;

test.use({ settings: { LATCHKEY_JWT_EXPIRATION_DELTA: '3' } });

/** Signs up and closes the page until its access token has expired; gives that token and a page for the return. */
async function goAway(page: Page, context: BrowserContext, server: Server): Promise<{ person: Person; token: string; later: Page }> {
  const person = await signUp(page);
  const token = (await storedToken(page))!;
  await page.close();
  await expectRefused(server, token, 'TOKEN_EXPIRED');
  return { person, token, later: await context.newPage() };
}

const isOver = (page: Page) => page.getByText('Your session is over.');

test('the page refreshes first, and shows nothing of a stranger meanwhile', async ({ context, page, server }) => {
  const { person, token, later } = await goAway(page, context, server);
  await later.clock.setSystemTime(Date.now() + DAY);
  const all = listen(later);
  const { arrived, release } = await holdAnswers(later, 'Refresh');

  await later.goto('/me');
  await arrived;
  await expectHydrated(later);
  await expect(navigation(later, 'Log in')).toBeHidden();
  await expect(isOver(later)).toBeHidden();
  await expect(later).toHaveURL('/me');
  expect(all.map(({ operation }) => operation)).toEqual(['Refresh']);

  release();
  await expectOwnPage(later, person);
  await expect(isOver(later)).toBeHidden();
  expect(all.filter((one) => one.token === token), 'nothing was asked with the token that had expired').toEqual([]);
});

test('a clock that takes the token for young is found out by the first call, which is made again', async ({ context, page, server }) => {
  const { person, token, later } = await goAway(page, context, server);
  await later.clock.setFixedTime(claimsOf(token).iat * 1000);
  const all = listen(later);

  await open(later, '/me');
  await expectOwnPage(later, person);
  await expect(isOver(later)).toBeHidden();
  expect(all.slice(0, 3).map(({ operation }) => operation)).toEqual(['Me', 'Refresh', 'Me']);
  expect(all[0]!.token).toBe(token);
  expect(all[2]!.token).not.toBe(token);
});

test('a clock that is a day slow or fast is no matter', async ({ page }) => {
  const person = await signUp(page);
  for (const wrong of [-DAY, DAY]) {
    await page.clock.setSystemTime(Date.now() + wrong);
    const all = listen(page);
    await open(page, '/me');
    await expectOwnPage(page, person);
    expect(all.filter(({ operation }) => operation === 'Refresh').length, 'one refresh, and no storm of them').toBeLessThanOrEqual(2);
  }
});

test('who was signed in before there were refresh tokens, and comes back too late, logs in again', async ({ page, server }) => {
  const old = await logInElsewhere(server, await createUser(server));
  await expectRefused(server, old, 'TOKEN_EXPIRED');
  await open(page, '/');
  await page.evaluate((token) => localStorage.setItem('latchkey.token', JSON.stringify(token)), old);
  await page.goto('/me');
  await expectToldThatItIsOver(page);
});
