// The built server, with a Headscale that takes its key no more, against clients that mean it no good: requests that never
// end, that are two things to two readers, that are too large, or too many.
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import {
	LOGIN_ATTEMPTS_MAX,
	LOGINS_PER_MIN,
	SESSION_ABSOLUTE_S,
	SESSION_IDLE_S
} from '$lib/contracts/limits';
import { parseReturnPath } from '$lib/contracts/parse';
import { LoginSessions } from '$lib/server/session/login-session';
import { appHealth } from '../../../stack/app';
import { loopbackCertificate } from '../../../stack/certificates';
import { freePort } from '../../../stack/ports';
import { StackProcess } from '../../../stack/process';
import { ROOT } from '../../../stack/versions';
import { goodEnvironment, newKey } from '../../unit/server/environment';
import { exchange, heard, rawSocket, statuses } from './raw-http';
import { json, StubServer } from './stub';

const ADDRESS_HEADER = 'x-forwarded-for';
/** More than the server waits for headers (10 s), and looks for those who are late (2 s). */
const LATE_MS = 40_000;
const HALF_OPEN = 500;

let folder: string;
let app: StackProcess;
let port: number;
let origin: string;
let provider: StubServer;
/** Lives, and takes no API key. */
let headscale: StubServer;
/** A DERP server that echoes. */
let derp: WebSocketServer;
/** Servers with TLS by the private authority that the server is told to trust. */
let secured: readonly Server[];
/** Each by its number. */
let regions: Readonly<Record<number, string>>;
let keys: readonly [current: string, former: string];

const environment = (sessionKeys: string): Record<string, string | undefined> => ({
	...goodEnvironment(),
	NODE_ENV: 'production',
	HEADTAB_ORIGIN: origin,
	HEADTAB_HOST: '127.0.0.1',
	HEADTAB_PORT: String(port),
	HEADTAB_HEADSCALE_URL: headscale.url,
	HEADTAB_OIDC_ISSUER: provider.url,
	HEADTAB_SESSION_KEYS: sessionKeys,
	HEADTAB_AGENT: 'off',
	HEADTAB_ADDRESS_HEADER: ADDRESS_HEADER,
	HEADTAB_DERP: Object.entries(regions)
		.map(([region, address]) => `${region}=${address}`)
		.join(','),
	NODE_EXTRA_CA_CERTS: loopbackCertificate().caFile
});

async function start(sessionKeys: string): Promise<StackProcess> {
	const child = new StackProcess({
		name: 'headtab',
		command: process.execPath,
		args: [join(ROOT, 'build', 'main.js')],
		env: environment(sessionKeys),
		cwd: ROOT,
		logFile: join(folder, 'headtab.log')
	});
	await child.waitForUrl(appHealth({ port }));
	return child;
}

beforeAll(async () => {
	folder = mkdtempSync(join(tmpdir(), 'headtab-hostile-'));
	port = await freePort();
	origin = `http://127.0.0.1:${String(port)}`;
	keys = [newKey(), newKey()];
	derp = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'derp' });
	await once(derp, 'listening');
	derp.on('connection', (socket) =>
		socket.on('message', (data) => socket.send(data, { binary: true }))
	);
	const portOf = (server: { address(): unknown }) => String((server.address() as AddressInfo).port);
	const { certFile, expiredFile, keyFile } = loopbackCertificate();
	secured = await Promise.all(
		[certFile, expiredFile].map(async (file) => {
			const server = createServer({ cert: readFileSync(file), key: readFileSync(keyFile) });
			server.on('upgrade', (request, socket, head) => {
				derp.handleUpgrade(request, socket, head, (one) => derp.emit('connection', one));
			});
			// On all of 127.0.0.0/8.
			server.listen(0, '0.0.0.0');
			await once(server, 'listening');
			return server;
		})
	);
	const [right, expired] = secured.map(portOf);
	regions = {
		1: `http://127.0.0.1:${portOf(derp)}`,
		2: `https://127.0.0.1:${String(right)}`,
		3: `https://127.0.0.1:${String(expired)}`,
		4: `https://127.0.0.2:${String(right)}`
	};
	headscale = await StubServer.start((request, response) => {
		if (request.url?.startsWith('/api/') === true) response.writeHead(401).end('Unauthorized');
		else response.writeHead(500).end('Internal error\n');
	});
	provider = await StubServer.start((_, response) =>
		json(response, {
			issuer: provider.url,
			authorization_endpoint: `${provider.url}/authorize`,
			token_endpoint: `${provider.url}/token`,
			jwks_uri: `${provider.url}/keys`
		})
	);
	app = await start(keys[1]);
});
afterAll(async () => {
	await app.stop();
	await Promise.all([provider.stop(), headscale.stop()]);
	derp.close();
	for (const server of secured) server.close();
	rmSync(folder, { recursive: true });
});

