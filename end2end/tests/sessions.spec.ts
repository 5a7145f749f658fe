/** "Where you are signed in": the list of sessions, and ending them from another place. */
import type { Browser, Page } from '@playwright/test';

import { endAllSessions, FIREFOX, IPHONE, logInElsewhere, verdictOn } from './api.ts';
import { type Complaints, expect, test } from './fixtures.ts';
import { button, expectOwnPage, expectSignedIn, expectToldThatItIsOver, logIn, navigation, open, type Person, signUp } from './people.ts';

const list = (page: Page) => page.getByRole('list', { name: 'Where you are signed in' });
const places = (page: Page) => list(page).getByRole('listitem');
const heading = (page: Page) => page.getByRole('heading', { name: 'Where you are signed in' });
const everywhere = (page: Page) => button(page, 'Sign out everywhere else');
const announced = (page: Page, text: string) => page.getByRole('status').filter({ hasText: text });

/** A browser of its own, in which `person` is signed in. */
async function anotherBrowser(browser: Browser, complaints: Complaints, baseURL: string, person: Person): Promise<Page> {
  const context = await browser.newContext({ baseURL, userAgent: FIREFOX });
  complaints.listen(context);
  const page = await context.newPage();
  await logIn(page, person.username, person.password);
  await expectOwnPage(page, person);
  return page;
}

test('who is signed in here alone sees this device, and nothing to end', async ({ page }) => {
  await signUp(page);
  await expect(places(page)).toHaveCount(1);
  await expect(places(page)).toContainText('This device');
  await expect(places(page)).toContainText('127.0.0.1');
  await expect(places(page)).toContainText(/Last used \d+ \w+ \d{4}, \d\d:\d\d UTC/);
  await expect(places(page)).toContainText(/Signed in since \d+ \w+ \d{4}, \d\d:\d\d UTC/);
  await expect(page.getByText('You are signed in nowhere else.')).toBeVisible();
  await expect(everywhere(page)).toBeHidden();
  await expect(list(page).getByRole('button')).toHaveCount(0);
});

test('a session ended from another browser is over there at the next step, and here it goes on', async ({ baseURL, browser, complaints, page }) => {
  const person = await signUp(page);
  const other = await anotherBrowser(browser, complaints, baseURL!, person);
  await page.reload();
  await expect(places(page)).toHaveCount(2);
  const there = places(page).filter({ hasText: 'Firefox on Linux' });
  await expect(there).not.toContainText('This device');

  await there.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
  await expect(places(page)).toHaveCount(1);
  await expect(announced(page, 'Firefox on Linux is signed out.')).toBeAttached();
  await expect(page.getByText('You are signed in nowhere else.')).toBeVisible();
  await expect(heading(page)).toBeFocused();

  await navigation(other, 'Users').click();
  await expectToldThatItIsOver(other);
  await page.reload();
  await expectOwnPage(page, person);
  await expect(places(page)).toHaveCount(1);
  await other.context().close();
});

test('all others are ended at once', async ({ baseURL, browser, complaints, page, server }) => {
  const person = await signUp(page);
  const other = await anotherBrowser(browser, complaints, baseURL!, person);
  const phone = await logInElsewhere(server, person, IPHONE);
  await page.reload();
  await expect(places(page)).toHaveCount(3);

  await everywhere(page).click();
  await expect(places(page)).toHaveCount(1);
  await expect(places(page)).toContainText('This device');
  await expect(announced(page, 'You are signed out everywhere else.')).toBeAttached();
  await expect(page.getByText('You are signed in nowhere else.')).toBeVisible();
  await expect(heading(page)).toBeFocused();
  expect(await verdictOn(server, phone)).toBe('SESSION_ENDED');

  await other.reload();
  await expectToldThatItIsOver(other);
  await page.reload();
  await expectSignedIn(page);
  await expect(places(page)).toHaveCount(1);
  await other.context().close();
});

test('buttons of like devices have names that tell them apart, and the keyboard is enough', async ({ page, server }) => {
  const person = await signUp(page);
  await logInElsewhere(server, person, FIREFOX);
  await logInElsewhere(server, person, IPHONE);
  await logInElsewhere(server, person, IPHONE);
  await page.reload();
  await expect(places(page)).toHaveCount(4);
  await expect(list(page).getByRole('button', { name: 'Sign out Firefox on Linux', exact: true })).toHaveCount(1);
  await expect(list(page).getByRole('button', { name: /^Sign out Safari on iPhone, signed in since \d+ \w+ \d{4}, \d\d:\d\d UTC$/ })).toHaveCount(2);

  await heading(page).focus();
  await page.keyboard.press('Tab');
  await expect(list(page).getByRole('button').first()).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(places(page)).toHaveCount(3);
  await expect(heading(page)).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(everywhere(page)).toBeFocused();
  await page.keyboard.press('Space');
  await expect(places(page)).toHaveCount(1);
});

test('the focus stays with a person who has gone on meanwhile', async ({ page, server }) => {
  const person = await signUp(page);
  await logInElsewhere(server, person, FIREFOX);
  await page.reload();
  const signOut = list(page).getByRole('button', { name: 'Sign out Firefox on Linux' });
  await expect(signOut).toBeVisible();
  let letThrough = (): void => {};
  const held = new Promise<void>((resolve) => (letThrough = resolve));
  await page.route('/graphql', async (route) => {
    await held;
    await route.continue();
  });
  await signOut.click();
  await expect(signOut).toHaveAttribute('aria-busy', 'true');
  await expect(signOut).toBeFocused();
  await navigation(page, 'Users').focus();
  letThrough();
  await expect(places(page)).toHaveCount(1);
  await expect(navigation(page, 'Users')).toBeFocused();
});

test('what went wrong is said where it was asked for, and can be tried again', async ({ complaints, context, page, server }) => {
  complaints.expect(/Failed to load resource: net::ERR_INTERNET_DISCONNECTED/);
  const person = await signUp(page);
  await logInElsewhere(server, person, FIREFOX);
  await logInElsewhere(server, person, IPHONE);
  await page.reload();
  const firefox = places(page).filter({ hasText: 'Firefox on Linux' });
  await expect(firefox).toBeVisible();

  await context.setOffline(true);
  await firefox.getByRole('button').click();
  await expect(firefox.getByRole('alert')).toContainText('cannot be reached');
  await everywhere(page).click();
  await expect(page.getByRole('alert')).toHaveCount(2);
  await expect(places(page)).toHaveCount(3);

  await context.setOffline(false);
  await firefox.getByRole('button').click();
  await expect(firefox).toBeHidden();
  await everywhere(page).click();
  await expect(places(page)).toHaveCount(1);
  await expect(page.getByRole('alert')).toBeHidden();
});

test('a session that has ended by itself just goes from the list', async ({ page, server }) => {
  const person = await signUp(page);
  const token = await logInElsewhere(server, person, FIREFOX);
  await page.reload();
  await expect(places(page)).toHaveCount(2);
  await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: 'mutation { logout { loggedOut } }' }),
  });
  await list(page).getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
  await expect(places(page)).toHaveCount(1);
  await expect(page.getByRole('alert')).toBeHidden();
});

test('nothing of the list is left when this session is over too', async ({ page, server }) => {
  const person = await signUp(page);
  await logInElsewhere(server, person, FIREFOX);
  await page.reload();
  await expect(places(page)).toHaveCount(2);
  await endAllSessions(server, person);
  await everywhere(page).click();
  await expectToldThatItIsOver(page);
  await expect(list(page)).toBeHidden();
  await open(page, '/users');
});
