// The main job in a browser on each release of Headscale that works; a project is one release.
import { defineConfig } from '@playwright/test';
import { HEADSCALES } from '../stack/headscales.mjs';
import usual from '../playwright.config';

export default defineConfig<object, { headscaleVersion: string }>({
	...usual,
	testDir: 'versions',
	outputDir: '../.headtab/versions-results',
	projects: HEADSCALES.map((headscaleVersion) => ({
		name: `headscale-${headscaleVersion}`,
		use: { headscaleVersion }
	}))
});
