/** Log-in: by name or e-mail address, and the same answer to everything that is wrong. */
import { createUser } from './api.ts';
import { expect, test } from './fixtures.ts';
import { button, expectOwnPage, field, fillLogIn, logIn, newPerson, open, storedToken } from './people.ts';

for (const [how, nameOf] of [
  ['the username', (name: string) => name],
  ['the username in other letter case', (name: string) => name.toUpperCase()],
  ['the e-mail address', (name: string) => `${name}@example.com`],
  ['the e-mail address in other letter case', (name: string) => `${name}@EXAMPLE.com`.toUpperCase()],
] as const) {
  test(`a person logs in with ${how}`, async ({ page, server }) => {
    const person = await createUser(server);
    await logIn(page, nameOf(person.username), person.password);
    await expectOwnPage(page, person);
  });
}

test('a wrong password is refused and the name stays in its field', async ({ page, server }) => {
  const person = await createUser(server);
  await open(page, '/login');
  await fillLogIn(page, person.username, 'not the password');
  await button(page, 'Log in').click();

  await expect(page.getByRole('alert')).toContainText('Please enter valid credentials');
  await expect(field(page, 'Username or e-mail')).toHaveValue(person.username);
  expect(await storedToken(page)).toBeNull();

  await field(page, 'Password').fill(person.password);
  await button(page, 'Log in').click();
  await expectOwnPage(page, person);
});

test('a wrong password and an unknown name are answered alike', async ({ page, server }) => {
  const person = await createUser(server);
  const answers: string[] = [];
  for (const name of [person.username, newPerson().username]) {
    await open(page, '/login');
    await fillLogIn(page, name, 'not the password');
    await button(page, 'Log in').click();
    await expect(page.getByRole('alert')).toContainText('Please enter valid credentials');
    answers.push(await page.getByRole('alert').innerText());
  }
  expect(answers[1]).toBe(answers[0]);
});
