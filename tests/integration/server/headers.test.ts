// Every kind of answer of the built server, with exactly the headers that it has: docs/HEADERS.md is the record.
// After a wanted change: npx vitest run --project integration headers -u
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import prettier from 'prettier';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../../stack/versions';
import { BareApp, type Answer } from './bare-app';

/** As behind a proxy with TLS. */
const ORIGIN = 'https://tab.example.com';
const CLIENT = join(ROOT, 'build', 'client');

let app: BareApp;
beforeAll(async () => {
	app = await BareApp.start({
		origin: ORIGIN,
		env: { HEADTAB_LOGINS_PER_MIN: '1', HEADTAB_METRICS_TOKEN: 'a-token-of-some-length' }
	});
});
afterAll(() => app.stop());

/** A file of the build whose name matches. */
const built = (folder: string, pattern: RegExp): string => {
	const names = readdirSync(join(CLIENT, folder));
	const found = names.find((name) => pattern.test(name));
	if (found === undefined) throw new Error(`no ${String(pattern)} in ${folder}`);
	return `/${folder}/${found}`;
};

interface Kind {
	readonly kind: string;
	readonly ask: () => Promise<Answer>;
	readonly status: number;
}

const post = (path: string, headers: Readonly<Record<string, string | null>> = {}) =>
	app.ask(path, { method: 'POST', body: '{}', headers });
const signedIn = () => app.cookieOf({ id: '7', name: 'alice' });
const wasm = async () =>
	((await app.ask('/api/session')).json() as { config: { wasm: { url: string } } }).config.wasm.url;

const KINDS: readonly Kind[] = [
	{ kind: 'page', status: 200, ask: () => app.ask('/') },
	{
		kind: 'page, unchanged',
		status: 304,
		ask: async () => {
			const { headers } = await app.ask('/');
			return app.ask('/', { headers: { 'if-none-match': headers.etag ?? '' } });
		}
	},
	{ kind: 'page of a machine', status: 200, ask: () => app.ask('/connect/web-1?user=root') },
	{ kind: 'API', status: 200, ask: () => app.ask('/api/session') },
	{
		kind: 'redirect, with a cookie',
		status: 303,
		ask: () => app.ask('/auth/login')
	},
	{ kind: 'script', status: 200, ask: () => app.ask(built('_app/immutable/entry', /^app\..*js$/)) },
	{ kind: 'style', status: 200, ask: () => app.ask(built('_app/immutable/assets', /\.css$/)) },
	{
		kind: 'worker’s script',
		status: 200,
		ask: () => app.ask(built('_app/immutable/workers', /node\.worker.*\.js$/))
	},
	{ kind: 'WASM module', status: 200, ask: async () => app.ask(await wasm()) },
	{
		kind: 'WASM module, compressed',
		status: 200,
		ask: async () => app.ask(await wasm(), { headers: { 'accept-encoding': 'br' } })
	},
	{ kind: 'service worker', status: 200, ask: () => app.ask('/service-worker.js') },
	{ kind: 'manifest', status: 200, ask: () => app.ask('/manifest.webmanifest') },
	{ kind: 'font', status: 200, ask: () => app.ask('/fonts/headtab-mono-regular.ttf') },
	{ kind: 'icon', status: 200, ask: () => app.ask(built('icons', /\.png$/)) },
	{ kind: 'news', status: 200, ask: () => app.ask('/changelog') },
	{ kind: 'health', status: 200, ask: () => app.ask('/healthz') },
	{ kind: 'readiness, not ready', status: 503, ask: () => app.ask('/readyz') },
	{
		kind: 'metrics',
		status: 200,
		ask: () => app.ask('/metrics', { headers: { authorization: 'Bearer a-token-of-some-length' } })
	},
	{ kind: 'metrics without the token', status: 404, ask: () => app.ask('/metrics') },
	{ kind: 'not found', status: 404, ask: () => app.ask('/nothing-here') },
	{ kind: 'not found, file', status: 404, ask: () => app.ask('/_app/immutable/entry/none.js') },
	{ kind: 'no path at all', status: 400, ask: () => app.ask('/%') },
	{ kind: 'API, not signed in', status: 401, ask: () => post('/api/keys') },
	{
		kind: 'API, a cookie that is none',
		status: 401,
		ask: () => post('/api/keys', { cookie: `${app.cookies.session}=junk` })
	},
	{
		kind: 'API, wrong body',
		status: 400,
		ask: async () => post('/api/leave', { cookie: await signedIn() })
	},
	{ kind: 'API, wrong method', status: 405, ask: () => app.ask('/api/keys') },
	{
		kind: 'another origin',
		status: 403,
		ask: () => post('/api/keys', { origin: 'https://evil.example' })
	},
	{
		kind: 'another host',
		status: 421,
		ask: () => app.ask('/', { headers: { host: 'evil.example' } })
	},
	{
		kind: 'a body that is too large',
		status: 400,
		ask: () => post('/api/leave', { 'content-length': '70000' })
	},
	{
		kind: 'too many',
		status: 429,
		ask: async () => {
			const cookie = await signedIn();
			const ask = () => app.ask('/api/relay/check?target=derp-999', { headers: { cookie } });
			for (let i = 0; i < 60; i += 1) await ask();
			return ask();
		}
	},
	{
		kind: 'a failure behind it',
		status: 503,
		ask: async () => post('/api/keys', { cookie: await signedIn() })
	},
	{
		kind: 'relay, not signed in',
		status: 401,
		ask: () => app.askUpgrade('/relay/derp/999')
	},
	{
		kind: 'relay, another origin',
		status: 403,
		ask: () => app.askUpgrade('/relay/derp/999', { headers: { origin: 'https://evil.example' } })
	},
	{
		kind: 'relay, no such target',
		status: 404,
		ask: () => app.askUpgrade('/relay/derp/7')
	}
];

