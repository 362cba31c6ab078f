// The door of every request, names of nodes, and what may stand in a log.
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { AppError } from '$lib/contracts/app-error';
import { addressBucket, clientAddress } from '$lib/server/http/address';
import { problem } from '$lib/server/http/answer';
import { checkHost, checkOrigin, checkRequest, hostOf } from '$lib/server/http/guard';
import { plainText } from '$lib/server/http/plain';
import { Rate } from '$lib/server/http/rates';
import { Hostnames } from '$lib/server/keys/hostname';
import { makeLogger } from '$lib/server/log';
import { Secret } from '$lib/server/secret';
import { contentSecurityPolicy, fixedHeaders } from '../../../src/node/headers';
import { configWith, faultsWith } from './environment';

const ORIGIN = 'https://tab.example.com';
const code = (run: () => unknown): string => {
	try {
		run();
		return 'passed';
	} catch (cause) {
		return cause instanceof AppError ? cause.code : 'something else';
	}
};

describe('C5 [origin-refused] what changes something comes from our own page', () => {
	test.each([
		['https://evil.example', undefined],
		['https://tab.example.com.evil.example', undefined],
		['http://tab.example.com', undefined],
		['null', undefined],
		['null', 'same-origin'],
		[undefined, undefined],
		[undefined, 'cross-site'],
		[undefined, 'same-site'],
		[undefined, 'none']
	])('Origin %s, Sec-Fetch-Site %s', (origin, secFetchSite) => {
		for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
			expect(
				code(() => checkOrigin({ method, path: '/api/keys', origin, secFetchSite }, ORIGIN))
			).toBe('origin-refused');
	});

	test('our own passes, and so does reading', () => {
		const own = { origin: ORIGIN, secFetchSite: undefined };
		expect(code(() => checkOrigin({ method: 'POST', path: '/api/keys', ...own }, ORIGIN))).toBe(
			'passed'
		);
		const sameSite = { origin: undefined, secFetchSite: 'same-origin' };
		expect(
			code(() => checkOrigin({ method: 'POST', path: '/api/keys', ...sameSite }, ORIGIN))
		).toBe('passed');
		const none = { origin: undefined, secFetchSite: undefined };
		expect(code(() => checkOrigin({ method: 'GET', path: '/api/keys', ...none }, ORIGIN))).toBe(
			'passed'
		);
	});

	test('a server passes where servers ask, a page of another site does not, and neither elsewhere', () => {
		const asked = (path: string, origin?: string, secFetchSite?: string) =>
			code(() => checkOrigin({ method: 'POST', path, origin, secFetchSite }, ORIGIN));
		expect(asked('/auth/backchannel-logout')).toBe('passed');
		expect(asked('/auth/backchannel-logout', 'https://evil.example')).toBe('origin-refused');
		expect(asked('/auth/backchannel-logout', undefined, 'cross-site')).toBe('origin-refused');
		for (const path of ['/auth/backchannel-logout/', '/auth/logout', '/AUTH/backchannel-logout'])
			expect(asked(path)).toBe('origin-refused');
	});
});

test('[host-refused] another Host is refused, but for monitors', () => {
	const host = (name: string | undefined, path = '/') =>
		code(() => checkHost({ host: name, path }, ORIGIN));
	expect(host('tab.example.com')).toBe('passed');
	expect(host('TAB.example.com:443')).toBe('passed');
	for (const name of [
		'evil.example',
		'tab.example.com:8443',
		'tab.example.com.evil.example',
		'',
		undefined
	])
		expect(host(name)).toBe('host-refused');
	expect(host('10.0.0.7:3000', '/healthz')).toBe('passed');
	expect(host('10.0.0.7:3000', '/readyz')).toBe('passed');
	expect(host('10.0.0.7:3000', '/readyz/x')).toBe('host-refused');
});

test('D7 an origin may be an IPv6 address, and have a port of its own', () => {
	const origin = configWith({ HEADTAB_ORIGIN: 'https://[2001:db8::1]:8443/' }).origin;
	expect(origin).toBe('https://[2001:db8::1]:8443');
	const host = (name: string) => code(() => checkHost({ host: name, path: '/' }, origin));
	expect(host('[2001:db8::1]:8443')).toBe('passed');
	for (const name of [
		'[2001:db8::1]',
		'[2001:db8::1]:443',
		'[2001:db8::2]:8443',
		'2001:db8::1:8443'
	])
		expect(host(name)).toBe('host-refused');
	expect(contentSecurityPolicy({ origin, isSecure: true, connectSources: [] }, [])).toContain(
		"connect-src 'self' wss://[2001:db8::1]:8443;"
	);
	expect(faultsWith({ HEADTAB_ORIGIN: 'https://tab.example.com/ssh' })[0]).toContain(
		'without a path'
	);
});

