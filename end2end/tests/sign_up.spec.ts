/** Sign-up: the way in, and every way it can be refused. */
import { createUser } from './api.ts';
import { expect, test } from './fixtures.ts';
import { button, expectOwnPage, expectSignedIn, field, fillSignUp, newPerson, open, signUp, storedToken, storedTokens } from './people.ts';

test('a new person signs up, is signed in and sees their own page', async ({ page }) => {
  const person = await signUp(page);
  await expectOwnPage(page, person);

  await page.reload();
  await expectSignedIn(page);
  await expectOwnPage(page, person);
});

test('the two tokens are all that is kept in local storage', async ({ page }) => {
  await signUp(page);
  expect(await page.evaluate(() => Object.keys(localStorage).sort())).toEqual(['latchkey.refreshToken', 'latchkey.token']);
  const { token, refreshToken } = await storedTokens(page);
  expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  expect(refreshToken).toMatch(/^[0-9a-f]{40,}$/);
});

test('a name that is taken, in other letter case, is refused beside its field', async ({ page, server }) => {
  const first = await createUser(server);
  const second = { ...newPerson(), username: first.username.toUpperCase() };

  await open(page, '/signup');
  await fillSignUp(page, second);
  await button(page, 'Sign up').click();

  await expect(field(page, 'Username')).toHaveAccessibleDescription(/A user with that username already exists\./);
  await expect(field(page, 'Username')).toHaveAttribute('aria-invalid', 'true');
  await expect(field(page, 'E-mail address')).not.toHaveAttribute('aria-invalid', 'true');
  await expect(field(page, 'Username')).toHaveValue(second.username);
  await expect(field(page, 'E-mail address')).toHaveValue(second.email);
  expect(await storedToken(page)).toBeNull();

  const another = newPerson();
  await field(page, 'Username').fill(another.username);
  await button(page, 'Sign up').click();
  await expectOwnPage(page, { ...second, username: another.username });
});

test('everything that is wrong is said at once, each beside its field', async ({ page, server }) => {
  const taken = await createUser(server);
  await open(page, '/signup');
  await fillSignUp(page, { username: taken.username, email: 'ada@nowhere', password: '12345678' });
  await button(page, 'Sign up').click();

  await expect(field(page, 'Username')).toHaveAccessibleDescription(/already exists/);
  await expect(field(page, 'E-mail address')).toHaveAccessibleDescription(/Enter an e-mail address/);
  await expect(field(page, 'Password')).toHaveAccessibleDescription(/tried first.*only digits/);
  // A keyboard or screen-reader user is taken to the first of them.
  await expect(field(page, 'Username')).toBeFocused();
});

test('a double click signs one person up', async ({ page }) => {
  const person = newPerson();
  const signUps: string[] = [];
  page.on('request', (request) => {
    if (request.postData()?.includes('createUser(')) {
      signUps.push(request.url());
    }
  });

  await open(page, '/signup');
  await fillSignUp(page, person);
  await button(page, 'Sign up').dblclick();
  await expectOwnPage(page, person);
  expect(signUps).toHaveLength(1);
});

test('the button shows that work is under way and cannot be pressed again', async ({ page }) => {
  let letThrough = (): void => {};
  const held = new Promise<void>((resolve) => (letThrough = resolve));
  await page.route('/graphql', async (route) => {
    await held;
    await route.continue();
  });

  const person = newPerson();
  await open(page, '/signup');
  await fillSignUp(page, person);
  await button(page, 'Sign up').click();
  await expect(button(page, 'Sign up')).toBeDisabled();

  letThrough();
  await expectOwnPage(page, person);
});

test('the keyboard alone is enough', async ({ page }) => {
  const person = newPerson();
  const press = (key: string) => page.keyboard.press(key);
  /** Tabs on until `label` has the focus, as a person would who cannot use a mouse. */
  const tabTo = async (target: ReturnType<typeof field>) => {
    await expect(async () => {
      if (!(await target.evaluate((element) => element === document.activeElement))) {
        await press('Tab');
      }
      await expect(target).toBeFocused({ timeout: 1 });
    }).toPass({ intervals: [0] });
  };

  await open(page, '/');
  await tabTo(page.getByRole('navigation').getByRole('link', { name: 'Sign up' }));
  await press('Enter');
  await expect(page).toHaveURL('/signup');

  await tabTo(field(page, 'Username'));
  await page.keyboard.type(person.username);
  await tabTo(field(page, 'E-mail address'));
  await page.keyboard.type(person.email);
  await tabTo(field(page, 'Password'));
  await page.keyboard.type(person.password);
  await press('Enter');
  await expectOwnPage(page, person);

  await tabTo(page.getByRole('button', { name: 'Log out' }));
  await press('Enter');
  await expect(page.getByRole('button', { name: 'Log out' })).toBeHidden();
});
