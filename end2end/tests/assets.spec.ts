/** How the front end's files are sent: compressed as the client likes, and kept for as long as they are good. */
import { type APIRequestContext, type APIResponse } from '@playwright/test';

import { apiTest as test, expect } from './fixtures.ts';

const BROWSER = 'gzip, deflate, br, zstd';

function get(request: APIRequestContext, path: string, accepted: string, more: Record<string, string> = {}): Promise<APIResponse> {
  return request.get(path, { headers: { 'accept-encoding': accepted, ...more } });
}

/** The files that the log-in page names. */
async function files(request: APIRequestContext): Promise<string[]> {
  const html = await (await request.get('/login')).text();
  const named = [...html.matchAll(/(?:href|src)="(\/[^"]+\.(?:css|js|wasm|svg|webmanifest))"/g)];
  return [...new Set(named.map((match) => match[1]!))];
}

test('every file is compressed in the way that the client prefers', async ({ request }) => {
  const all = await files(request);
  expect(all.some((path) => path.endsWith('.wasm'))).toBe(true);
  for (const path of all) {
    for (const [accepted, encoding] of [
      [BROWSER, 'br'],
      ['gzip, deflate', 'gzip'],
      ['br;q=0.5, gzip;q=0.9', 'gzip'],
      ['br;q=0, *', /^(zstd|gzip)$/],
    ] as const) {
      const response = await get(request, path, accepted);
      expect(response.status(), path).toBe(200);
      expect(response.headers()['content-encoding'], `${path} for ${accepted}`).toMatch(encoding);
      expect(response.headers()['vary']).toContain('Accept-Encoding');
    }
  }
});

test('a client without compression gets the same file', async ({ request }) => {
  for (const path of await files(request)) {
    const plain = await get(request, path, 'identity');
    expect(plain.headers()['content-encoding'], path).toBeUndefined();
    const compressed = await get(request, path, BROWSER);
    expect((await plain.body()).equals(await compressed.body()), path).toBe(true);
    expect(plain.headers()['etag']).not.toBe(compressed.headers()['etag']);
  }
});

test('a file that has not changed is not sent again', async ({ request }) => {
  for (const path of await files(request)) {
    for (const accepted of [BROWSER, 'gzip', 'identity']) {
      const etag = (await get(request, path, accepted)).headers()['etag'] ?? '';
      const again = await get(request, path, accepted, { 'if-none-match': etag });
      expect(again.status(), path).toBe(304);
      expect(again.headers()['etag']).toBe(etag);
      expect((await get(request, path, accepted, { 'if-none-match': '"other"' })).status()).toBe(200);
    }
  }
});

test('names with a hash are kept for ever, others are asked for again', async ({ request }) => {
  for (const path of await files(request)) {
    const caching = (await get(request, path, BROWSER)).headers()['cache-control'];
    expect(caching, path).toContain(path.startsWith('/pkg/') ? 'immutable' : 'must-revalidate');
  }
});

test('the compressed copies have no addresses of their own', async ({ request }) => {
  for (const path of await files(request)) {
    for (const ending of ['br', 'gz', 'zst']) {
      expect((await request.get(`${path}.${ending}`)).status()).toBe(404);
    }
  }
});
