/** Searching the list of users: while one types, without scripts, and with an address that keeps it all. */
import { randomUUID } from 'node:crypto';

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { createUser } from './api.ts';
import { expect, test } from './fixtures.ts';
import { button, expectHydrated, expectSignedOut, field, logIn, logOut, navigation, newPerson, open, type Person } from './people.ts';
import type { Server } from './server.ts';
import { asked, intercept, listen } from './traffic.ts';

const searchField = (page: Page) => field(page, 'Find users by name');
const tally = (page: Page) => page.getByRole('status');
const names = (page: Page) => page.getByRole('list', { name: 'Users' }).getByRole('listitem');

/** A beginning of names that no other test uses. */
const newPrefix = () => `q${randomUUID().slice(0, 6)}`;

/** Signs up one person for each ending; gives them in that order. */
async function createNamed(server: Server, prefix: string, endings: string[]): Promise<Person[]> {
  const people = endings.map((ending) => ({ ...newPerson(), username: `${prefix}${ending}` }));
  for (const person of people) {
    await createUser(server, person);
  }
  return people;
}

/**
 * Opens the page so that short timers wait for the function this gives, which says how many were waiting. Playwright's own
 * clock counts timers in larger numbers than browsers do.
 */
async function openWithTimersHeld(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const held = new Map<number, () => void>();
    const [set, clear] = [window.setTimeout.bind(window), window.clearTimeout.bind(window)];
    let last = 1_000_000;
    Object.assign(window, {
      setTimeout: (act: () => void, delay = 0) => (delay >= 100 && delay < 1_000 ? (held.set(++last, act), last) : set(act, delay)),
      clearTimeout: (id: number) => held.delete(id) || clear(id),
      release: () => {
        const due = [...held.values()];
        held.clear();
        due.forEach((act) => act());
        return due.length;
      },
    });
  });
  await open(page, '/users');
  return () => page.evaluate(() => (window as unknown as { release: () => number }).release());
}

/** Keeps the answer to a search back until `release` is called. */
async function holdSearch(page: Page, search: string): Promise<{ arrived: Promise<void>; release: () => void }> {
  let arrive = (): void => {};
  let release = (): void => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  await intercept(page, 'Users', async (route) => {
    if (asked(route.request())!.variables.search !== search) {
      return route.fallback();
    }
    const response = await route.fetch();
    arrive();
    await released;
    // The page may have called it off.
    await route.fulfill({ response }).catch(() => {});
  });
  return { arrived, release };
}

test('while one types nothing is asked, and then once', async ({ page, server }) => {
  const prefix = newPrefix();
  await createNamed(server, prefix, ['bob', 'amy']);
  const pass = await openWithTimersHeld(page);
  const questions = listen(page);
  await searchField(page).pressSequentially(prefix);
  expect(questions).toEqual([]);
  expect(await pass()).toBe(1);
  await expect(names(page)).toHaveText([/amy/, /bob/]);
  await expect(tally(page).filter({ hasText: `2 users match “${prefix}”.` })).toBeVisible();
  expect(questions.map(({ variables }) => variables.search)).toEqual([prefix]);
  await expect(searchField(page)).toBeFocused();
});

test('Enter does not wait, and what was asked is not asked again', async ({ page, server }) => {
  const prefix = newPrefix();
  await createNamed(server, prefix, ['']);
  const pass = await openWithTimersHeld(page);
  const questions = listen(page);
  await searchField(page).fill(prefix);
  await searchField(page).press('Enter');
  await expect(names(page)).toHaveText([new RegExp(prefix)]);
  await pass();
  await expect(names(page)).toHaveText([new RegExp(prefix)]);
  expect(questions).toHaveLength(1);
});

test('an answer that nobody waits for any more is called off, and never shown', async ({ page, server }) => {
  const prefix = newPrefix();
  await createNamed(server, prefix, ['a1', 'b1']);
  await open(page, '/users');
  const calledOff: string[] = [];
  page.on('requestfailed', (request) => calledOff.push(asked(request)!.variables.search!));
  const first = await holdSearch(page, `${prefix}a`);
  await searchField(page).fill(`${prefix}a`);
  await first.arrived;

  await searchField(page).fill(`${prefix}b`);
  await expect(names(page)).toHaveText([new RegExp(`${prefix}b1`)]);
  await expect.poll(() => calledOff).toEqual([`${prefix}a`]);
  first.release();
  await searchField(page).press('Enter');
  await expect(names(page)).toHaveText([new RegExp(`${prefix}b1`)]);
  await expect(page.getByRole('alert')).toBeHidden();
});

