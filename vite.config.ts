// The window's build (kit and the service worker) and the test projects.
// Run by vite and vitest; the second build, src/node → build/, is vite.node.config.ts.
import { sveltekit } from '@sveltejs/kit/vite';
import { SvelteKitPWA } from '@vite-pwa/sveltekit';
import { defineConfig } from 'vitest/config';
import { builtModule, precacheEntries, PRECACHE_GLOBS } from './assets.config';
import { noteBundledPackages } from './packages.config';
import { devServer } from './src/node/dev-plugin';
import { terminalThemes } from './themes.config';

const isTest = process.env['VITEST'] !== undefined;

export default defineConfig({
	plugins: [
		devServer(),
		terminalThemes(),
		noteBundledPackages(),
		sveltekit(),
		// Tests import modules, never the built service worker.
		isTest
			? []
			: SvelteKitPWA({
					strategies: 'injectManifest',
					srcDir: 'src',
					// Kit builds src/service-worker; this is the name that it and the plugin give the result.
					filename: 'service-worker.ts',
					// The manifest is the root file, served by its route; the plugin only builds the worker.
					manifest: false,
					injectRegister: false,
					injectManifest: {
						globPatterns: PRECACHE_GLOBS,
						manifestTransforms: [precacheEntries],
						maximumFileSizeToCacheInBytes: 6 * 1024 * 1024
					},
					devOptions: { enabled: false }
				})
	],
	define: isTest
		? { __HEADTAB_MODULE__: 'null' }
		: {
				'process.env.NODE_ENV': JSON.stringify(process.env['NODE_ENV'] ?? 'production'),
				__HEADTAB_MODULE__: JSON.stringify(builtModule())
			},
	test: {
		projects: [
			{
				extends: true,
				test: {
					name: 'unit',
					environment: 'node',
					include: ['tests/unit/**/*.test.ts'],
					exclude: ['tests/unit/**/*.svelte.test.ts', 'tests/unit/**/*.gen.test.ts'],
					// Only against what hangs: a thousand random inputs take seconds beside a browser.
					testTimeout: 60_000
				}
			},
			{
				extends: true,
				// Without the browser condition Svelte's server build is loaded and effects never run.
				resolve: { conditions: ['browser'] },
				test: {
					name: 'unit-client',
					environment: 'happy-dom',
					include: ['tests/unit/**/*.svelte.test.ts'],
					testTimeout: 60_000
				}
			},
			{
				extends: true,
				test: {
					// Generated files as snapshots: a check in a test run, a generator with -u (npm run gen).
					name: 'gen',
					environment: 'node',
					include: ['tests/unit/**/*.gen.test.ts'],
					// As in `unit`: beside a browser, reading all tests takes seconds.
					testTimeout: 60_000
				}
			},
			{
				extends: true,
				test: {
					name: 'integration',
					environment: 'node',
					include: ['tests/integration/**/*.test.ts'],
					// Each file may run a tailnet of its own, and mostly waits: three keep two cores at work.
					maxWorkers: 3,
					// What is polled for mostly happens in other processes, which may wait for a core.
					expect: { poll: { timeout: 15_000 } },
					testTimeout: 60_000,
					hookTimeout: 120_000
				}
			},
			{
				extends: true,
				test: {
					name: 'soak',
					environment: 'node',
					include: ['tests/soak/**/*.test.ts'],
					hookTimeout: 300_000
				}
			},
			{
				extends: true,
				test: {
					name: 'chaos',
					environment: 'node',
					include: ['tests/chaos/**/*.test.ts'],
					hookTimeout: 300_000
				}
			},
			{
				extends: true,
				test: {
					// Builds the image from nothing: minutes, so it is no part of npm test.
					name: 'image',
					environment: 'node',
					include: ['tests/image/**/*.test.ts'],
					testTimeout: 120_000,
					hookTimeout: 1_800_000
				}
			},
			{
				extends: true,
				test: {
					name: 'fuzz',
					environment: 'node',
					include: ['tests/fuzz/**/*.fuzz.ts'],
					testTimeout: 3_600_000
				}
			},
			{
				extends: true,
				test: {
					name: 'load',
					environment: 'node',
					include: ['tests/load/**/*.load.ts'],
					// The generator's own collections would be counted as the relay's time.
					execArgv: ['--max-semi-space-size=128'],
					testTimeout: 600_000,
					hookTimeout: 300_000
				}
			},
			{
				extends: true,
				test: {
					// Writes the shape of the load's traffic anew.
					name: 'load-record',
					environment: 'node',
					include: ['tests/load/**/*.record.ts']
				}
			},
			{
				extends: true,
				test: {
					name: 'bench',
					environment: 'node',
					include: ['tests/bench/**/*.bench.ts'],
					fileParallelism: false,
					testTimeout: 600_000,
					hookTimeout: 300_000
				}
			}
		]
	}
});
