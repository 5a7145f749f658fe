/** The silent refresh: pages that stay open stay signed in, and no two of them ask for the same refresh. */
import { createUser, logInElsewhere, verdictOn } from './api.ts';
import { expect, test } from './fixtures.ts';
import { claimsOf, expectOwnPage, expectRenewed, expectSignedIn, navigation, open, signUp, storedToken, storedTokens } from './people.ts';
import { exchanged, listen } from './traffic.ts';

const LIFETIME_SECONDS = 6;

test.use({ settings: { LATCHKEY_JWT_EXPIRATION_DELTA: String(LIFETIME_SECONDS) } });

test('the tokens are renewed before they expire and the person notices nothing', async ({ page, server }) => {
  const person = await signUp(page);
  const first = (await storedToken(page))!;
  // A token that outlives the first by a whole lifetime: that one has ended by then.
  const newest = await expectRenewed(page, first, LIFETIME_SECONDS);

  expect(await verdictOn(server, first)).toBe('TOKEN_EXPIRED');
  expect(claimsOf(newest).sid, 'it is still the same session').toBe(claimsOf(first).sid);
  await expectSignedIn(page);
  await navigation(page, 'Users').click();
  await navigation(page, 'Me').click();
  await expectOwnPage(page, person);
});

test('two tabs that are due at the same time send one request', async ({ context, page }) => {
  const person = await signUp(page);
  const other = await context.newPage();
  await open(other, '/me');
  const all = listen(context);

  const second = await expectRenewed(page, (await storedToken(page))!);
  const third = await expectRenewed(page, second);
  // Whoever waited for its turn has had it by the time of the next but one.
  await expectRenewed(page, third);
  const tokens = exchanged(all);
  expect(tokens.slice(0, 3)).toHaveLength(3);
  expect(new Set(tokens).size, 'no refresh token was sent twice').toBe(tokens.length);

  for (const tab of [page, other]) {
    await expectSignedIn(tab);
    await navigation(tab, 'Users').click();
    await navigation(tab, 'Me').click();
    await expectOwnPage(tab, person);
  }
});

test('a page that opens with a young token asks for nothing but what it shows', async ({ page }) => {
  const person = await signUp(page);
  const all = listen(page);
  await open(page, '/me');
  await expectOwnPage(page, person);
  expect(all.map(({ operation }) => operation)).toEqual(['Me']);
});

test('whoever was signed in before there were refresh tokens is carried over, once for all tabs', async ({ context, page, server }) => {
  const person = await createUser(server);
  const old = await logInElsewhere(server, person);
  await open(page, '/');
  await page.evaluate((token) => localStorage.setItem('latchkey.token', JSON.stringify(token)), old);

  const all = listen(context);
  const tabs = [page, await context.newPage()];
  await Promise.all(tabs.map((tab) => open(tab, '/me')));
  for (const tab of tabs) {
    await expectOwnPage(tab, person);
  }
  const { token, refreshToken } = await storedTokens(page);
  expect(claimsOf(token!).sid, 'it is still the same session').toBe(claimsOf(old).sid);
  expect(refreshToken).toMatch(/^[0-9a-f]{40,}$/);
  expect(all.filter(({ operation, variables }) => operation === 'Refresh' && variables.token === old)).toHaveLength(1);
});
