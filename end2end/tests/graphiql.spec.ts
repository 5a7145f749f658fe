/** GraphiQL: served by Latchkey alone, with the signed-in person's header filled in. */
import type { Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { logOut, newPerson, open, signUp, storedToken } from './people.ts';

const headers = (page: Page) => page.getByRole('region', { name: 'Headers' });
const query = (page: Page) => page.getByRole('region', { name: 'Query Editor' });
const response = (page: Page) => page.getByRole('region', { name: 'Result Window' });

/** Opens GraphiQL and waits until its editors are there. */
async function openGraphiql(page: Page, path = '/graphiql'): Promise<void> {
  await page.goto(path);
  await expect(query(page)).toContainText('Welcome to GraphiQL');
}

/** Replaces the text of an editor, in one go: its typing aids would add brackets of their own. */
async function write(page: Page, editor: string, text: string): Promise<void> {
  await page.getByRole('textbox', { name: editor, exact: true }).focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
}

/** Runs a query that has no name, as soon as GraphiQL has noticed that it has none. */
async function runQuery(page: Page, text: string): Promise<void> {
  await write(page, 'Query', text);
  await expect(page.getByRole('tab', { selected: true })).toHaveText('<untitled>');
  await page.getByRole('button', { name: /^Execute query/ }).click();
}

test('it loads nothing from anywhere else', async ({ page, server }) => {
  const strangers: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(`${server.url}/`) && !request.url().startsWith('data:')) {
      strangers.push(request.url());
    }
  });
  await openGraphiql(page);
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await expect(page.getByRole('main')).toContainText('tokenAuth');
  expect(strangers).toEqual([]);
  await expect(page).toHaveTitle('GraphiQL · Latchkey');
});

test('a browser that asks /graphql for a page gets it too', async ({ page }) => {
  await openGraphiql(page, '/graphql');
});

test('a stranger finds an empty headers pane and signs up, logs in and asks who they are', async ({ page }) => {
  const { username, email, password } = newPerson();
  // The editor draws only the lines there is room for.
  await page.setViewportSize({ width: 1280, height: 1600 });
  await openGraphiql(page);
  for (const operation of ['mutation SignUp', 'mutation LogIn', 'query Me']) {
    await expect(query(page)).toContainText(operation);
  }
  await expect(headers(page)).not.toContainText('Authorization');

  await runQuery(page, `mutation { createUser(username: "${username}", email: "${email}", password: "${password}") { user { username } } }`);
  await expect(response(page)).toContainText(`"username": "${username}"`);

  await runQuery(page, `mutation { tokenAuth(username: "${username}", password: "${password}") { token } }`);
  await expect(response(page)).toContainText('"token"');
  const token = /"token":\s*"([\w.-]+)"/.exec(await response(page).innerText())?.[1];

  await write(page, 'Request headers', `{ "Authorization": "JWT ${token}" }`);
  await runQuery(page, '{ me { email } }');
  await expect(response(page)).toContainText(`"email": "${email}"`);
});

test('the header of a person who is signed in is filled in, and me is them', async ({ page }) => {
  const person = await signUp(page);
  await openGraphiql(page);
  await expect(headers(page)).toContainText(`"Authorization": "Bearer ${await storedToken(page)}"`);

  await runQuery(page, '{ me { username } }');
  await expect(response(page)).toContainText(`"username": "${person.username}"`);
});

test('the header follows the session in other tabs until the person edits it', async ({ context, page }) => {
  await signUp(page);
  const graphiql = await context.newPage();
  await openGraphiql(graphiql);
  await expect(headers(graphiql)).toContainText('Authorization');

  await logOut(page);
  await expect(headers(graphiql)).not.toContainText('Authorization');

  await write(graphiql, 'Request headers', '{ "X-Mine": "1" }');
  await signUp(page);
  await expect(headers(graphiql)).toContainText('X-Mine');
  await expect(headers(graphiql)).not.toContainText('Authorization');
});

test('nothing but the site’s own tokens is kept in local storage', async ({ page }) => {
  await signUp(page);
  await openGraphiql(page);
  await runQuery(page, '{ me { username } }');
  await expect(response(page)).toContainText('"username"');
  const kept = await page.evaluate(() => ({ local: Object.keys(localStorage).sort(), session: JSON.stringify(sessionStorage) }));
  expect(kept.local).toEqual(['latchkey.refreshToken', 'latchkey.token']);
  expect(kept.session).not.toContain('Bearer ');
});

test('the keyboard alone gets into the editors and out again, and back to the site', async ({ page }) => {
  await openGraphiql(page);
  await page.getByRole('textbox', { name: 'Query', exact: true }).focus();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('textbox', { name: 'Query', exact: true })).not.toBeFocused();

  await page.getByRole('link', { name: 'Latchkey' }).press('Enter');
  await expect(page).toHaveURL('/');
});

test('it can be opened from the site', async ({ page }) => {
  await open(page, '/');
  await expect(page.getByRole('link', { name: /GraphiQL/i }).first()).toHaveAttribute('href', '/graphiql');
});
