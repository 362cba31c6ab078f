// Kit: runes, the Node adapter, CSP by hash; and the compressed copies of what the server hands out.
// Read by vite, svelte-check and the linter.
import adapter from '@sveltejs/adapter-node';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress, createGzip } from 'node:zlib';

/** What the sign-in page and the reports show. */
const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

const COMPRESSIBLE = /\.(js|css|html|json|svg|txt|ttf|webmanifest)$/;
/** Brotli's best takes 20 times as long as 9 for a few per cent: only small files get it. */
const BEST_MAX_BYTES = 512 * 1024;

/** Compresses everything below a folder but the WASM, which wasm/build.mjs compresses once per version:
 *  kit's own precompress takes 95 s for it, in each build. */
async function precompress(folder) {
	if (!existsSync(folder)) return;
	const entries = await readdir(folder, { withFileTypes: true, recursive: true });
	const files = entries.filter((entry) => entry.isFile() && COMPRESSIBLE.test(entry.name));
	for (const entry of files) {
		const file = join(entry.parentPath, entry.name);
		const sizeBytes = (await stat(file)).size;
		const params = {
			[constants.BROTLI_PARAM_QUALITY]: sizeBytes > BEST_MAX_BYTES ? 9 : 11,
			[constants.BROTLI_PARAM_SIZE_HINT]: sizeBytes
		};
		await Promise.all([
			pipeline(createReadStream(file), createGzip({ level: 9 }), createWriteStream(`${file}.gz`)),
			pipeline(
				createReadStream(file),
				createBrotliCompress({ params }),
				createWriteStream(`${file}.br`)
			)
		]);
	}
}

const node = adapter({ out: 'build', precompress: true });

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	compilerOptions: {
		runes: ({ filename }) => (filename.includes('node_modules') ? undefined : true)
	},
	kit: {
		adapter: {
			...node,
			adapt: (builder) => node.adapt(Object.create(builder, { compress: { value: precompress } }))
		},
		// Headers come from the server entry (src/node/headers.ts); it takes only the hashes from kit's policy.
		// Kit only adds the hashes of its own inline script; the rest of its policy is replaced there.
		csp: { mode: 'hash', directives: { 'script-src': ['self'] } },
		// Kit asks forms alone for their Origin; http/guard.ts asks whatever is not read-only, but for the
		// provider's logout tokens, which come from a server.
		csrf: { trustedOrigins: ['*'] },
		// One shell for all addresses: the service worker answers /connect/… with the same bytes as /.
		paths: { relative: false },
		serviceWorker: { register: false },
		version: { name: version, pollInterval: 0 }
	}
};
