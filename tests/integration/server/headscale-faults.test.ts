// A Headscale that answers wrongly, late or not at all: what the server makes of it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Audit } from '$lib/server/audit/log';
import { probeControl } from '$lib/server/headscale/capabilities';
import { HeadscaleClient } from '$lib/server/headscale/client';
import { Rate } from '$lib/server/http/rates';
import { Hostnames } from '$lib/server/keys/hostname';
import { KeyLedger } from '$lib/server/keys/ledger';
import { KeyMarks } from '$lib/server/keys/mark';
import { KeyIssuer } from '$lib/server/keys/issue';
import { makeLogger } from '$lib/server/log';
import { Secret } from '$lib/server/secret';
import type { LoginSession } from '$lib/server/session/login-session';
import { deadUrl, failure, json, StubServer } from './stub';

const API_KEY = `hskey-api-abcdef012345-${'s'.repeat(64)}`;
const TTL_S = 300;
let stub: StubServer;
let lines: string[];
let client: HeadscaleClient;
/** The same, for what never answers. */
let hasty: HeadscaleClient;
let keys: KeyIssuer;

beforeEach(async () => {
	stub = await StubServer.start((_, response) => json(response, { users: [] }));
	lines = [];
	const log = makeLogger({
		level: 'debug',
		secrets: [new Secret(API_KEY)],
		write: (line) => lines.push(line)
	});
	client = makeClient(stub.url);
	hasty = makeClient(stub.url, 500);
	keys = new KeyIssuer({
		headscale: client,
		hostnames: new Hostnames([new Uint8Array(32).fill(7)]),
		marks: new KeyMarks([new Uint8Array(32).fill(7)]),
		ledger: new KeyLedger(null, log),
		isOver: () => false,
		ttlS: TTL_S,
		perPerson: new Rate({ name: 'p', points: 100, durationS: 60 }),
		perAddress: new Rate({ name: 'a', points: 100, durationS: 60 }),
		joins: new Rate({ name: 'j', points: 100, durationS: 60 }),
		missingChecks: new Rate({ name: 'm', points: 2, durationS: 60 }),
		audit: new Audit(log),
		log,
		now: Date.now,
		later: () => () => undefined
	});

	function makeClient(url: string, timeoutMs?: number) {
		return new HeadscaleClient({
			url,
			apiKey: new Secret(API_KEY),
			log,
			now: Date.now,
			...(timeoutMs === undefined ? {} : { timeoutMs })
		});
	}
});
afterEach(async () => {
	expect(lines.join('')).not.toContain('ssssssss');
	await stub.stop();
});

const WANTED = {
	owner: { userId: '7' },
	isEphemeral: true,
	expiration: '2030-01-01T00:00:00.123456Z'
};

const session: LoginSession = {
	sid: 'sid-1',
	formerSids: [],
	identity: { iss: 'i', sub: 's', name: 'Alice', email: '', isEmailVerified: false },
	headscaleUser: { id: '7', name: 'alice' },
	linkError: null,
	issuedAtS: 0,
	absoluteS: 2e9,
	expiresAtS: 2e9
};
const goodKey = (changes: Record<string, unknown> = {}) => ({
	preAuthKey: {
		id: '12',
		key: `hskey-auth-abcdef012345-${'k'.repeat(64)}`,
		user: { id: '7' },
		reusable: false,
		ephemeral: true,
		used: false,
		expiration: new Date(Date.now() + TTL_S * 1000).toISOString(),
		aclTags: [],
		...changes
	}
});

test('K2 [headscale-key-refused] a refused API key is said, and logged once a minute', async () => {
	stub.answer = (_, response) => response.writeHead(401).end('Unauthorized');
	for (let i = 0; i < 3; i++)
		expect(await failure(client.users())).toMatchObject({ code: 'headscale-key-refused' });
	expect(lines.filter((line) => line.includes('refuses the API key'))).toHaveLength(1);
});

