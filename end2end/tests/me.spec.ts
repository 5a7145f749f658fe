/** The person's own page, and the way to it for somebody who is not signed in yet. */
import { createUser } from './api.ts';
import { expect, test } from './fixtures.ts';
import { button, expectHydrated, expectOwnPage, fillLogIn, fillSignUp, navigation, newPerson, open, signUp } from './people.ts';

test('a person sees who they are', async ({ page }) => {
  const person = await signUp(page);
  await navigation(page, 'Users').click();
  await navigation(page, 'Me').click();
  await expectOwnPage(page, person);
});

test('without a session it asks to log in and comes back', async ({ page, server }) => {
  const person = await createUser(server);
  await page.goto('/me');
  await expect(page).toHaveURL(/\/login\?next=(\/|%2F)me$/i);
  await expectHydrated(page);
  await fillLogIn(page, person.email, person.password);
  await button(page, 'Log in').click();
  await expectOwnPage(page, person);
});

test('the way back survives signing up instead', async ({ page }) => {
  await page.goto('/me');
  await expect(page).toHaveURL(/\/login\?next=/);
  await page.getByRole('main').getByRole('link', { name: 'Create an account' }).click();
  await expect(page).toHaveURL(/\/signup/);
  const person = newPerson();
  await fillSignUp(page, person);
  await button(page, 'Sign up').click();
  await expectOwnPage(page, person);
});

test('a next page of this site is gone to after logging in', async ({ page, server }) => {
  const person = await createUser(server);
  await open(page, '/login?next=/users');
  await fillLogIn(page, person.username, person.password);
  await button(page, 'Log in').click();
  await expect(page).toHaveURL('/users');
});

for (const next of [
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  'https://evil.example/',
  'https:evil.example',
  'javascript:alert(document.domain)',
  '/\t/evil.example',
  '///evil.example',
  '/..//evil.example',
]) {
  test(`next=${JSON.stringify(next)} is not followed`, async ({ context, page, server }) => {
    const strangers: string[] = [];
    context.on('request', (request) => {
      if (!request.url().startsWith(server.url)) {
        strangers.push(request.url());
      }
    });
    const person = await createUser(server);
    await open(page, `/login?next=${encodeURIComponent(next)}`);
    await fillLogIn(page, person.username, person.password);
    await button(page, 'Log in').click();
    await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
    expect(page.url()).toContain(`${server.url}/`);
    expect(strangers).toEqual([]);
  });
}
