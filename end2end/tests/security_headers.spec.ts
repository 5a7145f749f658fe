/** The headers that keep a page safe, on every page and on what the pages load. */
import type { APIResponse } from '@playwright/test';

import { apiTest as test, expect } from './fixtures.ts';

const PAGES = ['/', '/signup', '/login', '/users', '/me', '/no/such/page'];

/** The content security policy as a table: directive to sources. */
function policy(response: APIResponse): Map<string, string[]> {
  const header = response.headers()['content-security-policy'] ?? '';
  return new Map(
    header
      .split(';')
      .map((directive) => directive.trim().split(/\s+/))
      .map(([name, ...sources]) => [name!, sources]),
  );
}

for (const path of PAGES) {
  test(`${path} has a strict content security policy`, async ({ request }) => {
    const [first, second] = [policy(await request.get(path)), policy(await request.get(path))];
    expect(first.get('default-src')).toEqual(["'none'"]);
    for (const none of ['base-uri', 'frame-ancestors', 'object-src']) {
      expect(first.get(none), none).toEqual(["'none'"]);
    }
    const scripts = first.get('script-src') ?? [];
    expect(scripts).not.toContain("'unsafe-inline'");
    expect(scripts).not.toContain("'unsafe-eval'");
    const nonce = scripts.find((source) => source.startsWith("'nonce-"));
    expect(nonce).toBeTruthy();
    expect(second.get('script-src'), 'every answer has a nonce of its own').not.toContain(nonce);
    expect(first.get('require-trusted-types-for')).toEqual(["'script'"]);
  });
}

for (const path of [...PAGES, '/graphiql', '/graphql', '/healthz']) {
  test(`${path} is not open to guesses about its type, to frames or to other sites`, async ({ request }) => {
    const headers = (await request.get(path)).headers();
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['referrer-policy']).toBeTruthy();
    expect(headers['server']).toBeUndefined();
  });
}

test('an answer of the API is never stored', async ({ request }) => {
  const response = await request.post('/graphql', { data: { query: '{ __typename }' } });
  expect(response.headers()['cache-control']).toContain('no-store');
});
