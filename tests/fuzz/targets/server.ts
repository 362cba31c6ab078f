// What the server parses besides: Headscale's answers, who is who there, the relay's door, settings, addresses.
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { pino } from 'pino';
import { isErrorCode } from '$lib/contracts/errors';
import { RELAY_HANDSHAKE_MAX_BYTES } from '$lib/contracts/limits';
import type { DerpMap } from '$lib/contracts/wasm';
import { checkDerpMap } from '$lib/server/agent/derp-map';
import { ConfigFault, isLoopbackHost, loadConfig } from '$lib/server/config/load';
import { SETTINGS } from '$lib/server/config/schema';
import { parsePolicyText, reachesSsh } from '$lib/server/doctor/policy';
import { HeadscaleClient } from '$lib/server/headscale/client';
import { addressBucket, clientAddress } from '$lib/server/http/address';
import { matchIdentity } from '$lib/server/identity/match';
import { providerId } from '$lib/server/identity/provider-id';
import { Hostnames } from '$lib/server/keys/hostname';
import { KeyMarks } from '$lib/server/keys/mark';
import { RelayTargets } from '$lib/server/relay/targets';
import { Relay } from '$lib/server/relay/upgrade';
import { Secret } from '$lib/server/secret';
import { parseEndedEntry } from '$lib/server/session/ended';
import { LoginSessions } from '$lib/server/session/login-session';
import { configWith, goodEnvironment } from '../../unit/server/environment';
import golden from '../../unit/server/provider-id.golden.json';
import { asJson, hostileText, hostileValue, mutated, shaped } from '../arbitraries';
import { orRefusal } from '../rules';
import { fuzzTarget } from '../target';

const ORIGIN = 'https://tab.example.com';
const now = (): number => Date.parse('2026-11-23T12:00:00Z');
const config = configWith();
const log = pino({ enabled: false });

const someSub = fc.oneof(
	fc.constantFrom(...golden.map(({ sub }) => sub)),
	mutated(fc.constantFrom(...golden.map(({ sub }) => sub))),
	hostileText('a', 'alice', '/', '|', '%2F', '\u00e9')
);
const providerIds = fuzzTarget('provider id', {
	inputs: [someSub, someSub],
	check: (one, other) => {
		const [a, b] = [
			providerId('https://id.example.com', one),
			providerId('https://id.example.com', other)
		];
		if (a.ok) assert.match(a.id, /^https:\/\/id\.example\.com\/[\x21-\x7e]+$/);
		if (a.ok && b.ok && one !== other) assert.notEqual(a.id, b.id, 'two people have one id');
		const known = golden.find(({ iss, sub }) => iss === 'https://id.example.com' && sub === one);
		if (known !== undefined) assert.deepEqual(a, { ok: true, id: known.id });
	},
	found: [
		// Go reads either as U+FFFD, so Headscale takes three people for one.
		['\ud800', '\ufffd'],
		['a\udc00', 'a\ud800']
	]
});