test('what was there stays until the answer is there', async ({ page, server }) => {
  const prefix = newPrefix();
  await createNamed(server, prefix, ['a1', 'b1']);
  await open(page, `/users?search=${prefix}`);
  const held = await holdSearch(page, `${prefix}b`);
  await searchField(page).fill(`${prefix}b`);
  await held.arrived;
  await expect(names(page)).toHaveCount(2);
  await expect(page.locator('#results')).toHaveAttribute('aria-busy', 'true');
  held.release();
  await expect(names(page)).toHaveCount(1);
  await expect(page.locator('#results')).not.toHaveAttribute('aria-busy');
});

test('letters are no places to go back to, and the way back brings the search with it', async ({ page, server }) => {
  const prefix = newPrefix();
  await createNamed(server, prefix, ['a', 'b']);
  await open(page, '/');
  await navigation(page, 'Users').click();
  await searchField(page).fill(prefix);
  await expect(page).toHaveURL(`/users?search=${prefix}`);
  await searchField(page).fill(`${prefix}a`);
  await expect(page).toHaveURL(`/users?search=${prefix}a`);
  await searchField(page).fill(prefix);
  await expect(names(page)).toHaveText([/a$|a\s*since/, /b$|b\s*since/]);
  await page.getByRole('link', { name: 'Name Z–A' }).click();
  await expect(page).toHaveURL(`/users?search=${prefix}&sort=name-desc`);
  await expect(names(page).first()).toContainText(`${prefix}b`);
  await navigation(page, 'Users').click();
  await expect(page).toHaveURL('/users');
  await expect(searchField(page)).toHaveValue('');

  await page.goBack();
  await expect(searchField(page)).toHaveValue(prefix);
  await expect(names(page).first()).toContainText(`${prefix}b`);
  await page.reload();
  await expectHydrated(page);
  await expect(searchField(page)).toHaveValue(prefix);
  await expect(names(page).first()).toContainText(`${prefix}b`);
  await page.goBack();
  await expect(page).toHaveURL(`/users?search=${prefix}`);
  await expect(names(page).first()).toContainText(`${prefix}a`);
  await page.goBack();
  await expect(page).toHaveURL('/');
});

