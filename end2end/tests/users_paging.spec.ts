/** The list of users when there are more than one page of them. */
import type { Page } from '@playwright/test';

import { createUsers } from './api.ts';
import { expect, test } from './fixtures.ts';
import { button, open } from './people.ts';

// A server of its own: the number of users matters.
test.use({ settings: {} });

/** The names on the page, in its order. */
const shown = (page: Page) => page.getByRole('main').getByText(/^Ada-[0-9a-f]{8}$/);

test('the rest comes by Show more users, each user once, oldest first', async ({ page, server }) => {
  const people = await createUsers(server, 53);

  await open(page, '/users');
  await expect(shown(page)).toHaveText(people.slice(0, 50).map((person) => person.username));
  await button(page, 'Show more users').click();
  await expect(shown(page)).toHaveText(people.map((person) => person.username));
  await expect(button(page, 'Show more users')).toBeHidden();
});

test('when more users cannot be fetched, those on the page stay and Try again gets the rest', async ({ complaints, context, page, server }) => {
  complaints.expect(/Failed to load resource: net::ERR_INTERNET_DISCONNECTED/);
  await createUsers(server, 51);

  await open(page, '/users');
  await context.setOffline(true);
  await button(page, 'Show more users').click();
  await expect(page.getByRole('alert')).toContainText('cannot be reached');
  await expect(shown(page)).toHaveCount(50);

  await context.setOffline(false);
  await button(page, 'Try again').click();
  await expect.poll(() => shown(page).count()).toBeGreaterThan(50);
});