const someId = fc.oneof(fc.constantFrom('1', '7', '18446744073709551615', 7), hostileValue);
const text = hostileText('alice', 'headtab-', 'oidc', 'https://id.example.com/alice');
const someUser = shaped({
	id: someId,
	name: text,
	displayName: text,
	email: fc.constantFrom('alice@example.com', ''),
	providerId: fc.constantFrom('https://id.example.com/alice', ''),
	provider: fc.constantFrom('oidc', '')
});
const someTime = fc.oneof(
	fc.constantFrom('2026-11-23T12:05:00.123456Z', '0001-01-01T00:00:00Z', ''),
	mutated(fc.constant('2026-11-23T12:05:00.123456Z'))
);
const someKey = shaped({
	id: someId,
	key: text,
	user: someUser,
	reusable: fc.boolean(),
	ephemeral: fc.boolean(),
	used: fc.boolean(),
	expiration: someTime,
	createdAt: someTime,
	aclTags: fc.array(fc.oneof(text, hostileValue), { maxLength: 3 })
});
const someNode = shaped({
	id: someId,
	name: text,
	givenName: text,
	user: someUser,
	online: fc.boolean(),
	createdAt: someTime,
	lastSeen: someTime,
	expiry: someTime,
	preAuthKey: someKey,
	tags: fc.array(fc.oneof(text, hostileValue), { maxLength: 3 })
});
const listOf = (item: fc.Arbitrary<unknown>) => fc.array(item, { maxLength: 3 });
const someAnswer = shaped({
	users: listOf(someUser),
	user: someUser,
	nodes: listOf(someNode),
	node: someNode,
	preAuthKeys: listOf(someKey),
	preAuthKey: someKey,
	apiKeys: listOf(shaped({ prefix: text, expiration: someTime })),
	policy: text,
	// Errors of both shapes: grpc-gateway's, and RFC 7807's.
	code: fc.constantFrom(2, 5, 16),
	message: text,
	details: fc.constant([]),
	type: fc.constant('about:blank'),
	title: text,
	status: fc.constant(404),
	detail: text
});
const alice = {
	iss: 'https://id.example.com',
	sub: 'alice',
	name: 'Alice',
	email: 'alice@example.com',
	isEmailVerified: true
};
const marks = new KeyMarks(config.sessionKeys);
const hostnames = new Hostnames(config.sessionKeys);

const headscale = fuzzTarget('Headscale answers', {
	inputs: [
		fc.constantFrom(200, 200, 200, 201, 400, 401, 404, 500, 502),
		fc.oneof(
			{ weight: 8, arbitrary: someAnswer.map(asJson) },
			{ weight: 1, arbitrary: mutated(someAnswer.map(asJson)) },
			{ weight: 1, arbitrary: hostileText('{"users":[', '<html>', '401 Unauthorized') }
		)
	],
	check: async (status, body) => {
		const real = globalThis.fetch;
		globalThis.fetch = () => Promise.resolve(new Response(body, { status }));
		try {
			const client = new HeadscaleClient({
				url: 'https://headscale.example.com',
				apiKey: new Secret('hskey-api-x'),
				log,
				now
			});
			const codes = ['headscale-refused', 'headscale-key-refused'] as const;
			const users = await orRefusal(() => client.users(), codes);
			if (users !== null)
				await orRefusal(() => matchIdentity(alice, users, { map: new Map(), byEmail: true }));
			for (const node of (await orRefusal(() => client.nodes(), codes)) ?? []) {
				assert.match(node.id, /^\d{1,20}$/);
				hostnames.isOf(node.hostname, node.userId);
				hostnames.isAgent(node.hostname);
			}
			await orRefusal(() => client.node('7'), codes);
			for (const key of (await orRefusal(() => client.keys(), codes)) ?? []) marks.isOurs(key);
			await orRefusal(() => client.apiKeys(), codes);
			await orRefusal(() => client.policy(), codes);
			await orRefusal(
				() =>
					client.createKey({
						owner: { userId: '7' },
						isEphemeral: true,
						expiration: '2026-11-23T12:05:00Z'
					}),
				codes
			);
		} finally {
			globalThis.fetch = real;
		}
	},
	found: [[200, '{"preAuthKeys":[{"id":"1","aclTags":[{"toString":null}]}]}']]
});

const policy = fuzzTarget('policy text', {
	inputs: [
		fc.oneof(
			shaped({
				acls: listOf(
					shaped({ src: listOf(text), dst: listOf(hostileText('*:22', ':', '20-30', ',')) })
				),
				grants: listOf(
					shaped({ src: listOf(text), ip: listOf(hostileText('tcp:22', '22-', '*')) })
				),
				groups: shaped({ 'group:a': listOf(text) }),
				ssh: listOf(shaped({ users: listOf(text) }))
			}).map(asJson),
			hostileText('{', '}', '[', ']', '/*', '*/', '//', '"acls":', ',')
		),
		fc.integer({ min: 0, max: 60_000 })
	],
	check: (written, depth) => {
		for (const whole of [written, '['.repeat(depth) + written]) {
			const found = parsePolicyText(whole);
			if (found !== null) reachesSsh(found, { user: 'headtab-agent', tag: null });
		}
	},
	found: [['', 60_000]]
});