describe('K3 answers that are none', () => {
	test.each([
		[
			'500 code 2',
			500,
			'application/json',
			'{"code":2,"message":"it broke","details":[]}',
			'it broke'
		],
		['RFC 7807', 409, 'application/problem+json', '{"title":"Conflict","detail":"twice"}', 'twice'],
		['a web page', 200, 'text/html', '<html>hello</html>', 'not what its API promises'],
		['nothing', 200, 'application/json', '', 'not what its API promises'],
		['a list', 200, 'application/json', '[]', 'not what its API promises'],
		[
			'an id with a path',
			200,
			'application/json',
			'{"users":[{"id":"1/../2"}]}',
			'not what its API promises'
		],
		['a redirect', 302, 'text/html', '', 'no reason']
	])('[headscale-refused] %s', async (_, status, type, body, reason) => {
		stub.answer = (_request, response) =>
			response
				.writeHead(status, { 'content-type': type, location: 'http://127.0.0.1:1/' })
				.end(body);
		const error = await failure(client.users());
		expect(error).toMatchObject({ code: 'headscale-refused', params: { status: String(status) } });
		expect(String(error)).toContain(reason);
		expect(stub.seen).toHaveLength(1);
	});

	test('D10 errors of both shapes, gRPC’s up to 0.29 and RFC 7807’s of 0.30, are told by their reason', async () => {
		const shapes: readonly (readonly [string, object])[] = [
			['application/json', { code: 5, message: 'no such key', details: [] }],
			[
				'application/problem+json',
				{ type: 'about:blank', title: 'Not Found', status: 404, detail: 'no such key' }
			]
		];
		for (const [type, body] of shapes) {
			stub.answer = (_, response) =>
				response.writeHead(404, { 'content-type': type }).end(JSON.stringify(body));
			expect(await failure(client.expireKey('7'))).toMatchObject({
				code: 'headscale-refused',
				params: { status: '404', reason: 'no such key' }
			});
			// A node that is gone is no fault in either.
			expect(await client.node('7')).toBeNull();
			expect(await client.deleteNode('7')).toBe(false);
		}
	});

	test.each([
		['a page', 'text/html', '<html>404 Not Found</html>'],
		['a text', 'text/plain', '404 page not found'],
		['another service’s JSON', 'application/json', '{"message":"no Route matched"}'],
		['nothing', 'text/plain', '']
	])('[headscale-refused] a 404 of a proxy, %s: no node is gone by it', async (_, type, body) => {
		stub.answer = (_request, response) =>
			response.writeHead(404, { 'content-type': type }).end(body);
		const refused = { code: 'headscale-refused', params: { status: '404' } };
		expect(await failure(client.node('7'))).toMatchObject(refused);
		expect(await failure(client.deleteNode('7'))).toMatchObject(refused);
	});

	test('[headscale-refused] a page of a proxy with 200: nothing was expired or deleted', async () => {
		stub.answer = (_, response) =>
			response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Back soon</html>');
		for (const call of ['expireKey', 'deleteKey', 'deleteNode'] as const)
			expect(await failure(client[call]('7')), call).toMatchObject({
				code: 'headscale-refused',
				params: { reason: 'its answer is not what its API promises' }
			});
		stub.answer = (_, response) => json(response, {});
		await client.expireKey('7');
		await client.deleteKey('7');
		expect(await client.deleteNode('7')).toBe(true);
	});

	test('401 text with JSON after it counts as refused; like Headscale #2809', async () => {
		stub.answer = (_, response) => response.writeHead(401).end('Unauthorized\n{"users":[]}');
		expect(await failure(client.users())).toMatchObject({ code: 'headscale-key-refused' });
	});

	test('[headscale-unreachable] a cut body and a hanging answer; a POST is not sent twice', async () => {
		stub.answer = (_, response) => {
			response.writeHead(200, { 'content-length': '1000' }).write('{"preAuthKey":');
			response.destroy();
		};
		expect(await failure(client.createKey(WANTED))).toMatchObject({
			code: 'headscale-unreachable'
		});
		stub.answer = () => undefined;
		expect(await failure(hasty.createKey(WANTED))).toMatchObject({
			code: 'headscale-unreachable'
		});
		expect(stub.seen.filter((line) => line.startsWith('POST'))).toHaveLength(2);
	});

	test('[headscale-unreachable] nobody listens', async () => {
		const dead = new HeadscaleClient({
			url: await deadUrl(),
			apiKey: new Secret(API_KEY),
			log: makeLogger({ level: 'silent', secrets: [] }),
			now: Date.now
		});
		expect(await failure(dead.users())).toMatchObject({ code: 'headscale-unreachable' });
	});
});

