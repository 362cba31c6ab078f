// The node's WASM module among the static files: found by its build manifest, served under its hash.
// Server only. A URL with the hash in it can be kept for ever, and a half deploy cannot mix builds.
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { WasmModule } from '$lib/contracts/api';
import { isRecord } from '$lib/contracts/parse';
import { parseJson } from '../http/fetch';
import type { Logger } from '../log';

const ENCODINGS = [
	{ name: 'br', suffix: '.br' },
	{ name: 'gzip', suffix: '.gz' }
] as const;

export class WasmAssets {
	readonly #log: Logger;
	#file: string | null = null;
	#asset: WasmModule | null = null;

	constructor(log: Logger) {
		this.#log = log;
	}

	/** What the window loads; null when this build has no module (E1). */
	get asset(): WasmModule | null {
		return this.#asset;
	}

	/** The module on disk, its wasm_exec.js beside it, for a thread that loads them; null without one. */
	get file(): string | null {
		return this.#file;
	}

	/** Looks for `wasm/manifest.json` below the static files. */
	async load(clientDirectory: string): Promise<void> {
		const directory = join(clientDirectory, 'wasm');
		const file = join(directory, 'headtab.wasm');
		try {
			const manifest = parseJson(await readFile(join(directory, 'manifest.json'), 'utf8'));
			const { size } = await stat(file);
			const sha256 = isRecord(manifest) ? manifest['sha256'] : null;
			if (!isRecord(manifest) || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
				throw new Error('manifest.json has no sha256');
			if (manifest['sizeBytes'] !== size)
				throw new Error(`headtab.wasm has ${String(size)} bytes, its manifest says otherwise`);
			this.#file = file;
			this.#asset = { url: `/wasm/${sha256}.wasm`, sha256, sizeBytes: size };
		} catch (cause) {
			this.#log.error(
				{ code: 'wasm-missing', err: cause },
				'this build has no SSH module: npm run wasm'
			);
		}
	}

	/** Answers a request for the module; false when it is for something else. */
	async serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
		if (this.#asset === null || this.#file === null || path !== this.#asset.url) return false;
		if (request.method !== 'GET' && request.method !== 'HEAD') return false;
		const etag = `"${this.#asset.sha256}"`;
		const headers: Record<string, string> = {
			'content-type': 'application/wasm',
			'cache-control': 'public, max-age=31536000, immutable',
			vary: 'accept-encoding',
			etag
		};
		if (request.headers['if-none-match'] === etag) {
			response.writeHead(304, headers).end();
			return true;
		}
		const file = await this.#choose(request.headers['accept-encoding'], this.#file);
		if (file.encoding !== null) headers['content-encoding'] = file.encoding;
		headers['content-length'] = String(file.sizeBytes);
		response.writeHead(200, headers);
		if (request.method === 'HEAD') response.end();
		else {
			// A window that goes away in the middle is no fault of ours.
			await pipeline(createReadStream(file.path), response).catch((cause: unknown) =>
				this.#log.debug({ err: cause }, 'wasm download broken off')
			);
		}
		return true;
	}

	async #choose(accepted: string | string[] | undefined, path: string) {
		const names = String(accepted ?? '')
			.split(',')
			.map((name) => name.trim().split(';')[0]);
		for (const { name, suffix } of ENCODINGS) {
			if (!names.includes(name)) continue;
			const found = await stat(path + suffix).catch(() => null);
			if (found !== null) return { path: path + suffix, encoding: name, sizeBytes: found.size };
		}
		return { path, encoding: null, sizeBytes: (await stat(path)).size };
	}
}
