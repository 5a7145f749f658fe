/** No network, or a server that has no verdict, is not the end of a session. */
import { expect, test } from './fixtures.ts';
import { expectOwnPage, expectRenewed, expectSignedIn, navigation, open, signUp, storedToken, storedTokens } from './people.ts';
import { asked, intercept } from './traffic.ts';

test.use({ settings: { LATCHKEY_JWT_EXPIRATION_DELTA: '3' } });

test('a refresh without network is tried again until there is one', async ({ complaints, context, page }) => {
  complaints.expect(/Failed to load resource: net::ERR_INTERNET_DISCONNECTED/);
  const person = await signUp(page);
  const token = (await storedToken(page))!;
  let failures = 0;
  page.on('requestfailed', (request) => {
    failures += Number(asked(request)?.operation === 'Refresh');
  });

  await context.setOffline(true);
  await expect.poll(() => failures, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
  await expectSignedIn(page);
  await expectOwnPage(page, person);

  await context.setOffline(false);
  await expectRenewed(page, token);
  await navigation(page, 'Users').click();
  await expect(page.getByRole('main')).toContainText(person.email);
});

test('a page that is opened without an answer stays signed in, and says what is the matter', async ({ complaints, page }) => {
  complaints.expect(/Failed to load resource: net::ERR_FAILED/);
  const person = await signUp(page);
  let failures = 0;
  await page.route('/graphql', async (route) => {
    failures += 1;
    await route.abort();
  });
  await page.clock.setSystemTime(Date.now() + 24 * 60 * 60 * 1000);
  await open(page, '/me');
  await expect(page.getByRole('alert')).toContainText('cannot be reached');
  await expect.poll(() => failures).toBeGreaterThanOrEqual(3);
  await expectSignedIn(page);

  await page.unroute('/graphql');
  await page.getByRole('main').getByRole('button', { name: 'Try again' }).click();
  await expectOwnPage(page, person);
});

for (const [what, answer] of [
  ['a proxy that finds no server', { status: 502, contentType: 'text/html', body: '<h1>Bad Gateway</h1>' }],
  ['a server that has too much to do', failure('RATE_LIMITED')],
  ['a server that takes too long', failure('TIMEOUT', 503)],
  ['a fault of the server', failure('INTERNAL', 500)],
] as const) {
  test(`${what} is asked again`, async ({ complaints, page }) => {
    complaints.expect(/Failed to load resource: the server responded with a status of 50\d/);
    const person = await signUp(page);
    const { token, refreshToken } = await storedTokens(page);
    const sent: (string | undefined)[] = [];
    await intercept(page, 'Refresh', async (route) => {
      sent.push(asked(route.request())?.variables.refreshToken);
      await (sent.length < 3 ? route.fulfill(answer) : route.fallback());
    });
    await expectRenewed(page, token!);
    expect(sent.slice(0, 3)).toEqual([refreshToken, refreshToken, refreshToken]);
    await expectOwnPage(page, person);
    await expectSignedIn(page);
  });
}

function failure(code: string, status = 200) {
  return { status, contentType: 'application/json', body: JSON.stringify({ data: null, errors: [{ message: 'No', extensions: { code } }] }) };
}
