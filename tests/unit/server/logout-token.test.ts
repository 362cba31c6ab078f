// The provider's logout tokens: which count, and each once. The route over real HTTP with a real provider
// is in tests/integration/server/replicas.test.ts.
import { generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { toAppError } from '$lib/contracts/app-error';
import { SeenTokens, verifyLogoutToken } from '$lib/server/oidc/logout-token';
import type { OidcProvider } from '$lib/server/oidc/provider';

const issuer = 'https://id.example.com';
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const nowS = Date.parse('2026-11-23T12:00:00Z') / 1000;
const now = () => nowS * 1000;
let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let other: Awaited<ReturnType<typeof generateKeyPair>>;
beforeAll(async () => {
	[keys, other] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
});
const provider = {
	config: { issuer, clientId: 'headtab', algorithms: ['ES256'] },
	host: 'id.example.com',
	metadata: () => Promise.resolve({ keys: () => Promise.resolve(keys.publicKey) })
} as unknown as OidcProvider;

const claims = {
	iss: issuer,
	aud: 'headtab',
	iat: nowS,
	exp: nowS + 120,
	jti: 'one',
	events: EVENTS,
	sub: 'alice',
	sid: 'p1'
};
type Changed = Readonly<Record<string, unknown>>;
const make = (changed: Changed = {}, typ = 'logout+jwt', key = keys.privateKey) =>
	new SignJWT({ ...claims, ...changed }).setProtectedHeader({ alg: 'ES256', typ }).sign(key);
const verify = async (token: string | Promise<string>) =>
	verifyLogoutToken(await token, provider, now);

describe('C4 a logout token', () => {
	test('names whose sign-in is over: by sid, by sub, or both', async () => {
		expect(await verify(make())).toEqual({ sub: 'alice', providerSid: 'p1', jti: 'one' });
		expect(await verify(make({ sub: undefined }))).toMatchObject({ sub: null, providerSid: 'p1' });
		expect(await verify(make({ sid: undefined }, 'JWT'))).toMatchObject({
			sub: 'alice',
			providerSid: null
		});
		expect(await verify(make({ exp: undefined }))).toMatchObject({ jti: 'one' });
	});

	test.each<[string, Changed]>([
		['a nonce', { nonce: 'n' }],
		['another audience', { aud: 'other' }],
		['another issuer', { iss: 'https://evil.example' }],
		['no event', { events: undefined }],
		['another event', { events: { 'http://schemas.openid.net/event/other': {} } }],
		['an event that is no object', { events: { [Object.keys(EVENTS)[0] ?? '']: true } }],
		['no jti', { jti: undefined }],
		['neither sub nor sid', { sub: undefined, sid: undefined }],
		['a sub that is no text', { sub: 7 }],
		['an expiry of two minutes ago', { exp: nowS - 120 }],
		['an age of twelve minutes', { iat: nowS - 720, exp: undefined }],
		['a time to come', { iat: nowS + 300 }],
		['no iat', { iat: undefined }]
	])('with %s is refused', async (_, changed) => {
		await expect(verify(make(changed))).rejects.toMatchObject({ code: 'bad-request' });
	});

	test('of another key, of another kind, cut, none: refused', async () => {
		for (const token of [
			make({}, 'logout+jwt', other.privateKey),
			make({}, 'at+jwt'),
			make().then((whole) => whole.slice(0, -3)),
			'',
			'x'.repeat(40_000)
		])
			await expect(verify(token)).rejects.toMatchObject({ code: 'bad-request' });
	});
});

test('C4 each token counts once, and is forgotten when it could not come again', async () => {
	let nowMs = 0;
	const seen = new SeenTokens({ now: () => nowMs, store: null });
	const take = (jti: string): Promise<string> =>
		seen.take({ jti }).then(
			() => 'taken',
			(cause: unknown) => toAppError(cause).code
		);
	expect(await take('a')).toBe('taken');
	expect(await take('a')).toBe('bad-request');
	expect(await take('b')).toBe('taken');
	nowMs = 11 * 60_000;
	expect(await take('a')).toBe('bad-request');
	nowMs = 13 * 60_000;
	expect(await take('a')).toBe('taken');
});
