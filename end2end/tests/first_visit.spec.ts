/**
 * What a first visit to the log-in page costs: every byte that is sent until the form can be used, headers included,
 * as a browser gets it.
 */
import type { Page } from '@playwright/test';

import { expect, test } from './fixtures.ts';
import { expectHydrated } from './people.ts';

/** In bytes. What makes the visit dearer has to be worth it. */
const BUDGET = 125_000;

interface Sent {
  path: string;
  /** Unknown while more may come. */
  bytes?: number;
}

/** Counts what the page is sent from now on. */
async function count(page: Page): Promise<Map<string, Sent>> {
  const client = await page.context().newCDPSession(page);
  const sent = new Map<string, Sent>();
  client.on('Network.requestWillBeSent', ({ request, requestId, type }) => {
    const { pathname, protocol } = new URL(request.url);
    // A debug build of the server listens for its own successor: that never ends.
    if (protocol.startsWith('http') && type !== 'EventSource') {
      sent.set(requestId, { path: pathname });
    }
  });
  client.on('Network.loadingFinished', ({ encodedDataLength, requestId }) => {
    const file = sent.get(requestId);
    if (file) {
      file.bytes = encodedDataLength;
    }
  });
  await client.send('Network.enable');
  return sent;
}

test('a first visit to the log-in page stays within its budget', async ({ browserName, page, request }) => {
  test.skip(browserName !== 'chromium', 'only Chromium tells how much it was sent');
  const sent = await count(page);
  await page.goto('/login');
  await expectHydrated(page);
  const unfinished = (): string[] => [...sent.values()].filter(({ bytes }) => bytes === undefined).map(({ path }) => path);
  await expect.poll(unfinished).toEqual([]);

  const all = [...sent.values()].map(({ path, bytes = 0 }) => ({ path, bytes }));
  // What the browser has already is asked for once more, and costs nothing.
  const visit = all.filter(({ bytes }) => bytes > 0);
  // Without a window there is no tab to draw an icon in, and nothing to install.
  for (const link of await page.locator('link[rel=icon], link[rel=manifest]').all()) {
    const path = (await link.getAttribute('href')) ?? '';
    if (!visit.some((file) => file.path === path)) {
      const response = await request.get(path, { headers: { 'accept-encoding': 'gzip, deflate, br, zstd' } });
      visit.push({ path, bytes: Number(response.headers()['content-length']) });
    }
  }
  visit.sort((one, other) => other.bytes - one.bytes);
  const total = visit.reduce((sum, { bytes }) => sum + bytes, 0);
  const line = (bytes: number, what: string): string => `${String(bytes).padStart(9)}  ${what}`;
  const parts = visit.slice(0, 10).map(({ bytes, path }) => line(bytes, path));
  console.log([`A first visit to /login, in bytes (the budget is ${BUDGET}):`, ...parts, line(total, 'in all')].join('\n'));
  expect(total).toBeLessThanOrEqual(BUDGET);
  expect(visit.map(({ path }) => path).filter((path) => path.endsWith('.wasm'))).toHaveLength(1);
});
