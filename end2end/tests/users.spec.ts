/** The list of users: in the server's own HTML, fresh, and honest when the server is gone. */
import type { Page } from '@playwright/test';

import { createUser } from './api.ts';
import { expect, test } from './fixtures.ts';
import { button, navigation, newPerson, open } from './people.ts';

/** What the page asks the API while `action` runs. */
async function graphqlCalls(page: Page, action: () => Promise<void>): Promise<string[]> {
  const calls: string[] = [];
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/graphql')) {
      calls.push(request.postData() ?? request.url());
    }
  });
  await action();
  return calls;
}

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the list is there, and no e-mail address in it', async ({ page, server }) => {
    const person = await createUser(server);
    await page.goto('/users');
    await expect(page.getByRole('main').getByText(person.username, { exact: true })).toBeVisible();
    expect(await page.content()).not.toContain(person.email);
  });
});

test('the list is not fetched again when the page comes alive', async ({ page, server }) => {
  const person = await createUser(server);
  const calls = await graphqlCalls(page, async () => {
    await open(page, '/users');
    await expect(page.getByRole('main')).toContainText(person.username);
  });
  expect(calls).toEqual([]);
});

test('a person who walks to the list within the site gets it as it is now', async ({ page, server }) => {
  await open(page, '/');
  const person = await createUser(server);
  const calls = await graphqlCalls(page, async () => {
    await navigation(page, 'Users').click();
    await expect(page.getByRole('main')).toContainText(person.username);
  });
  expect(calls).toHaveLength(1);
});

test('markup in a name is text', async ({ page, server }) => {
  const person = { ...newPerson(), username: `ünïcode.${newPerson().username}+x_y` };
  await createUser(server, person);
  await open(page, '/users');
  await expect(page.getByRole('main').getByText(person.username, { exact: true })).toBeVisible();
});

test('when the list cannot be fetched it says so, and Try again works', async ({ complaints, context, page, server }) => {
  complaints.expect(/Failed to load resource: net::ERR_INTERNET_DISCONNECTED/);
  const person = await createUser(server);
  await open(page, '/');

  await context.setOffline(true);
  await navigation(page, 'Users').click();
  await expect(page.getByRole('alert')).toContainText('cannot be reached');

  await context.setOffline(false);
  await button(page, 'Try again').click();
  await expect(page.getByRole('main')).toContainText(person.username);
  await expect(page.getByRole('alert')).toBeHidden();
});