/** Of the transport, not of the answer. */
const TRANSPORT = ['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding'];

/** What differs from run to run or from build to build, by what it is. */
function steady(name: string, value: string): string {
	switch (name) {
		case 'last-modified':
			return '(a date)';
		case 'etag':
			return '(a tag)';
		case 'link':
			return '(files of the build)';
		case 'x-headtab-instance':
		case 'x-request-id':
			return '(an id)';
		case 'retry-after':
			return '(seconds)';
		case 'server-timing':
			return value.replaceAll(/dur=[\d.]+/g, 'dur=(ms)');
		case 'set-cookie':
			return value.replace(/=ey[\w.-]+/, '=(sealed)').replace(/-login-\w+/, '-login-(id)');
		default:
			return value;
	}
}

type Header = readonly [name: string, value: string];

/** Without the time of day; hashes of scripts in a policy are told by themselves. */
function headersOf({ headers }: Answer): readonly Header[] {
	const all = Object.entries(headers).flatMap(([name, value]) =>
		[value ?? ''].flat().map((one): Header => [name, steady(name, one)])
	);
	return all
		.flatMap(([name, value]): readonly Header[] => {
			if (TRANSPORT.includes(name)) return [];
			const plain = value.replaceAll(/ 'sha256-[^']+'/g, '');
			const own: Header = [name, `… script-src … 'sha256-…'`];
			return plain === value ? [[name, value]] : [[name, plain], own];
		})
		.sort(([a], [b]) => a.localeCompare(b));
}

/** What a browser must hear whatever it asked for; how long it may keep it, too. */
const ALWAYS = [
	'cache-control',
	'content-security-policy',
	'cross-origin-opener-policy',
	'cross-origin-resource-policy',
	'permissions-policy',
	'referrer-policy',
	'strict-transport-security',
	'x-content-type-options',
	'x-frame-options'
];
/** Words about the software that nobody needs. */
const NEVER = ['server', 'x-powered-by', 'via'];

test('every kind of answer has exactly the headers that docs/HEADERS.md says', async () => {
	const answers: { readonly kind: Kind; readonly headers: readonly Header[] }[] = [];
	for (const kind of KINDS) {
		const answer = await kind.ask();
		expect(answer.status, kind.kind).toBe(kind.status);
		const names = answer.names.map((name) => name.toLowerCase());
		for (const name of NEVER) expect(names, kind.kind).not.toContain(name);
		// A stored page keeps the policy that it came with.
		for (const name of ALWAYS)
			if (kind.status !== 304 || name !== 'content-security-policy')
				expect(names, kind.kind).toContain(name);
		answers.push({ kind, headers: headersOf(answer) });
	}
	// What all of them have alike is told once.
	const common = (answers[0]?.headers ?? []).filter(
		([name, value]) => ALWAYS.includes(name) && !value.includes('sha256')
	);
	const isCommon = ([name, value]: Header) => common.some(([n, v]) => n === name && v === value);
	const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;
	const lines = [
		'<!-- Written by `npx vitest run --project integration headers -u` from what the built server answers. -->',
		'',
		'# Headers of every kind of answer',
		'',
		'Asked of the built server at `https://tab.example.com` behind a proxy with TLS, Headscale and provider away.',
		'`tests/integration/server/headers.test.ts` asks for each and holds it against this page, to the letter.',
		'',
		'On all of them, unless their line below says otherwise. “Unchanged” alone has no policy: the stored page keeps the',
		'one that it came with, whose hashes are its scripts’.',
		'',
		'| Header | Value |',
		'| --- | --- |',
		...common.map(([name, value]) => `| ${code(name)} | ${code(value)} |`),
		'',
		'Beside those, or instead:',
		'',
		'| Answer | Status | Headers |',
		'| --- | --- | --- |',
		...answers.map(({ kind, headers }) => {
			const own = headers.filter((one) => !isCommon(one)).map(([n, v]) => code(`${n}: ${v}`));
			return `| ${kind.kind} | ${String(kind.status)} | ${own.join('<br>')} |`;
		})
	];
	const text = await prettier.format(lines.join('\n'), {
		...(await prettier.resolveConfig('README.md')),
		parser: 'markdown'
	});
	await expect(text).toMatchFileSnapshot('../../../docs/HEADERS.md');
});
