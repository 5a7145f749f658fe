/** GraphiQL keeps the session as the site's own pages do, alone and beside them. */
import { createUser, logInElsewhere } from './api.ts';
import { expect, test } from './fixtures.ts';
import { claimsOf, expectOwnPage, expectRenewed, logOut, open, signUp, storedToken, storedTokens } from './people.ts';
import { exchanged, holdAnswers, listen } from './traffic.ts';

const LIFETIME_SECONDS = 6;

test.use({ settings: { LATCHKEY_JWT_EXPIRATION_DELTA: String(LIFETIME_SECONDS) } });

test('as the only page that is open it keeps the session, and the headers pane holds the newest token', async ({ page }) => {
  const person = await signUp(page);
  const first = (await storedToken(page))!;
  await page.goto('/graphiql');
  const all = listen(page);
  await expectRenewed(page, first, LIFETIME_SECONDS);
  const refreshes = all.filter(({ operation }) => operation === 'Refresh');
  expect(new Set(refreshes.flatMap(({ variables }) => Object.keys(variables)))).toEqual(new Set(['refreshToken']));

  await expect(async () => {
    const newest = (await storedToken(page))!;
    await expect(page.getByRole('region', { name: 'Headers' })).toContainText(newest, { timeout: 1_000 });
  }).toPass();
  // The query that the page shows to whoever is signed in.
  await page.getByRole('button', { name: /^Execute query/ }).click();
  await expect(page.getByRole('region', { name: 'Result Window' })).toContainText(`"username": "${person.username}"`);
  await open(page, '/me');
  await expectOwnPage(page, person);
});

test('it takes turns with the pages of the site', async ({ context, page }) => {
  await signUp(page);
  const graphiql = await context.newPage();
  await graphiql.goto('/graphiql');
  const all = listen(context);
  let token = (await storedToken(page))!;
  for (let renewals = 0; renewals < 3; renewals += 1) {
    token = await expectRenewed(page, token);
  }
  const tokens = exchanged(all);
  expect(new Set(tokens).size, 'no refresh token was sent twice').toBe(tokens.length);
});

test('whoever was signed in before there were refresh tokens is carried over', async ({ page, server }) => {
  const old = await logInElsewhere(server, await createUser(server));
  await open(page, '/');
  await page.evaluate((token) => localStorage.setItem('latchkey.token', JSON.stringify(token)), old);
  await page.goto('/graphiql');
  await expect.poll(async () => (await storedTokens(page)).refreshToken).toMatch(/^[0-9a-f]{40,}$/);
  expect(claimsOf((await storedToken(page))!).sid).toBe(claimsOf(old).sid);
});

test('a refresh that comes back after a log-out is dropped', async ({ context, page }) => {
  await signUp(page);
  const graphiql = await context.newPage();
  const { arrived, release } = await holdAnswers(graphiql, 'Refresh');
  // Tomorrow by its clock, the token is old.
  await graphiql.clock.setSystemTime(Date.now() + 24 * 60 * 60 * 1000);
  await graphiql.goto('/graphiql');
  await arrived;
  await logOut(page);
  const told = graphiql.waitForResponse((response) => response.request().postData()?.includes('revokeToken') ?? false);
  release();
  await told;
  expect(await storedTokens(graphiql)).toEqual({ token: null, refreshToken: null });
});
