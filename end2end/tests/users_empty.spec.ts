/** The list of users before anybody has signed up. */
import { expect, test } from './fixtures.ts';
import { open } from './people.ts';

// A server of its own, where nobody signs up.
test.use({ settings: {} });

test('an empty list says so and points to the sign-up', async ({ page }) => {
  await open(page, '/users');
  await expect(page.getByRole('main')).toContainText('No one has signed up yet.');
  await page.getByRole('main').getByRole('link', { name: 'Be the first' }).click();
  await expect(page).toHaveURL('/signup');
});