test('R12 [bad-request] two hosts, or a target that is no path, are refused', () => {
	expect(hostOf({ headersDistinct: { host: ['tab.example.com'] } })).toBe('tab.example.com');
	expect(hostOf({ headersDistinct: {} })).toBeUndefined();
	expect(code(() => hostOf({ headersDistinct: { host: ['tab.example.com', 'evil'] } }))).toBe(
		'bad-request'
	);
	const facts = {
		method: 'GET',
		host: 'tab.example.com',
		origin: undefined,
		secFetchSite: undefined,
		contentLength: undefined,
		transferEncoding: undefined
	};
	for (const path of ['http://evil.example/', 'https://tab.example.com/', '*', ''])
		expect(code(() => checkRequest({ ...facts, path }, ORIGIN))).toBe('bad-request');
	for (const [transferEncoding, result] of [
		['xchunked', 'bad-request'],
		['gzip, chunked', 'bad-request'],
		['Chunked', 'passed'],
		[undefined, 'passed']
	] as const)
		expect(code(() => checkRequest({ ...facts, path: '/', transferEncoding }, ORIGIN))).toBe(
			result
		);
});

test('[bad-request] a body that announces too much is refused before it is read', () => {
	const facts = {
		method: 'POST',
		path: '/api/keys',
		host: 'tab.example.com',
		origin: ORIGIN,
		secFetchSite: undefined,
		transferEncoding: undefined
	};
	expect(code(() => checkRequest({ ...facts, contentLength: '65537' }, ORIGIN))).toBe(
		'bad-request'
	);
	expect(code(() => checkRequest({ ...facts, contentLength: '2' }, ORIGIN))).toBe('passed');
});

test('F7 the address comes from the proxy that was named, counted from its end', () => {
	const from = (header: string | undefined, path = '/api/keys') => ({
		socket: '127.0.0.1',
		path,
		header: () => header
	});
	const config = { addressHeader: 'x-forwarded-for', xffDepth: 1 };
	expect(clientAddress({ addressHeader: null, xffDepth: 1 }, from('1.1.1.1'))).toBe('127.0.0.1');
	expect(clientAddress(config, from('6.6.6.6, 1.1.1.1'))).toBe('1.1.1.1');
	expect(clientAddress({ ...config, xffDepth: 2 }, from('6.6.6.6, 1.1.1.1, 2.2.2.2'))).toBe(
		'1.1.1.1'
	);
	expect(code(() => clientAddress(config, from(undefined)))).toBe('bad-request');
	// The port is of one connection only: counted, each would begin anew.
	for (const [entry, address] of [
		['1.1.1.1:5678', '1.1.1.1'],
		['[2001:db8::5]:5', '2001:db8::5'],
		['[2001:db8::5]', '2001:db8::5'],
		['2001:db8::5', '2001:db8::5']
	] as const)
		expect(clientAddress(config, from(`6.6.6.6, ${entry}`))).toBe(address);
	for (const entry of ['unknown', '1.1.1', '[1.1.1.1', 'for=1.1.1.1', '_hidden:80', ':80'])
		expect(
			code(() => clientAddress(config, from(entry))),
			entry
		).toBe('bad-request');
	// Monitors ask the server itself.
	for (const path of ['/healthz', '/readyz', '/metrics'])
		expect(clientAddress(config, from(undefined, path))).toBe('127.0.0.1');
});

test('people behind one IPv6 /64 share a bucket, IPv4 addresses do not', () => {
	expect(addressBucket('2001:db8:0:1::5')).toBe(addressBucket('2001:0db8:0000:0001:ffff::1'));
	expect(addressBucket('2001:db8:0:2::5')).not.toBe(addressBucket('2001:db8:0:1::5'));
	expect(addressBucket('::1')).toBe('0:0:0:0');
	expect(addressBucket('::ffff:10.0.0.1')).toBe('10.0.0.1');
});

