// The second build: src/node → build/main.js beside kit's handler.js, which vite.config.ts builds first.
import { defineConfig } from 'vite';

export default defineConfig({
	publicDir: false,
	resolve: { alias: { $lib: new URL('./src/lib', import.meta.url).pathname } },
	build: {
		ssr: true,
		outDir: 'build',
		emptyOutDir: false,
		target: 'node20',
		rollupOptions: {
			input: { main: 'src/node/main.ts', 'agent-thread': 'src/node/agent-thread.ts' },
			output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/node-[hash].js' }
		}
	}
});
