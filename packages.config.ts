// Which npm packages a build has taken into its own files: the release names them in its SBOM and ships
// their licences. Node; plugins of vite.config.ts (kit's builds) and vite.node.config.ts (the last one).
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** One file a build, `.svelte-kit/packages/NAME.json`; the last build makes one list of them. */
const PARTS = join('.svelte-kit', 'packages');

/** Folder below node_modules that a module lies in, nested ones included; null for our own. */
function packageFolder(moduleId: string): string | null {
	const path = moduleId.replaceAll('\\', '/');
	const last = path.lastIndexOf('/node_modules/');
	const first = path.indexOf('/node_modules/');
	if (last === -1) return null;
	const name = /^(?:@[^/]+\/)?[^/]+/.exec(path.slice(last + '/node_modules/'.length))?.[0];
	return name === undefined ? null : path.slice(first + 1, last + '/node_modules/'.length) + name;
}

/** Remembers the packages of what one build has put into its chunks. */
export function noteBundledPackages(): Plugin {
	return {
		name: 'headtab:bundled-packages',
		apply: 'build',
		generateBundle(_, bundle) {
			const folders = new Set<string>();
			for (const output of Object.values(bundle)) {
				if (output.type !== 'chunk') continue;
				for (const id of output.moduleIds) {
					const folder = packageFolder(id);
					if (folder !== null) folders.add(folder);
				}
			}
			mkdirSync(PARTS, { recursive: true });
			writeFileSync(
				join(PARTS, `${this.environment.name}.json`),
				JSON.stringify([...folders].sort())
			);
		}
	};
}

/** Writes `build/packages.json`: what the builds before this one and this one have noted. Adapter-node's own
 *  bundling is a Rollup of its own; its source maps say what it took. */
export function listBundledPackages(): Plugin {
	return {
		name: 'headtab:list-packages',
		apply: 'build',
		generateBundle(_, bundle) {
			const folders = new Set<string>();
			const note = (id: string) => {
				const folder = packageFolder(id);
				if (folder !== null) folders.add(folder);
			};
			for (const output of Object.values(bundle)) {
				if (output.type === 'chunk') output.moduleIds.forEach(note);
			}
			for (const name of readdirSync(PARTS)) {
				const noted: readonly string[] = JSON.parse(readFileSync(join(PARTS, name), 'utf8'));
				for (const folder of noted) folders.add(folder);
			}
			const files = readdirSync('build', { recursive: true, encoding: 'utf8' });
			for (const file of files.filter((path) => path.endsWith('.map'))) {
				const { sources } = JSON.parse(readFileSync(join('build', file), 'utf8'));
				for (const source of sources) note(`/${String(source)}`);
			}
			this.emitFile({
				type: 'asset',
				fileName: 'packages.json',
				source: `${JSON.stringify([...folders].sort(), null, '\t')}\n`
			});
		}
	};
}
