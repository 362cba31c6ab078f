// How the module arrives: missing, damaged, right.
import { createHash } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { loadModule, type GoFiles } from '../../../src/lib/host/go-runtime';

/** The smallest module there is. */
const MODULE = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const URL_OF_MODULE = 'https://tab.example/x.wasm';
const sha256 = createHash('sha256').update(MODULE).digest('hex');
const answer = (body: BodyInit, type = 'application/wasm', status = 200) =>
	new Response(body, { status, headers: { 'content-type': type } });

function load(fetchModule: GoFiles['fetchModule']) {
	const onProgress = vi.fn();
	const files: GoFiles = { fetchModule, withGo: () => Promise.resolve() };
	return { loaded: loadModule({ url: URL_OF_MODULE, sha256, files, onProgress }), onProgress };
}

it('compiles what has the right hash, and tells how far it is', async () => {
	const { loaded, onProgress } = load(() => Promise.resolve(answer(MODULE)));
	expect(await loaded).toBeInstanceOf(WebAssembly.Module);
	expect(onProgress).toHaveBeenLastCalledWith(8, null);
});

it.each([
	['a 404', () => answer('', 'text/plain', 404)],
	['a page', () => answer('<html>', 'text/html')]
])('[wasm-missing] is %s', async (_, make) => {
	await expect(load(() => Promise.resolve(make())).loaded).rejects.toMatchObject({
		code: 'wasm-missing'
	});
});

it('P2 [wasm-corrupt] is a wrong hash, after one more try past the caches', async () => {
	const fetchModule = vi.fn(() => Promise.resolve(answer(MODULE.slice(0, 7))));
	await expect(load(fetchModule).loaded).rejects.toMatchObject({ code: 'wasm-corrupt' });
	expect(fetchModule.mock.calls).toEqual([
		[URL_OF_MODULE, false],
		[URL_OF_MODULE, true]
	]);
});

it('P2 [wasm-corrupt] verifies the bytes of a file, too', async () => {
	expect(await load(() => Promise.resolve(MODULE)).loaded).toBeInstanceOf(WebAssembly.Module);
	const cut = load(() => Promise.resolve(MODULE.slice(0, 7)));
	await expect(cut.loaded).rejects.toMatchObject({ code: 'wasm-corrupt' });
});

it('P2 a damaged copy in a cache costs one more fetch', async () => {
	const { loaded } = load((_, isRetry) => Promise.resolve(answer(isRetry ? MODULE : 'damaged')));
	expect(await loaded).toBeInstanceOf(WebAssembly.Module);
});

it.each([
	['a network that is gone', () => Promise.reject(new TypeError('Failed to fetch'))],
	[
		'a download that breaks off',
		() => {
			const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
				start: (stream) => {
					stream.enqueue(MODULE.slice(0, 4));
					stream.error(new TypeError('network error'));
				}
			});
			return Promise.resolve(answer(body));
		}
	]
])('[server-unreachable] is %s: the module is not to blame', async (_, fetchModule) => {
	await expect(load(fetchModule).loaded).rejects.toMatchObject({
		code: 'server-unreachable',
		params: { origin: 'https://tab.example' }
	});
});
