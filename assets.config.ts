// What the service worker is told of a build: each file with its hash, the shell, and which files are
// assets with a cache of their own. Node; run by vite.config.ts after the window's build.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One line of the worker's list. */
interface Entry {
	url: string;
	revision: string | null;
	size: number;
	integrity?: string;
	/** Fetched after the join and kept by content, not at install: WASM, terminal faces, large code. */
	isAsset?: boolean;
	/** An asset that is kept once it was wanted, and not before. */
	isOnDemand?: boolean;
}

/** Files of the window's build from this size on wait until the node has joined. */
const ASSET_MIN_BYTES = 512 * 1024;
/** Faces that most people never need: fallbacks and options. */
const ON_DEMAND = /^\/fonts\/(cjk-fallback|signs-fallback|twemoji|jetbrains-mono-.*)\.ttf$/;
const OUTPUT = '.svelte-kit/output';

/** Globs below OUTPUT: everything but the module, which is named by its hash. */
export const PRECACHE_GLOBS = [
	'client/_app/immutable/**/*.{js,css,svg,woff2}',
	'client/icons/*.{svg,png}',
	'client/fonts/*.ttf',
	'client/wasm/wasm_exec.js'
];

/** The Go module that `npm run wasm` has made; null before. */
export function builtModule(): { readonly sha256: string; readonly sizeBytes: number } | null {
	const file = 'static/wasm/manifest.json';
	if (!existsSync(file)) return null;
	const { sha256, sizeBytes } = JSON.parse(readFileSync(file, 'utf8'));
	return { sha256, sizeBytes };
}

/** Workbox's list with integrity for each file, the module, and the shell under the build's name. */
export function precacheEntries(found: readonly Entry[]): { manifest: Entry[] } {
	const files = found.map(({ url, size }): Entry => {
		const hash = createHash('sha256').update(readFileSync(join(OUTPUT, url)));
		const digest = hash.digest();
		const path = url.replace(/^client/, '');
		const isAsset = path.startsWith('/fonts/') || size >= ASSET_MIN_BYTES;
		const isNamedByContent = path.startsWith('/_app/immutable/');
		return {
			url: path,
			revision: isNamedByContent && !isAsset ? null : digest.toString('hex'),
			size,
			integrity: `sha256-${digest.toString('base64')}`,
			...(isAsset ? { isAsset } : {}),
			...(ON_DEMAND.test(path) ? { isOnDemand: true } : {})
		};
	});
	const module = builtModule();
	if (module !== null) {
		files.push({
			url: `/wasm/${module.sha256}.wasm`,
			revision: module.sha256,
			size: module.sizeBytes,
			integrity: `sha256-${Buffer.from(module.sha256, 'hex').toString('base64')}`,
			isAsset: true
		});
	}
	const build = createHash('sha256').update(readFileSync('src/app.html'));
	for (const { url, integrity } of [...files].sort((a, b) => (a.url < b.url ? -1 : 1))) {
		build.update(`${url} ${integrity ?? ''}\n`);
	}
	const shell = { url: '/', revision: build.digest('hex').slice(0, 16), size: 0 };
	return { manifest: [shell, ...files] };
}