describe('K4 [key-unsafe] another key than was asked for is expired at once and not given out', () => {
	test.each([
		['lasting', { ephemeral: false }],
		['reusable', { reusable: true }],
		['used', { used: true }],
		['another user’s', { user: { id: '8' } }],
		['nobody’s', { user: null }],
		['tagged', { aclTags: ['tag:admin'] }],
		['expired', { expiration: new Date(Date.now() - 1000).toISOString() }],
		['without expiry', { expiration: null }],
		['longer-lived', { expiration: new Date(Date.now() + 3600_000).toISOString() }],
		['of another form', { key: 'abc' }]
	])('%s', async (_, changes) => {
		stub.answer = (request, response) =>
			json(response, request.url === '/api/v1/preauthkey' ? goodKey(changes) : { users: [] });
		expect(await failure(keys.issue(session, '127.0.0.1'))).toMatchObject({ code: 'key-unsafe' });
		expect(stub.seen.at(-1)).toBe('POST /api/v1/preauthkey/expire');
		expect(lines.join('')).toContain('unsafe key');
		expect(lines.join('')).not.toContain('kkkkkk');
	});
});

test('a good key is given out, and the audit line has no key in it', async () => {
	stub.answer = (request, response) =>
		json(response, request.url === '/api/v1/preauthkey' ? goodKey() : { users: [] });
	const issued = await keys.issue(session, '127.0.0.1');
	expect(issued.preAuthKey).toMatch(/^hskey-auth-/);
	expect(issued.expiresAtMs).toBeGreaterThan(Date.now() + 290_000);
	const audit = lines.find((line) => line.includes('key.issued')) ?? '';
	expect(audit).toContain('"keyId":"12"');
	expect(audit).not.toContain('kkkkkk');
});

test('K5 a Headscale whose clock is 10 minutes ahead gets expiries by its own clock', async () => {
	const aheadMs = 600_000;
	let asked = 0;
	stub.answer = (request, response, body) => {
		response.setHeader('date', new Date(Date.now() + aheadMs).toUTCString());
		if (request.url !== '/api/v1/preauthkey') {
			json(response, { users: [] });
			return;
		}
		const { expiration } = JSON.parse(body) as { expiration: string };
		asked = Date.parse(expiration);
		json(response, goodKey({ expiration }));
	};
	const issued = await keys.issue(session, '127.0.0.1');
	expect(asked - Date.now()).toBeGreaterThan(aheadMs + (TTL_S - 5) * 1000);
	expect(Math.abs(issued.expiresAtMs - Date.now() - TTL_S * 1000)).toBeLessThan(5_000);
	expect(lines.join('')).toContain('clock differs');
});

test('[identity-no-headscale-user] a user who was deleted since the sign-in', async () => {
	stub.answer = (request, response) => {
		if (request.url === '/api/v1/preauthkey')
			json(response, { code: 2, message: 'user not found' }, 500);
		else json(response, { users: [] });
	};
	expect(await failure(keys.issue(session, '127.0.0.1'))).toMatchObject({
		code: 'identity-no-headscale-user'
	});
});

describe('leaving', () => {
	const node = (hostname: string, changes: Record<string, unknown> = {}) => ({
		id: '40',
		name: hostname,
		user: { id: '7' },
		preAuthKey: { id: '12', ephemeral: true },
		...changes
	});
	const hostname = () =>
		new Hostnames([new Uint8Array(32).fill(7)]).make({ sid: 'sid-1', userId: '7' });
	const deletions = () => stub.seen.filter((line) => line.startsWith('DELETE'));

	test('expires the key and deletes the node, then deletes the key', async () => {
		const name = hostname();
		stub.answer = (_, response) => json(response, { nodes: [node(name)] });
		await keys.leave(session, name);
		const [list, ...rest] = stub.seen;
		expect(list).toBe('GET /api/v1/node');
		expect(rest.slice(0, 2).toSorted()).toEqual([
			'DELETE /api/v1/node/40',
			'POST /api/v1/preauthkey/expire'
		]);
		expect(rest.slice(2)).toEqual(['DELETE /api/v1/preauthkey?id=12']);
	});

	test('touches no node that is lasting, another person’s or of another name', async () => {
		const name = hostname();
		stub.answer = (_, response) =>
			json(response, {
				nodes: [
					node(name, { preAuthKey: null }),
					node(name, { preAuthKey: { id: '1', ephemeral: false } }),
					node(name, { user: { id: '8' } }),
					node('web-1')
				]
			});
		await keys.leave(session, name);
		await keys.leaveAll(session);
		expect(deletions()).toEqual([]);
	});

	test('[bad-request] a name that was not made for this person is refused before Headscale is asked', async () => {
		for (const name of ['web-1', hostname().replace(/.$/, '1'), ''])
			expect(await failure(keys.leave(session, name))).toMatchObject({ code: 'bad-request' });
		expect(
			await failure(
				keys.joined({ ...session, headscaleUser: { id: '8', name: 'bob' } }, hostname())
			)
		).toMatchObject({
			code: 'bad-request'
		});
		expect(stub.seen).toEqual([]);
	});

	test('N3 [node-removed] a running window hears that its node is gone; asking on is limited', async () => {
		const name = hostname();
		stub.answer = (_, response) => json(response, { nodes: [node(name)] });
		await keys.alive(session, name);
		expect(stub.seen).toHaveLength(1);
		const other = hostname();
		for (const code of ['node-removed', 'node-removed', 'rate-limited'])
			expect(await failure(keys.alive(session, other))).toMatchObject({ code });
	});

	test('a node that another replica deleted meanwhile is no fault', async () => {
		const name = hostname();
		stub.answer = (request, response) =>
			request.method === 'DELETE' && request.url?.startsWith('/api/v1/node/') === true
				? json(response, { code: 5, message: 'not found' }, 404)
				: json(response, { nodes: [node(name)] });
		await keys.leave(session, name);
		expect(deletions()).toHaveLength(2);
	});
});

