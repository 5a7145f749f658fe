/**
 * The `test` of this suite. Every test gets a server (one per worker and set of settings), and every test that uses a
 * browser fails on a console error, a console warning or an uncaught error in any of its pages.
 */
import { type BrowserContext, expect, test as base } from '@playwright/test';

import { Server, type Settings } from './server.ts';

interface PerWorker {
  /** Settings of the server; a spec that needs its own says `test.use({ settings: { … } })`. */
  settings: Settings;
  server: Server;
}

interface PerTest {
  /** The server's log goes with the report of a test that failed. */
  logOnFailure: void;
}

/** For tests without a browser. */
export const apiTest = base.extend<PerTest, PerWorker>({
  settings: [{}, { option: true, scope: 'worker' }],

  server: [
    async ({ settings }, use) => {
      const server = await Server.launch(settings);
      await use(server);
      await server.close();
    },
    { scope: 'worker' },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  logOnFailure: [
    async ({ server }, use, info) => {
      await use();
      if (info.status !== info.expectedStatus) {
        await info.attach('server.log', { body: server.log, contentType: 'text/plain' });
      }
    },
    { auto: true },
  ],
});

/** Collects what the pages of a browser context complain about. */
export class Complaints {
  private readonly seen: string[] = [];
  private readonly expected: RegExp[] = [];

  /** Listens to all pages of `context`, those that are opened later included. */
  listen(context: BrowserContext): void {
    context.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) {
        this.seen.push(`${message.type()}: ${message.text()} (${message.location().url})`);
      }
    });
    context.on('weberror', (error) => this.seen.push(`uncaught: ${error.error().stack}`));
  }

  /** Names a complaint that belongs to what the test does. */
  expect(pattern: RegExp): void {
    this.expected.push(pattern);
  }

  /** Everything nobody expected. */
  unexpected(): string[] {
    return this.seen.filter((text) => !this.expected.some((pattern) => pattern.test(text)));
  }
}

/** For tests with a browser. */
export const test = apiTest.extend<{ complaints: Complaints }>({
  complaints: [
    async ({ context }, use) => {
      const complaints = new Complaints();
      complaints.listen(context);
      await use(complaints);
      expect(complaints.unexpected(), 'complaints in the browser’s console').toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
