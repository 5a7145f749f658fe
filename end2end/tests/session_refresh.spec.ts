/** The silent refresh: a page that stays open stays signed in beyond the life of its first token. */
import type { Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { expectOwnPage, expectSignedIn, navigation, open, signUp, storedToken } from './people.ts';

const LIFETIME_SECONDS = 8;

test.use({ settings: { LATCHKEY_JWT_EXPIRATION_DELTA: String(LIFETIME_SECONDS) } });

async function claims(page: Page): Promise<{ exp: number; origIat: number }> {
  const token: string = JSON.parse((await storedToken(page))!);
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
}

/** Waits until the page holds a token that outlives `exp` by a whole lifetime: the old one has ended by then. */
async function expectOutlived(page: Page, exp: number): Promise<void> {
  await expect.poll(async () => (await claims(page)).exp, { timeout: 5 * LIFETIME_SECONDS * 1000 }).toBeGreaterThan(exp + LIFETIME_SECONDS);
}

test('the token is renewed before it expires and the person notices nothing', async ({ page }) => {
  const person = await signUp(page);
  const first = await claims(page);
  await expectOutlived(page, first.exp);

  expect((await claims(page)).origIat, 'it is still the same session').toBe(first.origIat);
  await expectSignedIn(page);
  await navigation(page, 'Users').click();
  await navigation(page, 'Me').click();
  await expectOwnPage(page, person);
});

test('two tabs of one person keep each other’s session', async ({ context, page }) => {
  const person = await signUp(page);
  const first = await claims(page);
  const other = await context.newPage();
  await open(other, '/me');
  await expectOutlived(page, first.exp);

  for (const tab of [page, other]) {
    await expectSignedIn(tab);
    await navigation(tab, 'Users').click();
    await navigation(tab, 'Me').click();
    await expectOwnPage(tab, person);
  }
});
