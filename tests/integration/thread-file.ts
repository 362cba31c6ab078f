// Threads of src/node for tests: a worker thread cannot load TypeScript by itself. Used by the node's and
// the agent's test parts, and through them by the bench.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

export const ROOT = join(import.meta.dirname, '..', '..');

type ThreadName = 'go-thread' | 'agent-thread';
const bundles = new Map<ThreadName, Promise<string>>();

/** Bundles `src/node/{name}.ts` once a process. @returns the file to start */
export function threadFile(name: ThreadName): Promise<string> {
	const bundle = bundles.get(name) ?? bundled(name);
	bundles.set(name, bundle);
	return bundle;
}

async function bundled(name: ThreadName): Promise<string> {
	const parent = join(ROOT, '.headtab', 'test');
	mkdirSync(parent, { recursive: true });
	// Below the root, where its packages are found.
	const outDir = mkdtempSync(join(parent, `${name}-`));
	process.on('exit', () => rmSync(outDir, { recursive: true, force: true }));
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
	return join(outDir, `${name}.mjs`);
}