describe('the probe of control', () => {
	test('[headscale-unsupported] N15 a Headscale that answers 405 to browsers', async () => {
		stub.answer = (_, response) =>
			response.writeHead(405, { 'content-type': 'text/plain', allow: 'POST' }).end();
		expect(await failure(probeControl(stub.url))).toMatchObject({ code: 'headscale-unsupported' });
	});

	test.each([
		['control-unreachable', 404, 'text/plain'],
		['control-unreachable', 200, 'text/html'],
		['control-unreachable', 302, 'text/html'],
		['control-unreachable', 502, 'text/html']
	])('[%s] %s %s', async (code, status, type) => {
		stub.answer = (_, response) => response.writeHead(status, { 'content-type': type }).end();
		expect(await failure(probeControl(stub.url))).toMatchObject({ code });
	});

	test.each([500, 426, 400])('%s is Headscale', async (status) => {
		stub.answer = (request, response) =>
			request.url === '/version'
				? json(response, { version: 'v0.29.3' })
				: response.writeHead(status).end();
		expect(await probeControl(stub.url)).toEqual({ version: 'v0.29.3', updateReason: null });
	});

	const calls = (version: unknown) =>
		(stub.answer = (request, response) =>
			request.url === '/version'
				? json(response, { version })
				: response.writeHead(500).end('Internal error\n'));

	test.each(['v0.27.1', '0.27.0-beta.1', 'v0.9.3'])(
		'[headscale-too-old] %s, although browsers get through',
		async (version) => {
			calls(version);
			expect(await failure(probeControl(stub.url))).toMatchObject({
				code: 'headscale-too-old',
				params: { version }
			});
		}
	);

	test.each([
		['v0.28.0', /race for one key/],
		['v0.29.2', /closed windows/],
		['v0.29.3', null],
		['v0.30.0-beta.1', null],
		['v1.0.0', null],
		['dev', null],
		[undefined, null]
	])('%s works; there is a reason to update: %s', async (version, reason) => {
		calls(version);
		const found = await probeControl(stub.url);
		expect(found.version).toBe(version ?? 'unknown');
		expect(found.updateReason).toEqual(
			reason === null ? null : (expect.stringMatching(reason) as unknown)
		);
	});
});

describe('K7', () => {
	test('[rate-limited] 20 keys in a minute', async () => {
		stub.answer = (request, response) =>
			json(response, request.url === '/api/v1/preauthkey' ? goodKey() : { users: [] });
		const limited = new KeyIssuer({
			headscale: client,
			hostnames: new Hostnames([new Uint8Array(32).fill(7)]),
			marks: new KeyMarks([new Uint8Array(32).fill(7)]),
			ledger: new KeyLedger(null, makeLogger({ level: 'silent', secrets: [] })),
			isOver: () => false,
			ttlS: TTL_S,
			perPerson: new Rate({ name: 'p', points: 12, durationS: 60 }),
			perAddress: new Rate({ name: 'a', points: 100, durationS: 60 }),
			joins: new Rate({ name: 'j', points: 100, durationS: 60 }),
			missingChecks: new Rate({ name: 'm', points: 2, durationS: 60 }),
			audit: new Audit(makeLogger({ level: 'silent', secrets: [] })),
			log: makeLogger({ level: 'silent', secrets: [] }),
			now: Date.now,
			later: () => () => undefined
		});
		const results = [];
		for (let i = 0; i < 20; i++) results.push(await failure(limited.issue(session, '127.0.0.1')));
		expect(results.filter((result) => result === null)).toHaveLength(12);
		expect(results.at(-1)).toMatchObject({ code: 'rate-limited' });
	});
});

