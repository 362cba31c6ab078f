// The relay in process: whom it refuses before dialling, and how it carries bytes for the others.
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { connect, createServer as createRawServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { CLOSE_SESSION_ENDED, CLOSE_UPSTREAM_FAILED } from '$lib/contracts/limits';
import { Audit } from '$lib/server/audit/log';
import { PASS_HEADER } from '$lib/server/doctor/instance';
import type { Standing } from '$lib/server/identity/standing';
import { makeLogger } from '$lib/server/log';
import { checkTarget } from '$lib/server/relay/check';
import { dialUpstream } from '$lib/server/relay/dial';
import { RelayTargets, type RelayTarget } from '$lib/server/relay/targets';
import { Relay, type RelayLimits } from '$lib/server/relay/upgrade';
import { LoginSessions, type LoginSession } from '$lib/server/session/login-session';
import { loopbackCertificate } from '../../../stack/certificates';
import { deadUrl, StubServer } from './stub';

const ORIGIN = 'https://tab.example.com';
const PASS = 'the-doctors-pass';
const CONTROL = 'tailscale-control-protocol';
const HANDSHAKE_UPSTREAM = '/ts2021?X-Tailscale-Handshake=AAEC%2Bw%3D%3D';
const HANDSHAKE = `/relay${HANDSHAKE_UPSTREAM}`;

interface Upstream {
	readonly url: string;
	readonly server: Server;
	readonly sockets: WebSocket[];
	readonly urls: string[];
	stop(): Promise<void>;
}

/** A WebSocket server that echoes, unless a test listens otherwise. */
async function startUpstream(onSocket?: (socket: WebSocket) => void): Promise<Upstream> {
	const server = createServer();
	const sockets: WebSocket[] = [];
	const urls: string[] = [];
	const wss = new WebSocketServer({ server, perMessageDeflate: false });
	wss.on('connection', (socket, request) => {
		sockets.push(socket);
		urls.push(request.url ?? '');
		if (onSocket === undefined) socket.on('message', (data) => socket.send(data, { binary: true }));
		else onSocket(socket);
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
		server,
		sockets,
		urls,
		async stop() {
			for (const socket of sockets) socket.terminate();
			server.closeAllConnections();
			await new Promise<void>((resolve) => server.close(() => resolve()));
		}
	};
}

let upstream: Upstream;
let server: Server;
let relay: Relay;
let sessions: LoginSessions;
let targets: RelayTargets;
let cookie: string;
let session: ReturnType<LoginSessions['start']>;
/** What the relay has told of windows that may be gone, and of those that are back. */
let gone: string[];
let back: string[];
let lines: string[];
let nowMs: number;
const clients: WebSocket[] = [];

async function startRelay(
	options: {
		limits?: Partial<RelayLimits>;
		url?: string;
		total?: number;
		access?: Pick<Standing, 'of'>;
	} = {}
) {
	const url = options.url ?? upstream.url;
	const log = makeLogger({ level: 'debug', secrets: [], write: (line) => lines.push(line) });
	sessions = new LoginSessions({
		config: {
			sessionKeys: [new Uint8Array(32).fill(5)],
			sessionIdleS: 3600,
			sessionAbsoluteS: 7200
		},
		now: () => nowMs
	});
	session = sessions.start(
		{ iss: 'i', sub: 'alice', name: 'Alice', email: '', isEmailVerified: false },
		{ headscaleUser: { id: '7', name: 'alice' }, linkError: null }
	);
	cookie = `__Host-headtab=${await sessions.seal(session)}`;
	targets = new RelayTargets({ headscaleUrl: url, derp: [{ region: 999, origin: url }] });
	relay = new Relay({
		origin: ORIGIN,
		sessionCookie: '__Host-headtab',
		sessions,
		targets,
		audit: new Audit(log),
		log,
		now: () => nowMs,
		total: options.total ?? 100,
		instance: { isPass: (pass) => Promise.resolve(pass === PASS) },
		isNodeOf: (hostname, userId) => hostname === 'headtab-own' && userId === '7',
		departures: {
			mayBeGone: (of, hostname) => gone.push(`${hostname} of ${of.identity.sub}`),
			isBack: (hostname) => back.push(hostname)
		},
		...(options.limits === undefined ? {} : { limits: options.limits }),
		...(options.access === undefined ? {} : { access: options.access })
	});
	server = createServer((_, response) => response.writeHead(404).end());
	server.on('upgrade', (request, socket, head) => void relay.upgrade(request, socket, head));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}
const port = () => (server.address() as AddressInfo).port;

async function stopRelay() {
	relay.stop();
	for (const client of clients.splice(0)) client.terminate();
	server.closeAllConnections();
	await new Promise<void>((resolve) => server.close(() => resolve()));
}

beforeEach(async () => {
	nowMs = Date.now();
	lines = [];
	gone = [];
	back = [];
	upstream = await startUpstream();
});
afterEach(async () => {
	await stopRelay();
	await upstream.stop();
});

interface Ask {
	readonly path?: string;
	readonly protocol?: string;
	readonly headers?: Readonly<Record<string, string | undefined>>;
}
function headersOf({ headers }: Ask): Record<string, string> {
	const all: Record<string, string | undefined> = {
		host: 'tab.example.com',
		origin: ORIGIN,
		cookie,
		...headers
	};
	return Object.fromEntries(
		Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
	);
}

function open(ask: Ask = {}): WebSocket {
	const client = new WebSocket(
		`ws://127.0.0.1:${String(port())}${ask.path ?? '/relay/derp/999'}`,
		[ask.protocol ?? 'derp'],
		{ headers: headersOf(ask), perMessageDeflate: false }
	);
	client.on('error', () => undefined);
	clients.push(client);
	return client;
}

/** The close of a socket. */
const closed = (socket: WebSocket): Promise<{ code: number; reason: string }> =>
	new Promise((resolve) => {
		socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
	});

/** What an upgrade is refused with, asked for as raw as a path may be. */
function refused(ask: Ask): Promise<{ status: number; code: string | undefined }> {
	return new Promise((resolve, reject) => {
		const request = httpRequest({
			port: port(),
			host: '127.0.0.1',
			path: ask.path ?? '/relay/derp/999',
			headers: {
				connection: 'Upgrade',
				upgrade: 'websocket',
				'sec-websocket-version': '13',
				'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
				...(ask.protocol === '' ? {} : { 'sec-websocket-protocol': ask.protocol ?? 'derp' }),
				...headersOf(ask)
			}
		});
		request.on('response', (response: IncomingMessage) => {
			response.resume();
			const code = response.headers['x-headtab-code'];
			resolve({
				status: response.statusCode ?? 0,
				code: typeof code === 'string' ? code : undefined
			});
		});
		request.on('upgrade', (_, socket) => {
			socket.destroy();
			reject(new Error('it was accepted'));
		});
		request.on('error', reject);
		request.end();
	});
}

/** An upgrade by a client that does only what it is told: it never hangs up by itself. */
function rawUpgrade(ask: Ask & { readonly key?: string } = {}): Socket {
	const socket = connect({ port: port(), host: '127.0.0.1', allowHalfOpen: true });
	const headers = {
		connection: 'Upgrade',
		upgrade: 'websocket',
		'sec-websocket-version': '13',
		'sec-websocket-key': ask.key ?? 'AAAAAAAAAAAAAAAAAAAAAA==',
		'sec-websocket-protocol': ask.protocol ?? 'derp',
		...headersOf(ask)
	};
	const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
	socket.on('error', () => undefined);
	socket.write(`GET ${ask.path ?? '/relay/derp/999'} HTTP/1.1\r\n${lines.join('')}\r\n`);
	return socket;
}

describe('a client that becomes no connection takes no room, and its upstream is let go', () => {
	test('it hangs up while the upstream is dialled', async () => {
		const held = createServer();
		const wss = new WebSocketServer({ noServer: true });
		const dialled = new Promise<() => WebSocket>((resolve) => {
			held.on('upgrade', (request, socket, head) => {
				resolve(() => {
					const opened: WebSocket[] = [];
					wss.handleUpgrade(request, socket, head, (one) => opened.push(one));
					const [first] = opened;
					if (first === undefined) throw new Error('the relay hung up first');
					return first;
				});
			});
		});
		await new Promise<void>((resolve) => held.listen(0, '127.0.0.1', resolve));
		await startRelay({
			url: `http://127.0.0.1:${String((held.address() as AddressInfo).port)}`
		});
		const ended = new Promise<void>((resolve) =>
			server.once('connection', (socket: Socket) => socket.once('end', resolve))
		);
		const client = rawUpgrade();
		const accept = await dialled;
		expect(relay.size).toBe(1);
		client.end();
		await ended;
		await closed(accept());
		expect(relay.size).toBe(0);
		client.destroy();
		held.close();
	});

	test('its handshake is none', async () => {
		await startRelay();
		const client = rawUpgrade({ key: 'short' });
		const [answer] = (await once(client, 'data')) as [Buffer];
		expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /);
		await expect.poll(() => upstream.sockets[0]?.readyState).toBe(WebSocket.CLOSED);
		expect(relay.size).toBe(0);
		client.destroy();
	});
});

describe('whom it refuses, without dialling', () => {
	beforeEach(() => startRelay());
	afterEach(() => expect(upstream.urls).toEqual([]));

	test.each([
		undefined,
		'https://evil.example',
		'null',
		'https://tab.example.com.evil.example',
		'http://tab.example.com'
	])('R1 [origin-refused] Origin %s', async (origin) => {
		expect(await refused({ headers: { origin } })).toEqual({ status: 403, code: 'origin-refused' });
	});

	test('R2 [session-missing] no cookie, a damaged one, an ended or expired session', async () => {
		const missing = { status: 401, code: 'session-missing' };
		expect(await refused({ headers: { cookie: undefined } })).toEqual(missing);
		// Not at its end: two bits of a tag's last character are not read, so another one there may be the same tag.
		const end = cookie.lastIndexOf('.');
		const damaged = cookie.slice(0, end - 1) + cookie.slice(end);
		expect(await refused({ headers: { cookie: damaged } })).toEqual(missing);
		nowMs += 3_601_000;
		expect(await refused({})).toEqual(missing);
		nowMs -= 3_601_000;
		sessions.end(session);
		expect(await refused({})).toEqual(missing);
	});

	test.each([
		'/relay/derp',
		'/relay/derp/',
		'/relay/derp/0',
		'/relay/derp/-1',
		'/relay/derp/1e99',
		'/relay/derp/998',
		'/relay/derp/0999',
		'/relay/derp/999/',
		'/relay/derp/..%2f999',
		'/relay/derp/%2e%2e/999',
		'/relay/derp/../derp/999',
		'/relay/derp/https://evil.example',
		'/relay/derp/99999999'
	])('R3 [relay-target-unknown] %s', async (path) => {
		expect(await refused({ path })).toEqual({ status: 404, code: 'relay-target-unknown' });
	});

	test.each([
		['/relay/derp/999?x=1', 'derp', 400],
		['/relay/ts2021', CONTROL, 400],
		['/relay/ts2021?X-Tailscale-Handshake=a&X-Tailscale-Handshake=b', CONTROL, 400],
		['/relay/ts2021?X-Tailscale-Handshake=a&host=evil', CONTROL, 400],
		['/relay/ts2021/x?X-Tailscale-Handshake=a', CONTROL, 404],
		['//relay/ts2021?X-Tailscale-Handshake=a', CONTROL, 404],
		['/', CONTROL, 404],
		// Headscale's own address, where it has the same origin.
		['/ts2021?X-Tailscale-Handshake=a', CONTROL, 404]
	])('R3 %s is answered %s %s', async (path, protocol, status) => {
		expect((await refused({ path, protocol })).status).toBe(status);
	});

	test('R11 [bad-request] a handshake of 10 KB', async () => {
		const path = `/relay/ts2021?X-Tailscale-Handshake=${'A'.repeat(10_000)}`;
		expect(await refused({ path, protocol: CONTROL })).toEqual({
			status: 400,
			code: 'bad-request'
		});
	});

	test('another Host, another or no subprotocol', async () => {
		expect((await refused({ headers: { host: 'evil.example' } })).code).toBe('host-refused');
		for (const protocol of ['', 'derp, x', 'chat', CONTROL])
			expect((await refused({ protocol })).code).toBe('bad-request');
	});

	test('the doctor sees the door open, and what it sends wrongly harms nobody', async () => {
		const client = rawUpgrade({ headers: { cookie: undefined, [PASS_HEADER]: PASS } });
		const [answer] = (await once(client, 'data')) as [Buffer];
		expect(answer.toString()).toMatch(/^HTTP\/1\.1 101 /);
		// A frame without a mask, which is a fault: unheard, it would end the process.
		client.once('end', () => client.end());
		client.write(Buffer.from([0x82, 0x01, 0x00]));
		await once(client, 'close');
		expect(relay.size).toBe(0);
	});

	test('who does not hang up after a refusal is hung up on', async () => {
		const client = rawUpgrade({ headers: { cookie: undefined } });
		const [answer] = (await once(client, 'data')) as [Buffer];
		expect(answer.toString()).toContain('session-missing');
		const open = () =>
			new Promise((resolve, reject) =>
				server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
			);
		await expect.poll(open).toBe(0);
		client.destroy();
	});

	test('the handshake stands in no log line', async () => {
		await refused({ path: `${HANDSHAKE}&x=1`, protocol: CONTROL });
		expect(lines.join('')).toContain('relay.refused');
		expect(lines.join('')).not.toContain('AAEC');
	});
});

test('[server-stopping] a relay that ends takes no more, and tells the open ones to come back', async () => {
	await startRelay();
	const client = open();
	await once(client, 'open');
	const end = closed(client);
	relay.stop();
	expect(await end).toEqual({ code: 1012, reason: 'server restarts' });
	expect(await refused({})).toEqual({ status: 503, code: 'server-stopping' });
});

test('windows are told apart by their nodes, a node that is not the person’s does not count', async () => {
	await startRelay();
	for (const path of [
		'/relay/derp/999?node=headtab-own',
		'/relay/derp/999?node=headtab-other',
		'/relay/derp/999'
	])
		await once(open({ path }), 'open');
	const control = open({ path: `${HANDSHAKE}&node=headtab-own`, protocol: CONTROL });
	await once(control, 'open');
	expect(upstream.urls.at(-1)).toBe(HANDSHAKE_UPSTREAM);
	control.send(Buffer.alloc(100));
	await once(control, 'message');
	expect(relay.windows).toMatchObject([
		{ id: 'headtab-own', hostname: 'headtab-own', connections: 2, upBytes: 100, downBytes: 100 },
		{ id: `session-${session.sid.slice(0, 6)}`, hostname: null, connections: 2 }
	]);
	expect(relay.hasNode('headtab-own')).toBe(true);
	const end = closed(control);
	relay.endWindow('headtab-own');
	expect((await end).code).toBe(4403);
	expect(relay.hasNode('headtab-own')).toBe(false);
	expect(relay.movedBytes).toEqual({ up: 100, down: 100 });
});

describe('what it carries', () => {
	test('bytes both ways, in order, cut to what Go reads; the handshake arrives', async () => {
		await startRelay();
		const client = open({ path: HANDSHAKE, protocol: CONTROL });
		await once(client, 'open');
		expect(client.protocol).toBe(CONTROL);
		const sent = Buffer.alloc(3 * 1024 * 1024, 0);
		for (let i = 0; i < sent.length; i++) sent[i] = (i * 31 + (i >> 8)) & 255;
		const largest = { up: 0, down: 0 };
		upstream.sockets[0]?.on(
			'message',
			(data: Buffer) => (largest.up = Math.max(largest.up, data.length))
		);
		const received: Buffer[] = [];
		let size = 0;
		const done = new Promise<void>((resolve) => {
			client.on('message', (data: Buffer) => {
				largest.down = Math.max(largest.down, data.length);
				received.push(data);
				size += data.length;
				if (size >= sent.length) resolve();
			});
		});
		for (let at = 0, step = 1; at < sent.length; step = (step * 7 + 1) % 100_000) {
			client.send(sent.subarray(at, at + step + 1));
			at += step + 1;
		}
		await done;
		expect(Buffer.concat(received).equals(sent)).toBe(true);
		expect(largest.up).toBeLessThanOrEqual(32 * 1024);
		expect(largest.down).toBeLessThanOrEqual(32 * 1024);
		expect(upstream.urls).toEqual([HANDSHAKE_UPSTREAM]);
	});

	test('R5 frames that are broken, compressed, or in two hundred thousand pieces: closed, and nothing is kept', async () => {
		await startRelay();
		const mask = [0, 0, 0, 0];
		const tooLong = [0x82, 0xff, 0x7f, ...Array<number>(7).fill(0xff), ...mask];
		for (const [frame, code] of [
			// Reserved bits, an opcode that is none, no mask, a ping of 126 bytes, compressed, a length of 2^63.
			[[0x92, 0x80, ...mask], 1002],
			[[0x83, 0x80, ...mask], 1002],
			[[0x82, 0x00], 1002],
			[[0x89, 0xfe, 0x00, 0x7e, ...mask], 1002],
			[[0xc2, 0x80, ...mask], 1002],
			[tooLong, 1009]
		] as const) {
			const client = rawUpgrade();
			const [answer] = (await once(client, 'data')) as [Buffer];
			expect(answer.toString()).toMatch(/^HTTP\/1\.1 101 /);
			const said: Buffer[] = [];
			client.on('data', (chunk: Buffer) => said.push(chunk));
			client.once('end', () => client.end());
			client.write(Buffer.from(frame));
			await once(client, 'close');
			const close = Buffer.concat(said);
			expect(close.readUInt8(0)).toBe(0x88);
			expect(close.readUInt16BE(2)).toBe(code);
		}
		const flood = rawUpgrade();
		await once(flood, 'data');
		const before = process.memoryUsage();
		// Each a piece of one byte, of a message that never ends.
		const first = Buffer.from([0x02, 0x81, ...mask, 0]);
		const next = Buffer.from([0x00, 0x81, ...mask, 0]);
		flood.once('end', () => flood.end());
		flood.write(Buffer.concat([first, ...Array<Buffer>(200_000).fill(next)]));
		await once(flood, 'close');
		const after = process.memoryUsage();
		expect(after.external - before.external).toBeLessThan(8 * 1024 * 1024);
		expect(upstream.sockets.length).toBe(7);
		await expect.poll(() => relay.size).toBe(0);
	});

	test('R5 text, a frame of 129 KiB and a thousand fragments close, and the counters return', async () => {
		await startRelay();
		const text = open();
		await once(text, 'open');
		text.send('hello');
		expect((await closed(text)).code).toBe(1003);
		const large = open();
		await once(large, 'open');
		large.send(Buffer.alloc(129 * 1024));
		expect((await closed(large)).code).toBe(1009);
		const pieces = open();
		await once(pieces, 'open');
		const end = closed(pieces);
		for (let i = 0; i < 1000; i++) pieces.send(Buffer.alloc(1), { fin: false });
		expect((await end).code).toBe(1008);
		await expect.poll(() => relay.size).toBe(0);
	});

	test('R7 a client that reads nothing stops the upstream; memory stays small, others go on', async () => {
		let pushed = 0;
		const chunk = Buffer.alloc(32 * 1024);
		await upstream.stop();
		upstream = await startUpstream((socket) => {
			socket.on('message', (data: Buffer) => {
				if (data[0] !== 1) {
					socket.send(data);
					return;
				}
				const push = () => {
					if (pushed >= 1024 * 1024 * 1024 || socket.readyState !== socket.OPEN) return;
					pushed += chunk.length;
					socket.send(chunk, push);
				};
				push();
			});
		});
		await startRelay();
		const slow = open();
		await once(slow, 'open');
		slow.pause();
		const before = process.memoryUsage().external;
		slow.send(Buffer.from([1]));
		// The kernel's buffers on the way take some megabytes, then nothing moves any more.
		let last = -1;
		await expect
			.poll(
				() => {
					const isStill = pushed === last && pushed > 0;
					last = pushed;
					return isStill;
				},
				{ interval: 300, timeout: 20_000 }
			)
			.toBe(true);
		expect(pushed).toBeLessThan(64 * 1024 * 1024);
		expect(process.memoryUsage().external - before).toBeLessThan(16 * 1024 * 1024);
		const other = open();
		await once(other, 'open');
		other.send(Buffer.from([2]));
		expect((await once(other, 'message'))[0]).toEqual(Buffer.from([2]));
		const atRest = pushed;
		slow.resume();
		await expect.poll(() => pushed).toBeGreaterThan(atRest + 1024 * 1024);
	});

	test('R8 an upstream that dies closes the client; a client that goes closes the upstream', async () => {
		await startRelay();
		const client = open();
		await once(client, 'open');
		const end = closed(client);
		upstream.sockets[0]?.terminate();
		expect((await end).code).toBe(1011);
		const second = open();
		await once(second, 'open');
		await expect.poll(() => upstream.sockets.length).toBe(2);
		const [, socket] = upstream.sockets;
		if (socket === undefined) throw new Error('no second upstream');
		const gone = closed(socket);
		second.terminate();
		await gone;
		await expect.poll(() => relay.size).toBe(0);
		expect(lines.filter((line) => line.includes('"relay.close"'))).toHaveLength(2);
	});

	test('a window may be gone when its last connection says that it goes away, not before; any is its return', async () => {
		await startRelay();
		const own = { path: '/relay/derp/999?node=headtab-own' };
		const control = { path: `${HANDSHAKE}&node=headtab-own`, protocol: CONTROL };
		const isOver = async (socket: WebSocket, code?: number): Promise<void> => {
			const before = relay.size;
			if (code === undefined) socket.terminate();
			else socket.close(code);
			await expect.poll(() => relay.size).toBe(before - 1);
		};
		const [first, second, third, nameless, other] = [
			open(own),
			open(control),
			open(own),
			open(),
			open({ path: '/relay/derp/999?node=headtab-other' })
		];
		await Promise.all([first, second, third, nameless, other].map((one) => once(one, 'open')));
		await isOver(nameless, 1001);
		await isOver(other, 1001);
		await isOver(first, 1001);
		await isOver(second, 1000);
		await isOver(third);
		expect(gone).toEqual([]);
		const [last, alone] = [open(own), open(control)];
		await Promise.all([once(last, 'open'), once(alone, 'open')]);
		await isOver(alone, 1001);
		expect(gone).toEqual([]);
		back = [];
		await isOver(last, 1001);
		expect(gone).toEqual([`headtab-own of ${session.identity.sub}`]);
		expect(back).toEqual([]);
		await once(open(control), 'open');
		expect(back).toEqual(['headtab-own']);
	});

	test('R8 a client that vanished without a word is let go after the idle time', async () => {
		await startRelay({ limits: { idleMs: 300, pingMs: 100 } });
		const client = open();
		await once(client, 'open');
		client.pause();
		await expect.poll(() => relay.size, { timeout: 5_000 }).toBe(0);
	});

	test('a living pair stays open by pings alone', async () => {
		await upstream.stop();
		upstream = await startUpstream((socket) => {
			const timer = setInterval(() => socket.send(Buffer.from([0])), 50);
			socket.on('close', () => clearInterval(timer));
		});
		await startRelay({ limits: { idleMs: 1_000, pingMs: 50 } });
		const client = open();
		await once(client, 'open');
		let pings = 0;
		client.on('ping', () => (pings += 1));
		// Longer than the idle time.
		await expect.poll(() => pings).toBeGreaterThan(25);
		expect(client.readyState).toBe(client.OPEN);
	});

	test('R9 [relay-limit] per session and in all; those that are open stay', async () => {
		await startRelay({ limits: { derpPerSession: 2 }, total: 3 });
		const first = [open(), open()];
		await Promise.all(first.map((client) => once(client, 'open')));
		expect(await refused({})).toEqual({ status: 429, code: 'relay-limit' });
		// The check says the same, as a browser hides the answer.
		const room = (name: string) => relay.roomError(session, targets.byName(name));
		expect(room('derp-999')).toMatchObject({ code: 'relay-limit', params: { limit: '2' } });
		expect(room('control')).toBeNull();
		const control = open({ path: HANDSHAKE, protocol: CONTROL });
		await once(control, 'open');
		expect((await refused({ path: HANDSHAKE, protocol: CONTROL })).code).toBe('relay-limit');
		expect(room('control')).toMatchObject({ code: 'relay-limit', params: { limit: '3' } });
		expect(first.every((client) => client.readyState === client.OPEN)).toBe(true);
		first[0]?.close();
		await expect.poll(() => relay.size).toBe(2);
		expect(room('derp-999')).toBeNull();
		await once(open(), 'open');
	});

	test('R9 [relay-limit] a burst that waited for the same answer has no more room than others', async () => {
		let letIn = (): void => undefined;
		const gate = new Promise<void>((resolve) => (letIn = resolve));
		let waiting = 0;
		await startRelay({
			limits: { derpPerSession: 2 },
			access: {
				of: async (of) => {
					waiting += 1;
					await gate;
					return { session: of, fault: null };
				}
			}
		});
		const statuses = Array.from(
			{ length: 6 },
			() =>
				new Promise((resolve) => {
					const client = open();
					client.once('open', () => resolve(101));
					client.once('unexpected-response', (_, response) => resolve(response.statusCode));
				})
		);
		await expect.poll(() => waiting).toBe(6);
		letIn();
		expect((await Promise.all(statuses)).sort()).toEqual([101, 101, 429, 429, 429, 429]);
	});

	test('R9 [relay-limit] four sign-ins of a person have room, not a fifth; another person has', async () => {
		await startRelay({ limits: { derpPerSession: 1 } });
		const signIn = async (user: LoginSession['headscaleUser']) => {
			const one = sessions.start(session.identity, { headscaleUser: user, linkError: null });
			return { headers: { cookie: `__Host-headtab=${await sessions.seal(one)}` } };
		};
		for (let i = 0; i < 4; i++) await once(open(await signIn(session.headscaleUser)), 'open');
		const fifth = await signIn(session.headscaleUser);
		expect(await refused(fifth)).toEqual({ status: 429, code: 'relay-limit' });
		await once(open(await signIn({ id: '8', name: 'bob' })), 'open');
	});

	test('[session-ended] the end of the session closes its connections, not others’', async () => {
		await startRelay();
		const other = sessions.start(session.identity, session);
		const [mine, theirs] = [
			open(),
			open({ headers: { cookie: `__Host-headtab=${await sessions.seal(other)}` } })
		];
		await Promise.all([once(mine, 'open'), once(theirs, 'open')]);
		const end = closed(mine);
		sessions.end(session);
		expect(await end).toEqual({ code: CLOSE_SESSION_ENDED, reason: 'session-ended' });
		expect(theirs.readyState).toBe(theirs.OPEN);
	});

	test('R10 a restart closes with 1012', async () => {
		await startRelay();
		const client = open();
		await once(client, 'open');
		const end = closed(client);
		relay.stop();
		expect((await end).code).toBe(1012);
		expect((await refused({})).code).toBe('server-stopping');
	});
});

describe('R4 an upstream that is none: close 4502 with the code, and the check names the cause', () => {
	test('[derp-unreachable] [control-unreachable] nobody listens', async () => {
		await startRelay({ url: await deadUrl() });
		expect(await closed(open())).toEqual({
			code: CLOSE_UPSTREAM_FAILED,
			reason: 'derp-unreachable'
		});
		expect(await closed(open({ path: HANDSHAKE, protocol: CONTROL }))).toEqual({
			code: CLOSE_UPSTREAM_FAILED,
			reason: 'control-unreachable'
		});
		expect(relay.size).toBe(0);
	});

	test.each([
		[405, 'text/plain', 'headscale-unsupported', '405'],
		[426, 'text/plain', 'control-unreachable', 'drops Upgrade'],
		[200, 'text/html', 'control-unreachable', 'web page'],
		[302, 'text/html', 'control-unreachable', 'redirect'],
		[502, 'text/html', 'control-unreachable', 'no answer from behind']
	])('%s %s is [%s]', async (status, type, code, cause) => {
		const stub = await StubServer.start((_, response) =>
			response
				.writeHead(status, { 'content-type': type, location: 'http://169.254.169.254/' })
				.end()
		);
		stub.server.on('upgrade', (_, socket) =>
			socket.end(
				`HTTP/1.1 ${String(status)} No\r\ncontent-type: ${type}\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n`
			)
		);
		await startRelay({ url: stub.url });
		const end = await closed(open({ path: HANDSHAKE, protocol: CONTROL }));
		expect(end).toEqual({ code: CLOSE_UPSTREAM_FAILED, reason: code });
		expect(lines.join('')).toContain(cause === '405' ? code : cause);
		await stub.stop();
	});

	test('a name that does not exist; a private authority that is not named; a port without TLS', async () => {
		await startRelay();
		const check = async (url: string) => {
			const target = new RelayTargets({
				headscaleUrl: url,
				derp: [{ region: 1, origin: url }]
			}).byName('derp-1');
			return (await checkTarget(target))?.params['reason'] ?? 'reachable';
		};
		expect(await check('http://nowhere.invalid')).toContain('is not known');
		expect(await check(upstream.url.replace('http', 'https'))).toMatch(/TLS|failed/);
		const { certFile, keyFile } = loopbackCertificate();
		const secured = createSecureServer({
			cert: readFileSync(certFile),
			key: readFileSync(keyFile)
		});
		await new Promise<void>((resolve) => secured.listen(0, '127.0.0.1', resolve));
		const { port: securedPort } = secured.address() as AddressInfo;
		expect(await check(`https://localhost:${String(securedPort)}`)).toMatch(
			/certificate of localhost:\d+ is not trusted .*NODE_EXTRA_CA_CERTS/
		);
		secured.close();
		expect(await check(upstream.url)).toBe('reachable');
	});

	test('a frame that is none, sent with the upgrade, costs a dial, not the process', async () => {
		await startRelay();
		const uncaught: unknown[] = [];
		const note = (cause: unknown): number => uncaught.push(cause);
		process.on('uncaughtExceptionMonitor', note);
		const odd = createServer();
		const left = new Promise<void>((resolve) => {
			odd.on('upgrade', ({ headers }, socket) => {
				socket.on('error', () => undefined);
				socket.once('close', resolve);
				// Half open else.
				socket.once('end', () => socket.destroy());
				socket.resume();
				const accept = createHash('sha1')
					.update(`${headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
					.digest('base64');
				const head = [
					'HTTP/1.1 101 Switching Protocols',
					'Upgrade: websocket',
					'Connection: Upgrade',
					`Sec-WebSocket-Accept: ${accept}`,
					'Sec-WebSocket-Protocol: derp'
				].join('\r\n');
				// Reserved bits are set.
				socket.write(Buffer.concat([Buffer.from(`${head}\r\n\r\n`), Buffer.from([0xf0, 0])]));
			});
		});
		await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
		const origin = `http://127.0.0.1:${String((odd.address() as AddressInfo).port)}`;
		const target = new RelayTargets({ headscaleUrl: origin, derp: [{ region: 1, origin }] });
		expect(await checkTarget(target.byName('derp-1'))).toBeNull();
		await left;
		process.off('uncaughtExceptionMonitor', note);
		odd.close();
		expect(uncaught).toEqual([]);
	});

	test.each([
		['an answer that never ends', 'HTTP/1.1 101 Switching Protocols\r\n', 'x: y\r\n'],
		['interim answers', '', 'HTTP/1.1 102 Processing\r\n\r\n']
	])('[derp-unreachable] %s, dripping, is given up in time', async (_, first, drop) => {
		const dripping = createRawServer((socket) => {
			socket.on('error', () => undefined);
			socket.once('data', () => {
				socket.write(first);
				const timer = setInterval(() => socket.write(drop), 20);
				socket.once('close', () => clearInterval(timer));
			});
		});
		await new Promise<void>((resolve) => dripping.listen(0, '127.0.0.1', resolve));
		const { port: drippingPort } = dripping.address() as AddressInfo;
		await startRelay({
			url: `http://127.0.0.1:${String(drippingPort)}`,
			limits: { dialTimeoutMs: 200 }
		});
		expect((await closed(open())).reason).toBe('derp-unreachable');
		expect(lines.join('')).toContain('did not answer in time');
		expect(relay.size).toBe(0);
		// Its connection has ended, too.
		await new Promise((resolve) => dripping.close(resolve));
	});

	describe('a host that accepts and says nothing', () => {
		let silent: Server;
		let silentUrl: string;
		beforeEach(async () => {
			silent = createServer();
			silent.on('upgrade', () => undefined);
			await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
			silentUrl = `http://127.0.0.1:${String((silent.address() as AddressInfo).port)}`;
		});
		afterEach(() => {
			silent.closeAllConnections();
			silent.close();
		});

		test('[derp-unreachable] is given up in time', async () => {
			await startRelay({ url: silentUrl, limits: { dialTimeoutMs: 200 } });
			expect((await closed(open())).reason).toBe('derp-unreachable');
			expect(lines.join('')).toContain('did not answer in time');
		});

		test('leaves the second server of its region a share of the time that a node waits', async () => {
			const target: RelayTarget = {
				kind: 'derp',
				name: 'derp-1',
				region: 1,
				origins: [silentUrl, upstream.url],
				path: '/derp',
				protocol: 'derp'
			};
			const waitMs = 2_000;
			const tooLate = once(AbortSignal.timeout(waitMs), 'abort').then(() => null);
			const socket = await Promise.race([dialUpstream(target, '', waitMs), tooLate]);
			expect(socket?.url ?? 'too late').toContain(upstream.url.replace('http', 'ws'));
			socket?.terminate();
		});
	});
});
