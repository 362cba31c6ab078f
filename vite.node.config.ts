// The second build: src/node → build/main.js beside kit's handler.js, which vite.config.ts builds first; and
// build/doctor.js and health.js, programs of their own that bring the parts of the server they need.
import { defineConfig } from 'vite';
import { listBundledPackages } from './packages.config';

export default defineConfig({
	publicDir: false,
	plugins: [listBundledPackages()],
	resolve: {
		alias: {
			$lib: new URL('./src/lib', import.meta.url).pathname,
			// Kit's module does not exist outside kit's build.
			'$env/dynamic/private': new URL('./src/node/environment.ts', import.meta.url).pathname
		}
	},
	build: {
		ssr: true,
		outDir: 'build',
		emptyOutDir: false,
		target: 'node20',
		rollupOptions: {
			input: {
				main: 'src/node/main.ts',
				'agent-thread': 'src/node/agent-thread.ts',
				doctor: 'src/node/doctor.ts',
				health: 'src/node/health.ts'
			},
			output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/node-[hash].js' }
		}
	}
});
