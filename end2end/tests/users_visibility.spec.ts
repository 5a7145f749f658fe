/** The list of users on a server that shows it to members only. */
import { createUser } from './api.ts';
import { expect, test } from './fixtures.ts';
import { button, expectSignedOut, fillLogIn, logIn, logOut, navigation, open } from './people.ts';
import { holdAnswers } from './traffic.ts';

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

test('once the member has logged out nothing of the list is left, not even how long it was', async ({ page, server }) => {
  const person = await createUser(server);
  await logIn(page, person.username, person.password);
  await navigation(page, 'Users').click();
  const tally = page.getByRole('status').filter({ hasText: /^\d+ users?$/ });
  await expect(tally).toBeVisible();

  const stranger = await holdAnswers(page, 'Users');
  await logOut(page);
  await stranger.arrived;
  await expectSignedOut(page);
  await expect(tally).toBeHidden();
  await expect(page.getByRole('main')).not.toContainText(person.username);
  stranger.release();
  await expect(page.getByRole('link', { name: 'Log in to go on' })).toBeVisible();
});
