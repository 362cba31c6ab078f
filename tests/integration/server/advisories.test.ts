// What went wrong at the neighbours, tried on the built server with a real Headscale and a real provider.
// docs/ADVISORIES.md says which test is whose; what needs a hostile provider or none is in the files beside this.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { RELAY_FRAGMENTS_MAX, RELAY_NODE_PARAM } from '$lib/contracts/limits';
import { Sealer } from '$lib/server/session/seal';
import { freePort } from '../../../stack/ports';
import { startProxy, type RecordingProxy } from '../../../stack/proxy';
import type { Tailnet } from '../../../stack/tailnet';
import type { KeyAnswer, SessionAnswer, WindowsAnswer } from '../../../src/lib/contracts/api';
import { Browser } from './browser';
import { TailnetApp } from './tailnet-app';

let app: TailnetApp;
let tailnet: Tailnet;
/** Between the app and Headscale: what the app asks for there. */
let toHeadscale: RecordingProxy;
let origin: string;

beforeAll(async () => {
	app = await TailnetApp.prepare();
	({ tailnet, origin } = app);
	toHeadscale = await startProxy({
		port: await freePort(),
		targetPort: Number(new URL(tailnet.headscale.url).port)
	});
	await app.start({
		HEADTAB_HEADSCALE_URL: toHeadscale.origin,
		HEADTAB_ADMINS: 'alice@tailnet.example',
		HEADTAB_JANITOR: 'off',
		HEADTAB_LOGINS_PER_MIN: '200',
		HEADTAB_KEYS_PER_MIN: '200'
	});
});
afterAll(async () => {
	await app.dispose();
	await toHeadscale.stop();
});

const signedIn = (login: string) => app.signedIn(login);
const sessionOf = async (browser: Browser) =>
	(await browser.get(`${origin}/api/session`)).json() as SessionAnswer;
const keyFor = async (browser: Browser) =>
	(await browser.post(`${origin}/api/keys`, {})).json() as KeyAnswer;
const cookieValue = (browser: Browser): string =>
	browser
		.cookieHeader(origin)
		.split('; ')
		.find((pair) => pair.startsWith(`${browser.sessionCookie}=`))
		?.slice(browser.sessionCookie.length + 1) ?? '';