describe('a window that leaves', () => {
	const hostname = () =>
		new Hostnames([new Uint8Array(32).fill(7)]).make({ sid: 's', userId: '7' });
	const node = (name: string) => ({
		id: '5',
		name,
		givenName: name,
		user: { id: '7' },
		preAuthKey: { id: '12', ephemeral: true },
		createdAt: new Date().toISOString()
	});
	/** What the issuer put off, and the stub's answers: 500 to calls that `isDown` names. */
	const leaving = () => {
		const later: { readonly delayMs: number; readonly run: () => void }[] = [];
		const state = { nodes: [] as string[], isDown: false };
		let nowMs = Date.now();
		stub.answer = (request, response) => {
			if (state.isDown) return json(response, { message: 'it broke' }, 500);
			if (request.method === 'GET') return json(response, { nodes: state.nodes.map(node) });
			if (request.url?.startsWith('/api/v1/node/') === true) state.nodes = [];
			return json(response, request.url === '/api/v1/preauthkey' ? goodKey() : {});
		};
		const issuer = new KeyIssuer({
			headscale: client,
			hostnames: new Hostnames([new Uint8Array(32).fill(7)]),
			marks: new KeyMarks([new Uint8Array(32).fill(7)]),
			ledger: new KeyLedger(null, makeLogger({ level: 'silent', secrets: [] })),
			isOver: () => false,
			ttlS: TTL_S,
			perPerson: new Rate({ name: 'p', points: 100, durationS: 60 }),
			perAddress: new Rate({ name: 'a', points: 100, durationS: 60 }),
			joins: new Rate({ name: 'j', points: 100, durationS: 60 }),
			missingChecks: new Rate({ name: 'm', points: 2, durationS: 60 }),
			audit: new Audit(
				makeLogger({ level: 'info', secrets: [], write: (line) => lines.push(line) })
			),
			log: makeLogger({ level: 'silent', secrets: [] }),
			now: () => nowMs,
			later: (delayMs, run) => {
				later.push({ delayMs, run });
				return () => undefined;
			}
		});
		/** Runs what is due next, and waits for the next after it, or for the end. */
		const next = async (isLast = false) => {
			const before = later.length;
			const due = later[before - 1];
			nowMs += due?.delayMs ?? 0;
			due?.run();
			if (isLast) await expect.poll(() => state.nodes).toEqual([]);
			else await expect.poll(() => later.length).toBe(before + 1);
		};
		return { issuer, later, state, next };
	};

	test('K8 while its node is registering: its key is expired at once, and it is looked again', async () => {
		const { issuer, later, state, next } = leaving();
		const issued = await issuer.issue(session, '127.0.0.1');
		stub.seen.length = 0;
		await issuer.leave(session, issued.hostname);
		expect(stub.seen.toSorted()).toEqual(['GET /api/v1/node', 'POST /api/v1/preauthkey/expire']);
		// Within the first five seconds never more than a second apart.
		await next();
		await next();
		state.nodes = [issued.hostname];
		await next(true);
		expect(later.map(({ delayMs }) => delayMs)).toEqual([500, 500, 1_000]);
		await expect.poll(() => lines.join('')).toContain('"ev":"node.removed"');
	});

	test('while Headscale fails: it is looked again, too', async () => {
		const { issuer, later, state, next } = leaving();
		const name = hostname();
		state.nodes = [name];
		state.isDown = true;
		expect(await failure(issuer.leave(session, name))).toMatchObject({ code: 'headscale-refused' });
		expect(later).toHaveLength(1);
		await next();
		state.isDown = false;
		await next(true);
		expect(later).toHaveLength(2);
	});

	test('ended by an admin: told apart from one that left', async () => {
		const { issuer, state } = leaving();
		const name = hostname();
		state.nodes = [name];
		expect(await issuer.remove({ id: '7', name: 'alice' }, name)).toBe(true);
		const removed = lines.find(
			(line) => line.includes('"ev":"node.removed"') && line.includes(name)
		);
		expect(removed).toContain('"by":"admin"');
	});
});