test('a search is sorted by name, and says so', async ({ page, server }) => {
  const prefix = newPrefix();
  await createNamed(server, prefix, ['b', 'a']);
  await open(page, '/users?sort=joined-desc');
  await expect(page.getByRole('link', { name: 'Joined first' })).toBeVisible();
  await searchField(page).fill(prefix);
  await expect(page).toHaveURL(`/users?search=${prefix}`);
  await expect(names(page)).toHaveText([new RegExp(`${prefix}a`), new RegExp(`${prefix}b`)]);
  await expect(page.getByRole('group', { name: 'A search is sorted by' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Joined first' })).toBeHidden();
  await expect(page.getByRole('link', { name: 'Name A–Z' })).toHaveAttribute('aria-current', 'true');
});

test('whoever finds nobody is told so, and has a way out', async ({ page, server }) => {
  const person = await createUser(server);
  const prefix = newPrefix();
  await open(page, `/users?sort=name`);
  await searchField(page).fill(prefix);
  await expect(tally(page).filter({ hasText: `No user’s name begins with “${prefix}”.` })).toBeVisible();
  await page.getByRole('link', { name: 'Show all users' }).click();
  await expect(page).toHaveURL('/users?sort=name');
  await expect(searchField(page)).toHaveValue('');
  await expect(page.getByRole('main')).toContainText(person.username);
});

test('any letters can be searched for, linked to and read back', async ({ page, server }) => {
  const prefix = `ü.${newPrefix()}+x`;
  await createNamed(server, prefix, ['_y']);
  await open(page, '/users');
  await searchField(page).fill(`  ${prefix} `);
  await expect(names(page)).toHaveCount(1);
  await page.reload();
  await expectHydrated(page);
  await expect(searchField(page)).toHaveValue(prefix);
  await expect(names(page)).toHaveCount(1);
  for (const odd of ['100%', '%2541', 'a&b=c', '<b>x</b>', 'a#b?c']) {
    await searchField(page).fill(odd);
    await expect(tally(page).filter({ hasText: `No user’s name begins with “${odd}”.` })).toBeVisible();
    await page.reload();
    await expectHydrated(page);
    await expect(searchField(page)).toHaveValue(odd);
    await expect(tally(page).filter({ hasText: `No user’s name begins with “${odd}”.` })).toBeVisible();
  }
});

test('a search that cannot be made says why', async ({ page }) => {
  await open(page, `/users?search=${'a'.repeat(300)}`);
  await expect(page.getByRole('alert')).toContainText('Search for 1 to 254 characters');
  await page.getByRole('link', { name: 'Go to the first page' }).click();
  await expect(page).toHaveURL('/users');
  await expect(page.getByRole('alert')).toBeHidden();
});

test('what is typed before the page is alive is searched for', async ({ page, server }) => {
  const prefix = newPrefix();
  await createNamed(server, prefix, ['']);
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route('**/*.wasm', async (route) => {
    await released;
    await route.continue();
  });
  await page.goto('/users', { waitUntil: 'commit' });
  await searchField(page).fill(prefix);
  release();
  await expectHydrated(page);
  await expect(page).toHaveURL(`/users?search=${prefix}`);
  await expect(names(page)).toHaveText([new RegExp(prefix)]);
  await expect(searchField(page)).toHaveValue(prefix);
});

test('whoever leaves the page while typing is not brought back', async ({ page }) => {
  const pass = await openWithTimersHeld(page);
  await searchField(page).press('x');
  await navigation(page, 'Log in').click();
  await expect(page).toHaveURL('/login');
  expect(await pass()).toBe(0);
  await expect(page).toHaveURL('/login');
});

test('whoever is signed in finds what they may see, and it goes when they do', async ({ page, server }) => {
  const prefix = newPrefix();
  const [person] = await createNamed(server, prefix, ['']);
  await logIn(page, person!.username, person!.password);
  await navigation(page, 'Users').click();
  await searchField(page).fill(prefix);
  await expect(names(page)).toHaveText([new RegExp(person!.email)]);

  // An answer for the person that comes after they have gone.
  const shorter = prefix.slice(0, -1);
  let mine = true;
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const arrived = page.waitForRequest((request) => asked(request)?.variables.search === shorter);
  await intercept(page, 'Users', async (route) => {
    if (!mine) {
      return route.fallback();
    }
    mine = false;
    const response = await route.fetch();
    await released;
    await route.fulfill({ response }).catch(() => {});
  });
  await searchField(page).fill(shorter);
  await arrived;
  await logOut(page);
  await expectSignedOut(page);
  await expect(page.getByRole('main')).not.toContainText(person!.email);
  await expect(names(page)).toHaveText([new RegExp(person!.username)]);
  release();
  await searchField(page).fill(prefix);
  await expect(page).toHaveURL(`/users?search=${prefix}`);
  await expect(page.getByRole('main')).not.toContainText(person!.email);
});

test('when a search gets no answer it says so, and Try again makes it', async ({ complaints, context, page, server }) => {
  complaints.expect(/Failed to load resource: net::ERR_INTERNET_DISCONNECTED/);
  const prefix = newPrefix();
  await createNamed(server, prefix, ['']);
  await open(page, '/users');
  await context.setOffline(true);
  await searchField(page).fill(prefix);
  await expect(page.getByRole('alert')).toContainText('cannot be reached');
  await expect(searchField(page)).toBeFocused();
  await context.setOffline(false);
  await button(page, 'Try again').click();
  await expect(names(page)).toHaveText([new RegExp(prefix)]);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the search is a form, and keeps the order', async ({ page, server }) => {
    const prefix = newPrefix();
    await createNamed(server, prefix, ['a', 'b']);
    await page.goto('/users?sort=name-desc');
    await searchField(page).fill(prefix);
    await button(page, 'Search').click();
    await expect(page).toHaveURL(`/users?search=${prefix}&sort=name-desc`);
    await expect(searchField(page)).toHaveValue(prefix);
    await expect(names(page)).toHaveText([new RegExp(`${prefix}b`), new RegExp(`${prefix}a`)]);
    await expect(page.getByText(`2 users match “${prefix}”.`)).toBeVisible();
    await searchField(page).fill('');
    await button(page, 'Search').click();
    await expect(searchField(page)).toHaveValue('');
  });

  test('a search of nobody has a way out', async ({ page }) => {
    await page.goto(`/users?search=${newPrefix()}`);
    await page.getByRole('link', { name: 'Show all users' }).click();
    await expect(page).toHaveURL('/users');
  });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme} mode`, () => {
    test.use({ colorScheme });

    test('a search has nothing axe objects to, and fits the narrowest screen', async ({ page, server }) => {
      const prefix = newPrefix();
      await createNamed(server, prefix, ['a', 'b']);
      await page.setViewportSize({ width: 320, height: 800 });
      for (const path of [`/users?search=${prefix}`, `/users?search=${prefix.repeat(12)}`, '/users?after=x']) {
        await open(page, path);
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html}`)), path).toEqual([]);
        const { scroll, client } = await page.evaluate(() => ({
          scroll: document.documentElement.scrollWidth,
          client: document.documentElement.clientWidth,
        }));
        expect(scroll, path).toBeLessThanOrEqual(client);
      }
    });
  });
}