test('K7 L14 [rate-limited] says how long to wait, and counts others apart', async () => {
	vi.useFakeTimers({ toFake: ['Date'] });
	onTestFinished(() => void vi.useRealTimers());
	const rate = new Rate({ name: 'test', points: 2, durationS: 60 });
	await rate.take('a');
	await rate.take('a');
	const error = await rate.take('a').then(
		() => null,
		(cause: unknown) => cause
	);
	expect(error).toMatchObject({ code: 'rate-limited', params: { seconds: '60' } });
	const answer = problem(error instanceof AppError ? error : AppError.of('internal'));
	expect(answer.status).toBe(429);
	expect(answer.headers['retry-after']).toBe('60');
	await rate.take('b');
});

test('foreign text is one plain line', () => {
	expect(plainText('a\r\nb\u0000\u202Ec\u200b<b>' + 'x'.repeat(500))).toBe(
		`a b c <b>${'x'.repeat(500)}`.slice(0, 200)
	);
});

describe('hostnames of nodes', () => {
	const keys = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
	const owner = { sid: 'sid-1', userId: '7' };
	const names = new Hostnames(keys);

	test('are a DNS label, different each time, and known to the login session that made them', () => {
		const name = names.make(owner);
		expect(name).toMatch(/^headtab-[a-z2-7]{8}-[a-z2-7]{8}-[a-z2-7]{10}$/);
		expect(names.make(owner)).not.toBe(name);
		expect(names.isOwn(name, owner)).toBe(true);
		expect(names.isOf(name, '7')).toBe(true);
		expect(names.isOf(name, '8')).toBe(false);
		expect(new Hostnames([...keys].reverse()).isOwn(name, owner)).toBe(true);
	});

	test('are nobody else’s, nor after a change', () => {
		const name = names.make(owner);
		expect(names.isOwn(name, { ...owner, sid: 'sid-2' })).toBe(false);
		expect(names.isOwn(name, { ...owner, userId: '8' })).toBe(false);
		expect(new Hostnames([new Uint8Array(32).fill(3)]).isOwn(name, owner)).toBe(false);
		expect(names.isOwn(`${name.slice(0, -1)}${name.endsWith('a') ? 'b' : 'a'}`, owner)).toBe(false);
		for (const other of ['web-1', 'headtab-x', `${name}-1`, ''])
			expect(names.isOwn(other, owner)).toBe(false);
	});
});

test('no secret stands in a log line, by value or by shape, wherever it came in', () => {
	const lines: string[] = [];
	const secret = new Secret('a "quoted" secret+/=');
	const log = makeLogger({ level: 'trace', secrets: [secret], write: (line) => lines.push(line) });
	log.info(
		{ secret, text: secret.reveal(), err: new Error(`broke: ${secret.reveal()}`) },
		secret.reveal()
	);
	log.info({ key: `hskey-auth-abcdef012345-${'z'.repeat(64)}` }, 'hskey-api-abc-def');
	log.info({ jwt: 'eyJhbGciOiJkaXIi.eyJzdWIiOiJh.c2ln', url: encodeURIComponent(secret.reveal()) });
	const all = lines.join('');
	expect(all).not.toContain('quoted');
	expect(all).not.toMatch(/zzzz|hskey-a[a-z]+-a|eyJ/);
	for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
	expect(`${String(secret)}${JSON.stringify({ secret })}`).toBe('[secret]{"secret":"[secret]"}');
});

test('the policy of every answer allows our own origin and nothing more', () => {
	const relay = contentSecurityPolicy({ origin: ORIGIN, isSecure: true, connectSources: [] }, [
		"'sha256-abc='"
	]);
	expect(relay).toContain("default-src 'none'");
	expect(relay).toContain("script-src 'self' 'wasm-unsafe-eval' 'sha256-abc='");
	expect(relay).toContain("connect-src 'self' wss://tab.example.com;");
	expect(relay).toContain("frame-ancestors 'none'");
	expect(relay).not.toMatch(/'unsafe-eval'|script-src[^;]*'unsafe-inline'/);
	const direct = contentSecurityPolicy(
		{ origin: ORIGIN, isSecure: true, connectSources: ['https://hs.example.com'] },
		[]
	);
	expect(direct).toContain('https://hs.example.com');
	expect(fixedHeaders({ origin: ORIGIN, isSecure: true, connectSources: [] })).toHaveProperty(
		'strict-transport-security'
	);
	expect(
		fixedHeaders({ origin: 'http://127.0.0.1:1', isSecure: false, connectSources: [] })
	).not.toHaveProperty('strict-transport-security');
});