const sessions = new LoginSessions({ config, now });
const derp = [{ region: 999, origin: 'https://headscale.example.com' }];
const refusals: string[] = [];
const relay = new Relay({
	origin: ORIGIN,
	sessionCookie: '__Host-headtab',
	sessions,
	targets: new RelayTargets({ headscaleUrl: 'https://headscale.example.com', derp }),
	audit: {
		write: (_event: string, _isOk: boolean, fields: object) => refusals.push(asJson(fields))
	} as never,
	log,
	now,
	total: 10
});

const upgrade = fuzzTarget('relay upgrade', {
	inputs: [
		hostileText(
			'/relay/',
			'ts2021',
			'/relay/derp/999',
			'derp/',
			'999',
			'?X-Tailscale-Handshake=',
			'?node=',
			'&',
			'x'.repeat(RELAY_HANDSHAKE_MAX_BYTES)
		),
		fc.constantFrom('GET', 'POST', 'get'),
		fc.record(
			{
				host: fc.oneof(fc.constant('tab.example.com'), hostileText('tab.example.com', ':443')),
				origin: fc.oneof(fc.constant(ORIGIN), hostileText(ORIGIN, 'null')),
				cookie: hostileText('__Host-headtab=', ';', 'a.b.c.d.e'),
				'sec-websocket-protocol': hostileText('derp', 'tailscale-control-protocol', ',')
			},
			{ requiredKeys: [] }
		)
	],
	check: async (url, method, headers) => {
		const written: Buffer[] = [];
		const socket = new Duplex({
			read: () => undefined,
			write: (chunk: Buffer, _encoding, done) => {
				written.push(chunk);
				done();
			}
		});
		const headersDistinct = Object.fromEntries(
			Object.entries(headers).map(([name, value]) => [name, [value]])
		);
		const from = { remoteAddress: '192.0.2.1' };
		const request = { url, method, headers, headersDistinct, socket: from };
		refusals.length = 0;
		await relay.upgrade(request as unknown as IncomingMessage, socket, Buffer.alloc(0));
		const answer = Buffer.concat(written).toString('utf8');
		const [head = '', ...more] = answer.split('\r\n\r\n');
		assert.match(head, /^HTTP\/1\.1 4\d\d Refused\r\n/);
		const code = /\r\nx-headtab-code: ([a-z-]+)\r\n/.exec(head)?.[1];
		assert.ok(isErrorCode(code) && code !== 'internal', `refused with ${String(code)}`);
		assert.equal(head.split('\r\n').length, 6, 'a header of the stranger’s');
		assert.ok(more.length === 1);
		assert.equal(relay.size, 0);
		assert.equal(refusals.length, 1);
	}
});

const someHost = fc.oneof(
	fc.constantFrom('derp.example.com', 'derp.example.com.', '127.0.0.1', '0x7f.1', 'LOCALHOST'),
	hostileText('derp', '.', 'example.com', '127.0.0.1', 'localhost', '0x7f', '[::1]', ':443', '@')
);
const derpMap = fuzzTarget('DERP map', {
	inputs: [
		fc.array(
			fc.record({
				id: fc.oneof(fc.integer({ min: -1, max: 70_000 }), fc.double()),
				code: text,
				nodes: fc.array(
					fc.record({
						host: someHost,
						port: fc.oneof(fc.constant(443), fc.integer(), fc.double()),
						isInsecure: fc.boolean()
					}),
					{ maxLength: 3 }
				)
			}),
			{ maxLength: 4 }
		)
	],
	check: (regions) => {
		const map: DerpMap = { regions };
		const checked = checkDerpMap(map, { isLoopback: false, isHttp: false });
		const targets = new RelayTargets(
			{ headscaleUrl: 'https://hs.example', derp, isDerpSet: false },
			() => Promise.resolve(0)
		);
		void targets.learn(checked.regions);
		for (const { id, origins } of checked.regions) {
			for (const origin of origins) {
				const url = new URL(origin);
				assert.equal(url.protocol, 'https:');
				assert.ok(!isLoopbackHost(url.hostname) && !url.hostname.startsWith('127.'), origin);
				assert.equal(url.origin, origin);
			}
			assert.equal(targets.byPath(`/relay/derp/${String(id)}`)?.region, id);
		}
	}
});