/** The cookie of a signed-in alice, sealed as the server seals it with this key. */
async function aliceCookie(key: string): Promise<string> {
	const sessions = new LoginSessions({
		config: {
			sessionKeys: [Buffer.from(key, 'base64')],
			sessionIdleS: SESSION_IDLE_S,
			sessionAbsoluteS: SESSION_ABSOLUTE_S
		},
		now: Date.now
	});
	const session = sessions.start(
		{ iss: provider.url, sub: 'alice', name: 'Alice', email: '', isEmailVerified: false },
		{ headscaleUser: { id: '7', name: 'alice' }, linkError: null }
	);
	return `headtab-${String(port)}=${await sessions.seal(session)}`;
}

/** A window's relayed connection: what it sends comes back. */
async function relayed(): Promise<WebSocket> {
	const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/relay/derp/1`, ['derp'], {
		headers: { origin, cookie: await aliceCookie(keys[1]), [ADDRESS_HEADER]: '192.0.2.9' }
	});
	await once(socket, 'open');
	return socket;
}
const head = (...lines: readonly string[]): string => [...lines, '', ''].join('\r\n');
const host = (): string => `Host: 127.0.0.1:${String(port)}`;
const dialled = (): number => derp.clients.size;

describe(`R6 ${String(HALF_OPEN)} connections that never finish their request`, () => {
	test(
		'are dropped; whoever is connected goes on, and others come in',
		async () => {
			const window = await relayed();
			let echoes = 0;
			window.on('message', (data: Buffer) => {
				if (Number(data.toString()) === echoes) echoes += 1;
			});
			const upgrade = `GET /relay/derp/1 HTTP/1.1\r\n${host()}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`;
			// Says nothing, asks for an upgrade without an end, and drips its headers, in turns.
			const openings = ['', upgrade, `GET / HTTP/1.1\r\n${host()}\r\nX-Slow: `];
			const ends: string[] = [];
			const sockets = Array.from({ length: HALF_OPEN }, (_, index) => {
				const socket = rawSocket(port);
				void heard(socket).then((text) => ends.push(text));
				socket.once('connect', () => socket.write(openings[index % openings.length] ?? ''));
				return socket;
			});
			await Promise.all(sockets.map((socket) => once(socket, 'connect')));
			let sent = 0;
			const timer = setInterval(() => {
				window.send(Buffer.from(String(sent)));
				sent += 1;
				for (const [index, socket] of sockets.entries())
					if (index % openings.length === 2 && socket.writable) socket.write('a');
			}, 500);
			try {
				expect((await fetch(`${origin}/healthz`)).status).toBe(200);
				await expect.poll(() => echoes, { timeout: LATE_MS }).toBeGreaterThan(1);
				await expect.poll(() => ends.length, { timeout: LATE_MS }).toBe(HALF_OPEN);
			} finally {
				clearInterval(timer);
			}
			for (const text of ends) expect(text).toMatch(/^$|^HTTP\/1\.1 4\d\d /);
			await expect.poll(() => echoes, { timeout: LATE_MS }).toBe(sent);
			expect(window.readyState).toBe(window.OPEN);
			expect(dialled()).toBe(1);
			window.terminate();
			await expect.poll(dialled, { timeout: LATE_MS }).toBe(0);
		},
		3 * LATE_MS
	);
});

describe('R12 request smuggling', () => {
	/** What a proxy that reads the message otherwise would take for a second request. */
	const smuggled = () => `GET /healthz HTTP/1.1\r\n${host()}\r\n\r\n`;

	test.each<[string, () => string]>([
		[
			'both lengths',
			() =>
				head('POST /api/keys HTTP/1.1', host(), 'Content-Length: 6', 'Transfer-Encoding: chunked') +
				`0\r\n\r\n${smuggled()}`
		],
		[
			'two lengths',
			() =>
				head('POST /api/keys HTTP/1.1', host(), 'Content-Length: 0', 'Content-Length: 60') +
				smuggled()
		],
		[
			'a length with a sign',
			() => head('POST /api/keys HTTP/1.1', host(), 'Content-Length: +60') + smuggled()
		],
		[
			'an encoding that only sounds like chunked',
			() =>
				head('POST /api/keys HTTP/1.1', host(), 'Transfer-Encoding: xchunked') +
				`0\r\n\r\n${smuggled()}`
		],
		[
			'chunked, and then another encoding',
			() =>
				head('POST /api/keys HTTP/1.1', host(), 'Transfer-Encoding: chunked, identity') +
				`0\r\n\r\n${smuggled()}`
		],
		[
			'a space before the colon',
			() =>
				head('POST /api/keys HTTP/1.1', host(), 'Transfer-Encoding : chunked') +
				`0\r\n\r\n${smuggled()}`
		],
		[
			'bare line feeds',
			() => `POST /api/keys HTTP/1.1\n${host()}\nContent-Length: 0\n\n${smuggled()}`
		],
		[
			'a bare carriage return in a header',
			() => head('GET /healthz HTTP/1.1', host(), 'X-A: b\rContent-Length: 60') + smuggled()
		],
		['a folded header', () => head('GET /healthz HTTP/1.1', host(), 'X-A: b', ' c') + smuggled()],
		['a zero byte', () => head('GET /healthz HTTP/1.1', host(), 'X-A: \0') + smuggled()],
		['two hosts', () => head('GET /healthz HTTP/1.1', host(), 'Host: evil.example') + smuggled()],
		['no host', () => head('GET /healthz HTTP/1.1', 'X-A: b') + smuggled()],
		[
			'another server’s address',
			() => head('GET http://evil.example/healthz HTTP/1.1', host()) + smuggled()
		],
		[
			'a chunk without a size',
			() =>
				head('POST /api/keys HTTP/1.1', host(), `Origin: ${origin}`, 'Transfer-Encoding: chunked') +
				`zz\r\n\r\n${smuggled()}`
		]
	])('%s: 400, and what follows is not read', async (_, bytes) => {
		expect(statuses(await exchange(port, bytes()))).toEqual([400]);
	});

	test('two hosts are refused where WebSockets are opened, too', async () => {
		const answer = await exchange(
			port,
			head(
				'GET /relay/derp/1 HTTP/1.1',
				host(),
				'Host: evil.example',
				`Origin: ${origin}`,
				`Cookie: ${await aliceCookie(keys[1])}`,
				'Connection: Upgrade',
				'Upgrade: websocket',
				'Sec-WebSocket-Version: 13',
				'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
				'Sec-WebSocket-Protocol: derp'
			)
		);
		expect(statuses(answer)).toEqual([400]);
		expect(dialled()).toBe(0);
	});
});

test.each([
	['a hundred kilobytes', 100_000, 431],
	['ten', 10_000, 400]
])('R11 a handshake of %s is refused before anything is dialled', async (_, size, status) => {
	const answer = await exchange(
		port,
		head(
			`GET /relay/ts2021?X-Tailscale-Handshake=${'A'.repeat(size)} HTTP/1.1`,
			host(),
			`Origin: ${origin}`,
			`Cookie: ${await aliceCookie(keys[1])}`,
			'Connection: Upgrade',
			'Upgrade: websocket',
			'Sec-WebSocket-Version: 13',
			'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
			'Sec-WebSocket-Protocol: tailscale-control-protocol'
		)
	);
	expect(statuses(answer)).toEqual([status]);
	expect((await fetch(`${origin}/healthz`)).status).toBe(200);
});

test('R4 [derp-unreachable] certificates that have expired, or are another’s, are named; the right one is taken', async () => {
	const check = async (region: number) => {
		const answer = await fetch(`${origin}/api/relay/check?target=derp-${String(region)}`, {
			headers: { cookie: await aliceCookie(keys[1]), [ADDRESS_HEADER]: '192.0.2.9' }
		});
		return (await answer.json()) as { error: { code: string; message: string } | null };
	};
	expect(await check(2)).toEqual({ isReachable: true, error: null });
	for (const [region, why] of [
		[3, 'has expired'],
		[4, 'is for another name']
	] as const) {
		const { error } = await check(region);
		expect(error?.code).toBe('derp-unreachable');
		expect(error?.message).toContain(why);
		expect(error?.message).toContain(new URL(regions[region] ?? '').host);
	}
});

interface SessionAnswer {
	readonly person: { readonly name: string } | null;
	readonly loginError: { code: string; params: Record<string, string> } | null;
}
const ask = async (path: string, headers: Record<string, string>): Promise<Response> =>
	fetch(origin + path, { headers, redirect: 'manual' });

test('L14 [rate-limited] more than thirty sign-ins in a minute from one address: told how long to wait, others sign in', async () => {
	const begin = (address: string) => ask('/auth/login', { [ADDRESS_HEADER]: address });
	let refused: Response | null = null;
	let begun = 0;
	for (let i = 0; i < LOGINS_PER_MIN + 3; i += 1) {
		const answer = await begin('203.0.113.5');
		expect(answer.status).toBe(303);
		if (answer.headers.get('location')?.startsWith(provider.url) === true) begun += 1;
		else refused ??= answer;
	}
	expect(begun).toBe(LOGINS_PER_MIN);
	// A person at a browser: the start page says it, with the button still there.
	expect(refused?.headers.get('location')).toBe('/');
	const cookie = refused?.headers.getSetCookie().map((line) => line.split(';')[0]) ?? [];
	const told = (await (
		await ask('/api/session', { cookie: cookie.join('; '), [ADDRESS_HEADER]: '203.0.113.5' })
	).json()) as SessionAnswer;
	expect(told.loginError?.code).toBe('rate-limited');
	expect(Number(told.loginError?.params['seconds'])).toBeGreaterThan(0);
	for (const other of ['203.0.113.6', '2001:db8::1'])
		expect((await begin(other)).headers.get('location')).toContain(provider.url);
	await expect
		.poll(() => readFileSync(join(folder, 'headtab.log'), 'utf8'))
		.toMatch(/"login\.refused".*"rate-limited"|"rate-limited".*"login\.refused"/);
});

test('L11 another site begins sign-ins with the longest of paths: the browser can still ask for a page', async () => {
	const [session = ''] = (await aliceCookie(keys[0])).split('; ');
	// As much as a browser keeps of one cookie.
	const jar = new Map([['session', session.padEnd(4_096, 'x')]]);
	const cookie = () => [...jar.values()].join('; ');
	for (let i = 0; i < LOGIN_ATTEMPTS_MAX + 2; i += 1) {
		const path = `/connect/${'x'.repeat(5_000)}`;
		const length = [...Array(path.length).keys()].findLast((to) =>
			parseReturnPath(path.slice(0, to), origin).startsWith('/connect')
		);
		const answer = await ask(`/auth/login?returnTo=${path.slice(0, length)}`, {
			cookie: cookie(),
			[ADDRESS_HEADER]: '203.0.113.9'
		});
		expect(answer.headers.get('location')).toContain(provider.url);
		for (const line of answer.headers.getSetCookie()) {
			const [pair = ''] = line.split(';');
			const [name = '', value] = pair.split('=');
			if (value === '') jar.delete(name);
			else jar.set(name, pair);
		}
	}
	expect(jar.size).toBe(1 + LOGIN_ATTEMPTS_MAX);
	// What browsers send beside cookies.
	const rest = { 'user-agent': 'x'.repeat(500), 'accept-language': 'x'.repeat(500) };
	const page = await ask('/', { cookie: cookie(), ...rest, [ADDRESS_HEADER]: '203.0.113.9' });
	expect(page.status, await page.text()).toBe(200);
});

test('K2 [headscale-key-refused] Headscale takes the key no more: people are told, monitors too, the log not at each request', async () => {
	const headers = {
		cookie: await aliceCookie(keys[1]),
		origin,
		'content-type': 'application/json',
		[ADDRESS_HEADER]: '192.0.2.9'
	};
	const refusals = () =>
		readFileSync(join(folder, 'headtab.log'), 'utf8').match(/refuses the API key/g)?.length ?? 0;
	const before = refusals();
	for (let i = 0; i < 3; i += 1) {
		const answer = await fetch(`${origin}/api/keys`, { method: 'POST', headers, body: '{}' });
		expect(answer.status).toBe(503);
		expect(await answer.json()).toMatchObject({ code: 'headscale-key-refused' });
	}
	const ready = await fetch(`${origin}/readyz`);
	expect(ready.status).toBe(503);
	expect(await ready.json()).toMatchObject({
		isReady: false,
		checks: expect.arrayContaining([
			expect.objectContaining({ name: 'headscale', code: 'headscale-key-refused' })
		]) as unknown
	});
	await expect.poll(refusals, { timeout: LATE_MS }).toBeGreaterThan(0);
	// A minute may have passed since one that a former test met.
	expect(refusals() - before).toBeLessThanOrEqual(1);
});

test('C2 the session key is replaced: people stay signed in by the former one, until it is removed', async () => {
	const [current, former] = keys;
	const cookie = await aliceCookie(former);
	const session = async (value: string) => {
		const answer = await ask('/api/session', { cookie: value, [ADDRESS_HEADER]: '192.0.2.9' });
		return {
			person: ((await answer.json()) as SessionAnswer).person,
			cookie: answer.headers.getSetCookie().find((line) => line.startsWith('headtab-')) ?? ''
		};
	};
	expect(await session(cookie)).toMatchObject({ person: { name: 'Alice' }, cookie: '' });
	await app.stop();
	app = await start(`${current},${former}`);
	const rotated = await session(cookie);
	expect(rotated.person).toMatchObject({ name: 'Alice' });
	const [resealed = ''] = rotated.cookie.split(';');
	expect(resealed).not.toBe(cookie);
	await app.stop();
	app = await start(current);
	expect((await session(resealed)).person).toMatchObject({ name: 'Alice' });
	const removed = await session(cookie);
	expect(removed.person).toBeNull();
	expect(removed.cookie).toMatch(/Max-Age=0/i);
});