const keysMade = async () => (await tailnet.headscale.preAuthKeys()).length;
/** What Headscale was asked since `toHeadscale.forget()`. */
const asked = (): readonly string[] =>
	[
		...toHeadscale
			.recorded()
			.toString('latin1')
			.matchAll(/((?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/\S*) HTTP\/1\.1\r\n/g)
	].map(([, line = '']) => line);
/** What is sealed in the session's cookie. */
async function sealedIn(browser: Browser): Promise<Readonly<Record<string, unknown>>> {
	const text = readFileSync(join(app.options.stateDir, 'session-keys'), 'utf8').trim();
	const keys = [Buffer.from(text, 'base64')];
	const sealer = new Sealer({ keys, purpose: 'session', now: Date.now });
	return (await sealer.open(cookieValue(browser)))?.payload ?? {};
}

function dial(path: string, headers: Readonly<Record<string, string>>) {
	const socket = new WebSocket(`${origin.replace('http', 'ws')}${path}`, ['derp'], { headers });
	socket.on('error', () => undefined);
	return {
		socket,
		/** 101, or what it was refused with. */
		status: new Promise<number>((resolve) => {
			socket.once('open', () => resolve(101));
			socket.once('unexpected-response', (request, response) => {
				request.destroy();
				resolve(response.statusCode ?? 0);
			});
		}),
		closed: new Promise<number>((resolve) => socket.once('close', resolve))
	};
}

test('like Headplane CVE-2026-46484: no text of a person becomes a path of Headscale', async () => {
	const alice = await signedIn('alice');
	await keyFor(alice);
	toHeadscale.forget();
	const hostile = [
		'1/../../user',
		'..%2f..%2fuser',
		'%2e%2e/%2e%2e/apikey',
		'1?user=2',
		'1#x',
		'0x1',
		'1;2',
		'١',
		'1\n2',
		'headtab-aaaaaaaa-aaaaaaaa-aaaaaaaaaa/../1'
	];
	for (const id of hostile) {
		for (const path of ['leave', 'joined', 'alive', 'diagnose']) {
			const field = path === 'diagnose' ? 'address' : 'hostname';
			const answer = await alice.post(`${origin}/api/${path}`, { [field]: id });
			expect(answer.json(), `${path} ${id}`).toMatchObject({ code: 'bad-request' });
		}
		const ended = await alice.send(
			'DELETE',
			`${origin}/api/admin/windows/${encodeURIComponent(id)}`
		);
		expect(ended.status, id).toBe(404);
		expect((await alice.get(`${origin}/relay/key?v=${encodeURIComponent(id)}`)).status).toBe(400);
	}
	// Whether a person may still be here is asked all the time; nothing else was.
	expect(asked().filter((line) => line !== 'GET /api/v1/user')).toEqual([]);
	await keyFor(alice);
	expect(asked()).toContain('POST /api/v1/preauthkey');
});

test('like Headplane GHSA-wrqq-v7qw-r5w7, Pomerium CVE-2024-39315: the cookie holds who it is, neither the API key nor a token', async () => {
	const alice = await signedIn('alice');
	const payload = await sealedIn(alice);
	const known = ['typ', 'sid', 'was', 'iss', 'sub', 'name', 'email', 'ev', 'adm', 'gr', 'psid'];
	known.push('user', 'fault', 'at', 'abs', 'aud', 'exp');
	expect(payload['sub']).toBe('alice');
	expect(Object.keys(payload).filter((name) => !known.includes(name))).toEqual([]);
	const session = await alice.get(`${origin}/api/session`);
	for (const told of [JSON.stringify(payload), session.text]) {
		expect(told).not.toContain(tailnet.headscale.apiKey);
		expect(told).not.toContain(tailnet.client.secret);
		expect(told).not.toMatch(/hskey-|eyJ[A-Za-z0-9_-]{8,}\./);
	}
});

test('like Headplane 0.5.6: an account at the provider alone makes nobody an admin, nor a user', async () => {
	const [bob, carol] = [await signedIn('bob'), await signedIn('carol')];
	for (const browser of [bob, carol]) {
		expect((await sessionOf(browser)).person).not.toHaveProperty('isAdmin');
		for (const path of ['windows', 'doctor']) {
			const answer = await browser.get(`${origin}/api/admin/${path}`);
			expect(answer.json(), path).toMatchObject({ code: 'admin-only' });
		}
	}
	const before = await keysMade();
	const key = await carol.post(`${origin}/api/keys`, {});
	expect(key.json()).toMatchObject({ code: 'identity-no-headscale-user' });
	expect(await dial('/relay/derp/999', { origin, cookie: carol.cookieHeader(origin) }).status).toBe(
		403
	);
	expect(await keysMade()).toBe(before);
});

test('like Headplane’s key by GET: reading makes no key and shows none', async () => {
	const alice = await signedIn('alice');
	const before = await keysMade();
	const { id } = (await tailnet.headscale.users())[0] ?? { id: '' };
	for (const path of [
		`/api/keys?user=${id}`,
		'/api/keys/',
		'/api/keys/__data.json',
		'/__data.json',
		'/connect/web-1',
		'/'
	]) {
		const answer = await alice.get(origin + path);
		expect(answer.text, path).not.toContain('hskey-');
		if (path.startsWith('/api/')) expect(answer.status, path).toBeGreaterThanOrEqual(400);
	}
	expect(await keysMade()).toBe(before);
});

test('like Headplane’s list of all nodes: what a person may read never asks Headscale for nodes', async () => {
	const bob = await signedIn('bob');
	toHeadscale.forget();
	for (const path of ['session', 'admin/windows', 'admin/doctor', 'relay/check?target=derp-999'])
		await bob.get(`${origin}/api/${path}`);
	await bob.get(`${origin}/relay/key?v=130`);
	expect(asked()).toContain('GET /key?v=130');
	expect(asked().filter((line) => line.includes('/api/v1/node'))).toEqual([]);
});

test('like Termix CVE-2026-42452: a sealed value of one kind is nothing in the place of another', async () => {
	const started = await fetch(`${origin}/auth/login`, { redirect: 'manual' });
	const [attempt = ''] = started.headers.getSetCookie();
	const [name = '', value = ''] = (attempt.split(';')[0] ?? '').split('=');
	expect(name).toContain('-login-');
	const alice = await signedIn('alice');
	const { sessionCookie } = alice;
	// Half a sign-in, and what tells of a failed one, are no session.
	const failed = await fetch(`${origin}/auth/callback?state=x`, { redirect: 'manual' });
	const fault = (failed.headers.getSetCookie()[0] ?? '').split(';')[0]?.split('=')[1] ?? '';
	expect(fault).not.toBe('');
	for (const other of [value, fault]) {
		const browser = new Browser(origin, `${sessionCookie}=${other}`);
		expect((await browser.post(`${origin}/api/keys`, {})).status).toBe(401);
		expect(
			await dial('/relay/derp/999', { origin, cookie: `${sessionCookie}=${other}` }).status
		).toBe(401);
	}
	// A session is no sign-in that was begun.
	const state = new URL(started.headers.get('location') ?? '').searchParams.get('state') ?? '';
	const mixed = new Browser(origin, `${name}=${cookieValue(alice)}`);
	await mixed.get(`${origin}/auth/callback?code=c&state=${state}`);
	expect(await sessionOf(mixed)).toMatchObject({
		person: null,
		loginError: { code: 'oidc-state-invalid' }
	});
});

test('like CVE-2021-41767, Termix CVE-2026-45746: who knows the id of another’s window can do nothing with it', async () => {
	const [alice, bob] = [await signedIn('alice'), await signedIn('bob')];
	const { hostname, preAuthKey } = await keyFor(alice);
	// Names of nodes are seen by everyone in the tailnet.
	for (const path of ['leave', 'joined', 'alive']) {
		const answer = await bob.post(`${origin}/api/${path}`, { hostname });
		expect(answer.json(), path).toMatchObject({ code: 'bad-request' });
		const stranger = await new Browser(origin).post(`${origin}/api/${path}`, { hostname });
		expect(stranger.status, path).toBe(401);
	}
	const key = (await tailnet.headscale.preAuthKeys()).find((one) =>
		preAuthKey.startsWith(one.key.replace(/\*+$/, ''))
	);
	expect(Date.parse(key?.expiration ?? '')).toBeGreaterThan(Date.now());
	// Nor is a connection of his one of her window, or without a sign-in anybody's.
	const path = `/relay/derp/999?${RELAY_NODE_PARAM}=${hostname}`;
	const headers = (browser: Browser) => ({ origin, cookie: browser.cookieHeader(origin) });
	const own = dial(path, headers(alice));
	expect(await own.status).toBe(101);
	const his = dial(path, headers(bob));
	expect(await his.status).toBe(101);
	expect(await dial(path, { origin }).status).toBe(401);
	const answer = await alice.get(`${origin}/api/admin/windows`);
	const { windows } = answer.json() as WindowsAnswer;
	expect(
		windows.map(({ hostname: of, headscaleUser, connections }) => ({
			of,
			headscaleUser,
			connections
		}))
	).toEqual([
		{ of: hostname, headscaleUser: 'alice', connections: 1 },
		{ of: null, headscaleUser: 'bob', connections: 1 }
	]);
	// An admin's list tells nothing that would let the admin be them.
	for (const browser of [alice, bob]) {
		expect(answer.text).not.toContain(String((await sealedIn(browser))['sid']));
		expect(answer.text).not.toContain(cookieValue(browser));
	}
	own.socket.terminate();
	his.socket.terminate();
});

test('like Teleport 8.3.14: a page of another site opens no WebSocket with the person’s cookie, and nothing but the cookie counts', async () => {
	const alice = await signedIn('alice');
	const cookie = alice.cookieHeader(origin);
	const { host, port } = new URL(origin);
	for (const evil of [
		'https://evil.example',
		'null',
		`https://${host}`,
		`${origin}.evil.example`,
		`http://127.0.0.1:${String(Number(port) + 1)}`,
		`http://localhost:${port}`,
		`${origin}/`,
		''
	])
		expect(await dial('/relay/derp/999', { origin: evil, cookie }).status, evil).toBe(403);
	const value = cookieValue(alice);
	expect(await dial('/relay/derp/999', { origin, authorization: `Bearer ${value}` }).status).toBe(
		401
	);
	expect(await dial(`/relay/derp/999?access_token=${value}`, { origin, cookie }).status).toBe(400);
	const good = dial('/relay/derp/999', { origin, cookie });
	expect(await good.status).toBe(101);
	good.socket.terminate();
});

test('like Teleport 10.3.15: the relay leads to Headscale and its DERP servers, not to machines', async () => {
	const alice = await signedIn('alice');
	const headers = { origin, cookie: alice.cookieHeader(origin) };
	toHeadscale.forget();
	for (const path of [
		'/relay/tcp/100.64.0.1:22',
		'/relay/derp/999/100.64.0.1',
		'/relay/derp/127.0.0.1',
		'/relay/derp/1',
		'/relay/api/v1/user',
		'/relay/ts2021/../derp/1',
		'/relay/http:%2f%2f169.254.169.254/'
	])
		expect(await dial(path, headers).status, path).toBe(404);
	expect(asked().filter((line) => line !== 'GET /api/v1/user')).toEqual([]);
});

test('like oauth2-proxy CVE-2026-34454: signing in over another session begins a new one, and the other is over', async () => {
	const browser = await signedIn('bob');
	const planted = browser.cookieHeader(origin);
	browser.forgetProvider();
	await browser.signIn('alice');
	expect((await sessionOf(browser)).person?.headscaleUser).toBe('alice');
	expect(browser.cookieHeader(origin)).not.toBe(planted);
	const attacker = new Browser(origin, planted);
	expect((await attacker.post(`${origin}/api/keys`, {})).status).toBe(401);
	// The same person's is a new one, too.
	const before = cookieValue(browser);
	await browser.signIn('alice');
	expect(cookieValue(browser)).not.toBe(before);
});

test('like oauth2-proxy CVE-2021-21291, Pomerium CVE-2021-29651, Warpgate CVE-2026-58491: no sign-in leads to another site', async () => {
	const provider = new URL(tailnet.oidc.issuer).origin;
	for (const returnTo of [
		'//evil.example',
		'/\\evil.example',
		'https://evil.example/',
		'https:evil.example',
		'/%09/evil.example',
		'/%5cevil.example',
		'/.//evil.example',
		'javascript:alert(1)',
		'/%0d%0aLocation:%20https://evil.example',
		`/@evil.example/..//evil.example`
	]) {
		const browser = new Browser(origin);
		const page = await browser.signIn('alice', returnTo);
		expect(new URL(page.url).origin, returnTo).toBe(origin);
		for (const { url } of page.hops)
			expect([origin, provider], returnTo).toContain(new URL(url).origin);
		// What the provider said has been used and stands in no address any more.
		expect(page.url).not.toMatch(/code=|state=|eyJ/);
	}
});

test('like NetBird GHSA-rxmp-8h9v-56cx: of two that come back with one sign-in at once, one is let in', async () => {
	const browser = new Browser(origin);
	const page = await browser.signIn('alice', '/', `${origin}/auth/callback`);
	const callback = page.hops.at(-1)?.location ?? '';
	expect(callback).toContain('code=');
	const cookie = browser.cookieHeader(origin);
	const answers = await Promise.all(
		[1, 2, 3].map(() => fetch(callback, { headers: { cookie }, redirect: 'manual' }))
	);
	const opened = answers.filter((answer) =>
		answer.headers
			.getSetCookie()
			.some((line) => line.startsWith(`${browser.sessionCookie}=`) && !/max-age=0/i.test(line))
	);
	expect(opened).toHaveLength(1);
});

test('like ws 8.21.0, CVE-2024-37890: tiny fragments and many headers end their own connection alone', async () => {
	const alice = await signedIn('alice');
	const headers = { origin, cookie: alice.cookieHeader(origin) };
	const other = dial('/relay/derp/999', headers);
	expect(await other.status).toBe(101);
	const flood = dial('/relay/derp/999', headers);
	expect(await flood.status).toBe(101);
	for (let sent = 0; sent <= RELAY_FRAGMENTS_MAX; sent += 1)
		flood.socket.send(Buffer.alloc(1), { fin: false, binary: true });
	expect(await flood.closed).toBe(1008);
	const many = Object.fromEntries(
		Array.from({ length: 1500 }, (_, index) => [`a${String(index)}`, 'b'])
	);
	const refused = dial('/relay/derp/999', { ...many, ...headers });
	await Promise.race([refused.status, refused.closed]);
	refused.socket.terminate();
	expect((await fetch(`${origin}/healthz`)).status).toBe(200);
	expect(other.socket.readyState).toBe(WebSocket.OPEN);
	other.socket.terminate();
});
