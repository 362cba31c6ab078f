// End-to-end tests: a person's browser against the production build and a real tailnet.
// Run by `npm run test:e2e`; the servers belong to tests/fixtures/test.ts, on ports of their own.
import { defineConfig } from '@playwright/test';
import { chromiumLaunch } from './tests/fixtures/chromium';

export default defineConfig({
	testDir: 'tests/e2e',
	outputDir: '.headtab/test-results',
	// One tailnet, one worker: two cores carry no more. A flaky test is a bug, so nothing is tried twice.
	workers: 1,
	retries: 0,
	fullyParallel: false,
	forbidOnly: process.env['CI'] !== undefined,
	timeout: 90_000,
	expect: { timeout: 15_000 },
	reporter: [['list']],
	use: {
		browserName: 'chromium',
		viewport: { width: 1280, height: 800 },
		trace: 'retain-on-failure',
		screenshot: 'only-on-failure',
		launchOptions: chromiumLaunch()
	}
});
