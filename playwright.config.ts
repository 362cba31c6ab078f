// End-to-end tests: a person's browser against the production build and a real tailnet.
// Run by `npm run test:e2e`; the servers belong to tests/fixtures/test.ts, on ports of their own.
import { defineConfig } from '@playwright/test';
import { chromiumTestLaunch } from './tests/fixtures/chromium';
import { JOIN_MS } from './tests/fixtures/waits';

export default defineConfig({
	testDir: 'tests/e2e',
	outputDir: '.headtab/test-results',
	// Each worker has a tailnet of its own. One leaves half of two cores idle while it waits for a window to
	// join, three make them the bottleneck. A flaky test is a bug, so nothing is tried twice.
	workers: 2,
	retries: 0,
	fullyParallel: false,
	forbidOnly: process.env['CI'] !== undefined,
	// Above the sum of what a test waits for, each with a limit of its own (tests/fixtures/waits.ts).
	timeout: 240_000,
	expect: { timeout: JOIN_MS },
	reporter: [['list']],
	use: {
		browserName: 'chromium',
		viewport: { width: 1280, height: 800 },
		// Actions, requests and the console. Pictures and the DOM of every step take more of two cores than
		// the app: `npx playwright test --trace retain-on-failure` adds them.
		trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false },
		// Without a GPU each frame of a spinner is drawn by the cores that the app runs on.
		contextOptions: { reducedMotion: 'reduce' },
		screenshot: 'only-on-failure',
		launchOptions: chromiumTestLaunch()
	}
});
