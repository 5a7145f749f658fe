/** The WebAssembly is slow to arrive: people read and type before the page comes alive. */
import type { Page } from '@playwright/test';

import { createUser } from './api.ts';
import { expect, test } from './fixtures.ts';
import { button, expectHydrated, expectOwnPage, field, fillLogIn, fillSignUp, newPerson, signUp } from './people.ts';

/** Holds the WebAssembly back until the function it gives is called. */
async function holdWebAssembly(page: Page): Promise<() => void> {
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/*.wasm', async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

test('a sign-up typed before the page is alive is kept, and cannot be sent too early', async ({ page }) => {
  const person = newPerson();
  const release = await holdWebAssembly(page);
  await page.goto('/signup', { waitUntil: 'commit' });
  await fillSignUp(page, person);
  await expect(button(page, 'Sign up')).toBeDisabled();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL('/signup');

  release();
  await expectHydrated(page);
  await expect(field(page, 'Username')).toHaveValue(person.username);
  await expect(field(page, 'E-mail address')).toHaveValue(person.email);
  await expect(field(page, 'Password')).toHaveValue(person.password);
  await button(page, 'Sign up').click();
  await expectOwnPage(page, person);
});

test('a log-in typed before the page is alive is kept', async ({ page, server }) => {
  const person = await createUser(server);
  const release = await holdWebAssembly(page);
  await page.goto('/login', { waitUntil: 'commit' });
  await fillLogIn(page, person.username, person.password);
  await expect(button(page, 'Log in')).toBeDisabled();

  release();
  await button(page, 'Log in').click();
  await expectOwnPage(page, person);
});

test('the navigation works before the page is alive', async ({ page, server }) => {
  const person = await createUser(server);
  const release = await holdWebAssembly(page);
  await page.goto('/', { waitUntil: 'commit' });
  await page.getByRole('navigation').getByRole('link', { name: 'Users' }).click();
  await expect(page.getByRole('main')).toContainText(person.username);
  release();
  await expectHydrated(page);
});

test('the list of users and a person’s own page come alive where they are', async ({ page }) => {
  const person = await signUp(page);
  for (const path of ['/users', '/me']) {
    const release = await holdWebAssembly(page);
    await page.goto(path, { waitUntil: 'commit' });
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByRole('main')).not.toContainText(person.email);
    release();
    await expectHydrated(page);
    await expect(page.getByRole('main')).toContainText(person.email);
    await page.unroute('**/*.wasm');
  }
});

test('until the page is alive strangers see the way in, and who is signed in does not', async ({ page }) => {
  const logIn = page.getByRole('navigation').getByRole('link', { name: 'Log in' });
  const release = await holdWebAssembly(page);
  await page.goto('/', { waitUntil: 'commit' });
  await expect(logIn).toBeVisible();
  await expect(page.getByRole('link', { name: 'Create an account' })).toBeVisible();
  release();
  await expectHydrated(page);
  await page.unroute('**/*.wasm');

  await signUp(page);
  const releaseAgain = await holdWebAssembly(page);
  await page.goto('/', { waitUntil: 'commit' });
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(logIn).toBeHidden();
  releaseAgain();
  await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
});
