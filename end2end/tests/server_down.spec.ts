/** The server dies under a person's hands and comes back: they are told, and nothing is lost. */
import { createUser } from './api.ts';
import { expect, test } from './fixtures.ts';
import { button, expectOwnPage, expectSignedIn, field, fillSignUp, navigation, newPerson, open, signUp } from './people.ts';

// A server of its own: it is killed.
test.use({ settings: {} });

const CONNECTION_LOST = /Failed to load resource: net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE)/;

test('the page says that the server cannot be reached, and Try again works once it is back', async ({ complaints, page, server }) => {
  complaints.expect(CONNECTION_LOST);
  const person = await signUp(page);

  await server.kill();
  await navigation(page, 'Users').click();
  await expect(page.getByRole('alert')).toContainText('cannot be reached');
  await expectSignedIn(page);

  await server.start();
  await button(page, 'Try again').click();
  await expect(page.getByRole('main')).toContainText(person.username);

  await navigation(page, 'Me').click();
  await expectOwnPage(page, person);
});

test('a form that could not be sent keeps what was typed and can be sent again', async ({ complaints, page, server }) => {
  complaints.expect(CONNECTION_LOST);
  await createUser(server);
  const person = newPerson();
  await open(page, '/signup');
  await fillSignUp(page, person);

  await server.kill();
  await button(page, 'Sign up').click();
  await expect(page.getByRole('alert')).toContainText('cannot be reached');
  await expect(field(page, 'Username')).toHaveValue(person.username);
  await expect(field(page, 'Password')).toHaveValue(person.password);

  await server.start();
  await button(page, 'Sign up').click();
  await expectOwnPage(page, person);
});
