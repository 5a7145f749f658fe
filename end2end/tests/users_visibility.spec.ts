/** The list of users on a server that shows it to members only. */
import { createUser } from './api.ts';
import { expect, test } from './fixtures.ts';
import { button, fillLogIn, logIn, navigation, open } from './people.ts';

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

test('a stranger who follows a link into the list is led back to it after the log-in', async ({ page, server }) => {
  const person = await createUser(server);
  await open(page, `/users?search=${person.username}&sort=name-desc`);
  await page.getByRole('link', { name: 'Log in to go on' }).click();
  await fillLogIn(page, person.username, person.password);
  await button(page, 'Log in').click();
  await expect(page).toHaveURL(`/users?search=${person.username}&sort=name-desc`);
  await expect(page.getByRole('list', { name: 'Users' })).toContainText(person.email);
});
