/** A server that does not let tokens be refreshed: a session lasts as long as its token. */
import { expect, test } from './fixtures.ts';
import { expectOwnPage, expectSignedOut, signUp } from './people.ts';

test.use({ settings: { LATCHKEY_JWT_ALLOW_REFRESH: 'false', LATCHKEY_JWT_EXPIRATION_DELTA: '8' } });

test('the person stays signed in until the token expires, and is told so then', async ({ page }) => {
  const person = await signUp(page);
  await page.reload();
  await expectOwnPage(page, person);
  await expect(page.getByRole('status').filter({ hasText: 'Your session is over.' })).toBeVisible({ timeout: 20_000 });
  await expectSignedOut(page);
});
