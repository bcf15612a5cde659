import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

/** Where Debian puts the browser that `scripts/install-browser.ts` installs; elsewhere Playwright finds its own. */
const debianBrowser = '/usr/bin/chromium';
const quiet = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Tests in a real browser over real processes: one after another, since all of a run share one cluster. */
export default defineConfig({
  testDir: 'tests',
  testMatch: '**/*.browser.test.ts',
  outputDir: 'test-results',
  workers: 1,
  timeout: 180_000,
  expect: { timeout: 15_000 },
  forbidOnly: process.env['CI'] !== undefined,
  reporter: [['list']],
  use: {
    locale: 'en-US',
    viewport: { width: 1280, height: 800 },
    screenshot: 'only-on-failure',
    launchOptions: {
      args: ['--no-sandbox', ...quiet],
      ...(existsSync(debianBrowser) ? { executablePath: debianBrowser } : {}),
    },
  },
});
