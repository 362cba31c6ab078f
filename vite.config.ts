import { sveltekit } from '@sveltejs/kit/vite';
import { SvelteKitPWA } from '@vite-pwa/sveltekit';
import { defineConfig } from 'vite';

export default defineConfig({
	plugins: [
		sveltekit(),
		SvelteKitPWA({
			strategies: 'injectManifest',
			srcDir: 'src/service-worker',
			filename: 'index.ts',
			// The manifest is the root file, served by its route; the plugin only builds the worker.
			manifest: false,
			injectRegister: false,
			injectManifest: {
				globPatterns: ['client/**/*.{js,css,svg,woff2}'],
				maximumFileSizeToCacheInBytes: 6 * 1024 * 1024
			},
			devOptions: { enabled: false }
		})
	],
	define: { 'process.env.NODE_ENV': JSON.stringify(process.env['NODE_ENV'] ?? 'production') }
});
