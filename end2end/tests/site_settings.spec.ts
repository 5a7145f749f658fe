/** Settings of the operator that the pages have to cope with. */
import { expect, test } from './fixtures.ts';
import { expectOwnPage, navigation, open, signUp } from './people.ts';

test.use({
  settings: {
    LATCHKEY_JWT_AUTH_HEADER_PREFIX: 'Latch',
    LATCHKEY_GRAPHIQL: 'false',
    LATCHKEY_USERS_MAX: '51',
  },
});

test('another scheme of the header is no matter to the pages', async ({ page }) => {
  const person = await signUp(page);
  await expectOwnPage(page, person);
  await page.reload();
  await expectOwnPage(page, person);
});

test('the smallest bound on a list is enough for the users page', async ({ page }) => {
  const person = await signUp(page);
  await navigation(page, 'Users').click();
  await expect(page.getByRole('main')).toContainText(person.email);
});

test('nothing leads to a GraphiQL that is turned off', async ({ page }) => {
  await open(page, '/');
  await expect(page.getByRole('link', { name: 'Create an account' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'GraphiQL' })).toBeHidden();
  await expect(page.getByRole('link', { name: 'Explore the API' })).toBeHidden();
});
