/** GraphiQL as the only page of the site that is open, for longer than a token lives. */
import { expect, test } from './fixtures.ts';
import { expectOwnPage, open, signUp, storedToken } from './people.ts';

const LIFETIME_SECONDS = 8;

test.use({ settings: { LATCHKEY_JWT_EXPIRATION_DELTA: String(LIFETIME_SECONDS) } });

test('the session goes on, and the headers pane holds the newest token', async ({ page }) => {
  const person = await signUp(page);
  const exp = async (): Promise<number> => {
    const token: string = JSON.parse((await storedToken(page))!);
    return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).exp;
  };
  const first = await exp();
  await page.goto('/graphiql');
  await expect
    .poll(exp, { timeout: 5 * LIFETIME_SECONDS * 1000, message: 'a token outlives the first by a whole lifetime' })
    .toBeGreaterThan(first + LIFETIME_SECONDS);

  await expect(async () => {
    const newest: string = JSON.parse((await storedToken(page))!);
    await expect(page.getByRole('region', { name: 'Headers' })).toContainText(newest, { timeout: 1_000 });
  }).toPass();
  // The query that the page shows to whoever is signed in.
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await expect(page.getByRole('region', { name: 'Result Window' })).toContainText(`"username": "${person.username}"`);
  await open(page, '/me');
  await expectOwnPage(page, person);
});
