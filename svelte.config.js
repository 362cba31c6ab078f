import adapter from '@sveltejs/adapter-node';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	compilerOptions: {
		runes: ({ filename }) => (filename.includes('node_modules') ? undefined : true)
	},
	kit: {
		adapter: adapter({ out: 'build', precompress: true }),
		// Headers, CSP included, come from the server entry (src/node/headers.ts): one place for each rule.
		csp: { mode: 'hash' },
		csrf: { trustedOrigins: [] },
		serviceWorker: { register: false },
		version: { pollInterval: 0 }
	}
};
