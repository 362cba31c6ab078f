// Threads of src/node for tests: a worker thread cannot load TypeScript by itself. Used by the node's and
// the agent's test parts, and through them by the bench.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

export const ROOT = join(import.meta.dirname, '..', '..');

/** Bundles `src/node/{name}.ts` once a test run. @returns the file to start */
export async function threadFile(name: 'go-thread' | 'agent-thread'): Promise<string> {
	const outDir = join(ROOT, '.headtab', 'test', name, String(process.pid));
	const outFile = join(outDir, `${name}.mjs`);
	if (existsSync(outFile)) return outFile;
	mkdirSync(outDir, { recursive: true });
	await build({
		configFile: false,
		root: ROOT,
		logLevel: 'error',
		publicDir: false,
		resolve: { alias: { $lib: join(ROOT, 'src', 'lib') } },
		build: {
			ssr: join(ROOT, 'src', 'node', `${name}.ts`),
			outDir,
			emptyOutDir: false,
			minify: false,
			rolldownOptions: { output: { entryFileNames: `${name}.mjs` } }
		}
	});
	return outFile;
}
