// Pictures of every screen, for looking at: `npm run screenshots` → screenshots/ (ignored). The same
// real tailnet as the end-to-end tests, by stack/screenshots.ts.
import { defineConfig } from '@playwright/test';
import { chromiumLaunch } from './fixtures/chromium';

export default defineConfig({
	testDir: '../stack',
	testMatch: 'screenshots.ts',
	outputDir: '../.headtab/screenshots-results',
	workers: 1,
	retries: 0,
	timeout: 180_000,
	expect: { timeout: 30_000 },
	reporter: [['list']],
	use: { browserName: 'chromium', launchOptions: chromiumLaunch() }
});
