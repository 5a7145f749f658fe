/**
 * How the end-to-end tests run: the real binary, a real Chromium, no mocks.
 *
 * There is no `webServer` here: tests need servers with settings of their own, so `tests/server.ts` starts them.
 * `LATCHKEY_BIN` names the binary (default: the release build) and `CHROMIUM` the browser (default: the system's, else
 * the one that `npx playwright install chromium` fetches).
 */
import { existsSync } from 'node:fs';

import { defineConfig } from '@playwright/test';

const SYSTEM_CHROMIUM = '/usr/bin/chromium';
const chromium = process.env.CHROMIUM ?? (existsSync(SYSTEM_CHROMIUM) ? SYSTEM_CHROMIUM : undefined);

export default defineConfig({
  testDir: 'tests',
  // Two browsers and their servers keep two cores busy; more of them only make each other slow.
  workers: 2,
  timeout: 30_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  reporter: [['list'], ['json', { outputFile: 'test-results/report.json' }]],
  use: {
    // Recording traces takes a third of the time; `--trace on` asks for them.
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: chromium,
      args: [
        // Containers, where these tests often run as root, have no sandbox to offer.
        '--no-sandbox',
        '--disable-gpu',
        // Nothing but the pages under test may use the network.
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
