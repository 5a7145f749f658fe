/** The list of users on a server that shows it to members only. */
import { createUser } from './api.ts';
import { expect, test } from './fixtures.ts';
import { logIn, navigation, open } from './people.ts';

test.use({ settings: { LATCHKEY_USERS_VISIBILITY: 'members' } });

test('a stranger is told to log in and never gets a name, a member sees the list', async ({ page, server, request }) => {
  const other = await createUser(server);
  const person = await createUser(server);
  expect(await (await request.get('/users')).text()).not.toContain(other.username);

  await open(page, '/users');
  await expect(page.getByRole('main').getByRole('link', { name: /log in/i })).toBeVisible();
  await expect(page.getByRole('main')).not.toContainText(other.username);

  await logIn(page, person.username, person.password);
  await navigation(page, 'Users').click();
  await expect(page.getByRole('main')).toContainText(other.username);

  // Opened directly, the server renders for a stranger; the page itself must then ask as the member.
  await open(page, '/users');
  await expect(page.getByRole('main')).toContainText(other.username);
});
