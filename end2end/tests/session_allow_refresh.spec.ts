/** A server that does not let access tokens be refreshed: pages go on by their refresh tokens. */
import { expect, test } from './fixtures.ts';
import { expectOwnPage, expectRenewed, signUp, storedToken } from './people.ts';

const LIFETIME_SECONDS = 4;

test.use({ settings: { LATCHKEY_JWT_ALLOW_REFRESH: 'false', LATCHKEY_JWT_EXPIRATION_DELTA: String(LIFETIME_SECONDS) } });

test('the person stays signed in beyond the life of the first token', async ({ page }) => {
  const person = await signUp(page);
  await expectRenewed(page, (await storedToken(page))!, LIFETIME_SECONDS);
  await page.reload();
  await expectOwnPage(page, person);
  await expect(page.getByText('Your session is over.')).toBeHidden();
});
