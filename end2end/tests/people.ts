/** What people do on the site, step by step, in the words of its labels. */
import { randomUUID } from 'node:crypto';

import { expect, type Page } from '@playwright/test';

export interface Person {
  username: string;
  email: string;
  password: string;
}

/** Somebody nobody has met before. */
export function newPerson(): Person {
  const username = `Ada-${randomUUID().slice(0, 8)}`;
  return { username, email: `${username}@example.com`, password: 'violet otter sings at 7' };
}

/** Opens a page and waits until it answers to clicks. */
export async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expectHydrated(page);
}

/** The WebAssembly has taken over the page the server sent. */
export async function expectHydrated(page: Page): Promise<void> {
  await expect(page.getByRole('main')).toHaveAttribute('data-hydrated', 'true');
}

/** A field of a form by its label; "Username" is not "Username or e-mail". */
export function field(page: Page, label: string) {
  return page.getByLabel(label, { exact: true });
}

export function button(page: Page, name: string) {
  return page.getByRole('main').getByRole('button', { name, exact: true });
}

/** A link of the site's navigation. */
export function navigation(page: Page, name: string) {
  return page.getByRole('navigation').getByRole('link', { name, exact: true });
}

export async function fillSignUp(page: Page, person: Person): Promise<void> {
  await field(page, 'Username').fill(person.username);
  await field(page, 'E-mail address').fill(person.email);
  await field(page, 'Password').fill(person.password);
}

/** Signs up on the sign-up page; ends signed in, on the person's own page. */
export async function signUp(page: Page, person: Person = newPerson()): Promise<Person> {
  await open(page, '/signup');
  await fillSignUp(page, person);
  await button(page, 'Sign up').click();
  await expect(page).toHaveURL('/me');
  await expectSignedIn(page);
  return person;
}

export async function fillLogIn(page: Page, name: string, password: string): Promise<void> {
  await field(page, 'Username or e-mail').fill(name);
  await field(page, 'Password').fill(password);
}

/** Logs in on the log-in page; ends signed in, on the person's own page. */
export async function logIn(page: Page, name: string, password: string): Promise<void> {
  await open(page, '/login');
  await fillLogIn(page, name, password);
  await button(page, 'Log in').click();
  await expect(page).toHaveURL('/me');
  await expectSignedIn(page);
}

export async function logOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Log out' }).click();
}

export async function expectSignedIn(page: Page): Promise<void> {
  await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
  await expect(navigation(page, 'Log in')).toBeHidden();
}

export async function expectSignedOut(page: Page): Promise<void> {
  await expect(navigation(page, 'Log in')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Log out' })).toBeHidden();
}

/** The person's own page shows who they are. */
export async function expectOwnPage(page: Page, person: Person): Promise<void> {
  await expect(page).toHaveURL('/me');
  await expect(page.getByRole('main')).toContainText(person.username);
  await expect(page.getByRole('main')).toContainText(person.email);
}

/** The page says that the session is over, and shows nobody's things. */
export async function expectToldThatItIsOver(page: Page): Promise<void> {
  await expect(page.getByRole('status').filter({ hasText: 'Your session is over.' })).toBeVisible();
  await expectSignedOut(page);
  expect(await storedTokens(page)).toEqual({ token: null, refreshToken: null });
}

/** The tokens the site keeps in local storage, as JSON strings; null where there is none. */
export function storedTokens(page: Page): Promise<{ token: string | null; refreshToken: string | null }> {
  return page.evaluate(() => {
    const read = (key: string) => JSON.parse(localStorage.getItem(key) ?? 'null') as string | null;
    return { token: read('latchkey.token'), refreshToken: read('latchkey.refreshToken') };
  });
}

/** The access token the site keeps; null where there is none. */
export async function storedToken(page: Page): Promise<string | null> {
  return (await storedTokens(page)).token;
}

/** What an access token says. */
export function claimsOf(token: string): { exp: number; iat: number; sid: string } {
  return JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
}

/** Waits until the page keeps a token that outlives `token` by `seconds`, and gives it. */
export async function expectRenewed(page: Page, token: string, seconds = 0): Promise<string> {
  const least = claimsOf(token).exp + seconds;
  let newest = token;
  await expect(async () => {
    newest = (await storedToken(page))!;
    expect(claimsOf(newest).exp).toBeGreaterThan(least);
  }).toPass({ timeout: 30_000 });
  return newest;
}
