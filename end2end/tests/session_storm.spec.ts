/** Many pages of one browser with tokens that hardly live: whatever is cut off in between, the session stays. */
import { expect, test } from './fixtures.ts';
import { expectOwnPage, expectRenewed, open, signUp, storedToken } from './people.ts';

test.use({ settings: { LATCHKEY_JWT_EXPIRATION_DELTA: '2' } });

for (const locks of [true, false]) {
  test(`tabs that are loaded anew all the time keep the session, ${locks ? 'taking turns' : 'in a browser without locks too'}`, async ({ context, page, server }) => {
    if (!locks) {
      // As where the site is not secure.
      await context.addInitScript(() => Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }));
    }
    const person = await signUp(page);
    const tabs = [page, await context.newPage(), await context.newPage()];
    const graphiql = await context.newPage();
    await graphiql.goto('/graphiql');

    let token = (await storedToken(page))!;
    for (let round = 0; round < 4; round += 1) {
      // Leaving a page cuts off what it was asking, its refresh included.
      await Promise.all(tabs.map(async (tab) => {
        await tab.goto('/users', { waitUntil: 'commit' });
        await tab.goto('/me', { waitUntil: 'commit' });
      }));
      token = await expectRenewed(page, token);
    }
    for (const tab of tabs) {
      await open(tab, '/me');
      await expectOwnPage(tab, person);
    }
    await expectRenewed(graphiql, token);
    expect(server.log).not.toContain('refresh token was used again');
  });
}
