// The main job on every Headscale that Headtab works with, and the whole matrix of deployments: `npm run test:matrix`.
// The cells are those of tests/e2e/deployments.spec.ts.
import { defineConfig } from '@playwright/test';
import { HEADSCALES } from '../stack/headscales.mjs';
import config from '../playwright.config';

// Read where the cells are declared, in this process and in the workers.
process.env['HEADTAB_MATRIX'] = 'all';

export default defineConfig<object, { readonly headscaleVersion: string }>({
	...config,
	testDir: '.',
	testMatch: ['versions/main-job.spec.ts', 'e2e/deployments.spec.ts'],
	outputDir: '../.headtab/matrix-results',
	workers: 1,
	reporter: [['list'], ['./fixtures/matrix-reporter.ts']],
	projects: HEADSCALES.map((version) => ({ name: version, use: { headscaleVersion: version } }))
});
