// The window's own count of what it gets, against the server's list and a release's.
import { expect, test } from 'vitest';
import { isAppError } from '$lib/contracts/app-error';
import { ServedCheck, type Checked } from '$lib/client/served/served-check.svelte';
import { releaseVerdict, servedFacts, servedVerdict } from '$lib/client/served/served-words';

const ORIGIN = 'https://tab.example';
const MODULE = { url: '/wasm/abc.wasm', sha256: 'abc', sizeBytes: 1 };
const hashOf = (text: string): string => Buffer.from(text.padEnd(32, '.')).toString('hex');
const FILES: Readonly<Record<string, string>> = {
	'_app/immutable/entry/start.1.js': 'start',
	'_app/immutable/chunks/a.js': 'a',
	'_app/immutable/assets/a.css': 'style',
	'fonts/a.ttf': 'face',
	'service-worker.js': 'worker',
	'wasm/headtab.wasm': 'module'
};
const list = (files = FILES): string =>
	[
		'# Headtab 0.1.0',
		...Object.entries(files).map(([path, text]) => `${hashOf(text)}  ${path}`)
	].join('\n');

interface World {
	/** What comes, by path; undefined for 404. */
	readonly served?: Readonly<Record<string, string | undefined>>;
	readonly text?: string | null;
	readonly loaded?: readonly string[];
}
function setUp({ served = {}, text = list(), loaded = [] }: World = {}) {
	const asked: { path: string; cache: RequestCache | undefined }[] = [];
	const check = new ServedCheck({
		origin: ORIGIN,
		module: () => MODULE,
		loaded: () => loaded,
		sha256: (bytes) => Promise.resolve(hashOf(new TextDecoder().decode(bytes))),
		fetch: (input, init) => {
			const path = typeof input === 'string' ? input : '';
			asked.push({ path, cache: init?.cache });
			if (path === '/served.txt')
				return Promise.resolve(new Response(text ?? '', { status: text === null ? 404 : 200 }));
			const name = path === MODULE.url ? 'wasm/headtab.wasm' : path.slice(1);
			const body = name in served ? served[name] : FILES[name];
			return Promise.resolve(new Response(body ?? '', { status: body === undefined ? 404 : 200 }));
		}
	});
	return { check, asked };
}
async function checked(world: World): Promise<Checked> {
	const { check } = setUp(world);
	await check.run();
	if (check.phase.at !== 'done') throw new Error(check.phase.at);
	return check.phase.checked;
}

test('all code is fetched and counted, the module by its address, the worker past the caches', async () => {
	const { check, asked } = setUp();
	await check.run();
	expect(asked.map(({ path }) => path)).toEqual([
		'/served.txt',
		'/_app/immutable/entry/start.1.js',
		'/_app/immutable/chunks/a.js',
		'/_app/immutable/assets/a.css',
		'/service-worker.js',
		'/wasm/abc.wasm'
	]);
	expect(asked.filter(({ cache }) => cache === 'no-store').map(({ path }) => path)).toEqual([
		'/served.txt',
		'/service-worker.js'
	]);
	if (check.phase.at !== 'done') throw new Error(check.phase.at);
	expect(servedVerdict(check.phase.checked)).toEqual({
		kind: 'plain',
		text: 'All 5 files of code that came are what this server lists.',
		paths: []
	});
	expect(servedFacts(check.phase.checked)).toEqual([
		{ name: 'SSH module', lines: [hashOf('module'), 'matches'] },
		{ name: 'Service worker', lines: [hashOf('worker'), 'matches'] },
		{ name: 'Main entry', lines: [hashOf('start'), 'matches'] },
		{ name: 'Other code', lines: ['2 of 2 files match'] }
	]);
});

test('a file that is another, and one that is not served, are named', async () => {
	const result = await checked({
		served: { 'service-worker.js': 'evil', '_app/immutable/chunks/a.js': undefined }
	});
	expect(servedVerdict(result)).toEqual({
		kind: 'danger',
		text: '2 files are not what this server lists. Type no password here; tell who runs it.',
		paths: ['_app/immutable/chunks/a.js', 'service-worker.js']
	});
	expect(servedFacts(result)[1]?.lines).toEqual([hashOf('evil'), 'differs']);
	expect(servedFacts(result).at(-1)?.lines).toEqual(['1 of 2 files match']);
});

test('code that this window runs and the list does not know is another build’s', async () => {
	const result = await checked({
		loaded: [
			`${ORIGIN}/_app/immutable/chunks/a.js`,
			`${ORIGIN}/_app/immutable/chunks/old.js?x`,
			`${ORIGIN}${MODULE.url}`,
			`${ORIGIN}/api/session`,
			'https://elsewhere.example/x.js'
		]
	});
	expect(result.strangers).toEqual(['_app/immutable/chunks/old.js']);
	expect(servedVerdict(result).kind).toBe('warn');
});

test('a release’s list is the other witness: a server whose own list fits is found out', async () => {
	const evil = { ...FILES, 'wasm/headtab.wasm': 'evil' };
	const result = await checked({ text: list(evil), served: evil });
	expect(servedVerdict(result).kind).toBe('plain');
	const files = new Map(Object.entries(FILES).map(([path, text]) => [path, hashOf(text)]));
	const release = { version: '0.1.0', commit: null, files };
	expect(releaseVerdict(result, release, 'list.txt')).toEqual({
		kind: 'danger',
		text: '1 file is not what list.txt lists, which is of 0.1.0.',
		paths: ['wasm/headtab.wasm']
	});
	expect(releaseVerdict(await checked({}), release, 'list.txt').text).toBe(
		'All of them are what list.txt lists.'
	);
});

test('[server-unreachable] without a server, and without a list, it says so', async () => {
	const { check } = setUp({ text: null });
	await check.run();
	expect(check.phase).toEqual({ at: 'unlisted' });
	const offline = new ServedCheck({
		origin: ORIGIN,
		module: () => null,
		loaded: () => [],
		sha256: () => Promise.resolve(''),
		fetch: () => Promise.reject(new TypeError('Failed to fetch'))
	});
	await offline.run();
	const { phase } = offline;
	expect(phase.at === 'failed' && isAppError(phase.error) && phase.error.code).toBe(
		'server-unreachable'
	);
});
