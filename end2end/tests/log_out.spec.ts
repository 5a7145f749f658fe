/** Log-out: at once, in every tab, and nothing private is left on the screen. */
import { expect, test } from './fixtures.ts';
import { expectOwnPage, expectSignedOut, logIn, logOut, navigation, open, signUp, storedToken } from './people.ts';

test('a person logs out and logs in again', async ({ page }) => {
  const person = await signUp(page);
  await logOut(page);
  await expectSignedOut(page);
  expect(await storedToken(page)).toBeNull();
  await expect(page.getByRole('main')).not.toContainText(person.email);

  await logIn(page, person.username, person.password);
  await expectOwnPage(page, person);
});

test('logging out in one tab logs out the other', async ({ context, page }) => {
  const person = await signUp(page);
  const other = await context.newPage();
  await open(other, '/me');
  await expectOwnPage(other, person);

  await logOut(page);
  await expectSignedOut(other);
  await expect(other.getByRole('main')).not.toContainText(person.email);
});

test('logging in in one tab signs in the other', async ({ context, page }) => {
  const other = await context.newPage();
  await open(other, '/users');
  const person = await signUp(page);

  await expect(navigation(other, 'Log in')).toBeHidden();
  await navigation(other, 'Me').click();
  await expectOwnPage(other, person);
});

test('going back after a log-out shows nothing private', async ({ page }) => {
  const person = await signUp(page);
  await navigation(page, 'Users').click();
  await expect(page).toHaveURL('/users');
  await logOut(page);
  await expectSignedOut(page);

  await page.goBack();
  await expectSignedOut(page);
  await expect(page.getByRole('main')).not.toContainText(person.email);
});

test('what only the person may see is gone from the list at once, before the server answers', async ({ page }) => {
  const person = await signUp(page);
  await navigation(page, 'Users').click();
  await expect(page.getByRole('main')).toContainText(person.email);

  let letThrough = (): void => {};
  const held = new Promise<void>((resolve) => (letThrough = resolve));
  await page.route('/graphql', async (route) => {
    await held;
    await route.continue();
  });
  await logOut(page);
  await expectSignedOut(page);
  await expect(page.getByRole('main')).not.toContainText(person.email);
  letThrough();
  await expect(page.getByRole('main')).toContainText(person.username);
  await expect(page.getByRole('main')).not.toContainText(person.email);
});