const setting = fc.constantFrom(...SETTINGS.filter((name) => !/_FILE$|STATE_DIR/.test(name)));
const environment = fuzzTarget('configuration', {
	inputs: [
		fc.dictionary(
			fc.oneof(
				{ weight: 6, arbitrary: setting },
				{ weight: 1, arbitrary: hostileText('HEADTAB_', 'ORIGIN').map((name) => name.slice(0, 40)) }
			),
			hostileText(
				'https://',
				'http://',
				'redis://:p%ss@valkey:6379',
				'tab.example.com',
				'true',
				'999=https://derp.example.com',
				'openid',
				'ES256',
				'none',
				'60',
				',',
				'sub=user',
				'id:7'
			),
			{ maxKeys: 6 }
		),
		fc.boolean()
	],
	check: (changes, isWhole) => {
		// As the kernel hands it over: no NUL in it, and whole characters.
		const given = Object.fromEntries(
			Object.entries(changes).map(([name, value]) => [
				name,
				value.replaceAll('\0', '').toWellFormed()
			])
		);
		try {
			const loaded = loadConfig({ ...(isWhole ? goodEnvironment() : {}), ...given });
			assert.equal(new URL(loaded.origin).origin, loaded.origin);
			new RelayTargets(loaded);
			for (const secret of loaded.secrets) secret.reveal();
		} catch (cause) {
			if (!(cause instanceof ConfigFault)) throw cause;
			assert.ok(cause.lines.length > 0, 'a fault that says nothing');
			const secret = given['HEADTAB_HEADSCALE_API_KEY'];
			if (secret !== undefined && secret.trim().length > 20)
				assert.ok(!cause.lines.some((line) => line.includes(secret)), 'it prints a secret');
		}
	}
});

const address = fuzzTarget('client address', {
	inputs: [
		hostileText(
			'192.0.2.1',
			', ',
			'2001:db8::1',
			'[2001:db8::1]:5',
			'::ffff:192.0.2.1',
			'%eth0',
			'::'
		),
		fc.integer({ min: 1, max: 10 })
	],
	check: async (header, xffDepth) => {
		const found = await orRefusal(
			() =>
				clientAddress(
					{ addressHeader: 'x-forwarded-for', xffDepth },
					{ socket: '192.0.2.9', path: '/', header: () => header }
				),
			['bad-request']
		);
		if (found === null) return;
		assert.notEqual(isIP(found), 0);
		assert.match(addressBucket(found), /^[0-9a-f.:]+$/i);
	}
});

const replica = fuzzTarget('words of another replica', {
	inputs: [
		shaped({
			kind: fc.constantFrom('sid', 'person', 'provider', 'unnamed'),
			id: text,
			beforeMs: fc.double(),
			untilMs: fc.double()
		})
	],
	check: (value) => {
		const entry = parseEndedEntry(value);
		if (entry !== null) assert.ok(['sid', 'person', 'provider', 'unnamed'].includes(entry.kind));
	}
});

export const SERVER_TARGETS = [
	providerIds,
	headscale,
	policy,
	upgrade,
	derpMap,
	environment,
	address,
	replica
];
