// ID tokens: what is believed, and every forgery that is not.
import {
	createLocalJWKSet,
	exportJWK,
	generateKeyPair,
	SignJWT,
	UnsecuredJWT,
	type JWTPayload
} from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { AppError } from '$lib/contracts/app-error';
import {
	checkAllowed,
	identityOf,
	verifyIdToken,
	type IdTokenRules
} from '$lib/server/oidc/claims';

const ISSUER = 'https://id.example.com';
const NOW_S = Math.floor(Date.parse('2026-11-23T12:00:00Z') / 1000);
const SECRET = new TextEncoder().encode('the client secret, long enough for HS256');

type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
let key: Key;
let stranger: Key;
let rules: IdTokenRules;

beforeAll(async () => {
	const pair = await generateKeyPair('ES256');
	key = pair.privateKey;
	stranger = (await generateKeyPair('ES256')).privateKey;
	rules = {
		keys: createLocalJWKSet({
			keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' }]
		}),
		issuer: ISSUER,
		clientId: 'headtab',
		algorithms: ['RS256', 'ES256'],
		nonce: 'n-1',
		accessToken: null,
		aheadMs: 0,
		now: () => NOW_S * 1000
	};
});

const good: JWTPayload = {
	iss: ISSUER,
	aud: 'headtab',
	sub: 'alice',
	nonce: 'n-1',
	iat: NOW_S - 1,
	exp: NOW_S + 300
};
const without = (name: string): JWTPayload =>
	Object.fromEntries(Object.entries(good).filter(([claim]) => claim !== name));
const sign = (claims: JWTPayload, options: { kid?: string; by?: Key } = {}) =>
	new SignJWT(claims)
		.setProtectedHeader({ alg: 'ES256', kid: options.kid ?? 'one' })
		.sign(options.by ?? key);

async function refusal(token: string, changes: Partial<IdTokenRules> = {}): Promise<AppError> {
	try {
		await verifyIdToken(token, { ...rules, ...changes });
	} catch (cause) {
		if (cause instanceof AppError) return cause;
		throw cause;
	}
	throw new Error('the token was accepted');
}

test('a good token is believed', async () => {
	expect((await verifyIdToken(await sign(good), rules)).sub).toBe('alice');
	const expiredBy59s = { ...good, iat: NOW_S - 300, exp: NOW_S - 59 };
	expect((await verifyIdToken(await sign(expiredBy59s), rules)).sub).toBe('alice');
	const forTwo = { ...good, aud: ['headtab', 'other'], azp: 'headtab' };
	expect((await verifyIdToken(await sign(forTwo), rules)).sub).toBe('alice');
});

describe('L7 [oidc-token-invalid] each forgery is refused with its own reason in the log', () => {
	const claims: readonly (readonly [string, JWTPayload, RegExp])[] = [
		['wrong aud', { ...good, aud: 'other' }, /aud/],
		['two aud without azp', { ...good, aud: ['headtab', 'other'] }, /azp/],
		['azp of another client', { ...good, azp: 'other' }, /azp/],
		['another issuer', { ...good, iss: 'https://evil.example' }, /iss/],
		['expired by 61 s', { ...good, iat: NOW_S - 300, exp: NOW_S - 61 }, /exp/i],
		['iat in the future', { ...good, iat: NOW_S + 120 }, /iat/],
		['iat long ago', { ...good, iat: NOW_S - 700 }, /iat/],
		['no nonce', without('nonce'), /nonce/],
		['wrong nonce', { ...good, nonce: 'n-2' }, /nonce/],
		['no sub', without('sub'), /sub/],
		['sub of 300 bytes', { ...good, sub: 's'.repeat(300) }, /sub/],
		['no exp', without('exp'), /exp/],
		['no iat', without('iat'), /iat/]
	];
	test.each(claims)('%s', async (_, payload, reason) => {
		const error = await refusal(await sign(payload));
		expect(error.code).toBe('oidc-token-invalid');
		expect(error.params).toEqual({});
		expect(String(error.cause)).toMatch(reason);
	});

	test('alg none', async () => {
		const error = await refusal(new UnsecuredJWT(good).encode());
		expect(error.code).toBe('oidc-token-invalid');
	});

	test('HS256 with the client secret', async () => {
		const token = await new SignJWT(good)
			.setProtectedHeader({ alg: 'HS256', kid: 'one' })
			.sign(SECRET);
		expect(String((await refusal(token)).cause)).toMatch(/alg/i);
	});

	test('another kid, a signature of somebody else, a changed payload, an algorithm that is off', async () => {
		expect((await refusal(await sign(good, { kid: 'two' }))).code).toBe('oidc-token-invalid');
		expect(String((await refusal(await sign(good, { by: stranger }))).cause)).toMatch(/signature/i);
		const [head, , signature] = (await sign(good)).split('.');
		const body = Buffer.from(JSON.stringify({ ...good, sub: 'bob' })).toString('base64url');
		expect((await refusal(`${head ?? ''}.${body}.${signature ?? ''}`)).code).toBe(
			'oidc-token-invalid'
		);
		expect((await refusal(await sign(good), { algorithms: ['RS256'] })).code).toBe(
			'oidc-token-invalid'
		);
	});

	test('larger than 32 KiB, no token at all, an at_hash of another access token', async () => {
		expect((await refusal('x'.repeat(33 * 1024))).code).toBe('oidc-token-invalid');
		expect((await refusal('not a token')).code).toBe('oidc-token-invalid');
		const token = await sign({ ...good, at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' });
		expect(String((await refusal(token, { accessToken: 'at' })).cause)).toMatch(/at_hash/);
	});
});

describe('C8 [oidc-clock-skew] a clock that is wrong', () => {
	const expired = { ...good, iat: NOW_S - 600, exp: NOW_S - 300 };
	const early = { ...good, iat: NOW_S + 600, exp: NOW_S + 900 };

	test.each([
		['ahead of', 600_000, expired],
		['ahead of', 720_000, { ...good, iat: NOW_S - 720, exp: NOW_S + 2_880 }],
		['behind', -600_000, early],
		['behind', -600_000, { ...good, nbf: NOW_S + 600 }]
	])('is told to be %s the provider’s by %s ms', async (direction, aheadMs, payload) => {
		const error = await refusal(await sign(payload), { aheadMs });
		expect(error.code).toBe('oidc-clock-skew');
		expect(error.params).toEqual({ seconds: String(Math.abs(aheadMs) / 1000), direction });
		// What the token was refused for stays in the log.
		expect(String(error.cause)).toMatch(/exp|iat|nbf/);
	});

	test('excuses nothing but times, and is blamed for none where the clocks agree', async () => {
		const code = async (payload: JWTPayload, aheadMs: number | null, by?: Key) =>
			(await refusal(await sign(payload, by === undefined ? {} : { by }), { aheadMs })).code;
		for (const aheadMs of [0, 60_000, -60_000, null])
			expect(await code(expired, aheadMs)).toBe('oidc-token-invalid');
		expect(await code(expired, 600_000, stranger)).toBe('oidc-token-invalid');
		expect(await code({ ...expired, aud: 'other' }, 600_000)).toBe('oidc-token-invalid');
		expect(await code(without('exp'), 600_000)).toBe('oidc-token-invalid');
		expect(await code({ ...good, nonce: 'n-2' }, 600_000)).toBe('oidc-token-invalid');
	});
});

describe('L9 [oidc-claim-refused] allow lists', () => {
	const lists = { allowedDomains: ['example.com'], allowedUsers: [], allowedGroups: [] };
	const person = (claims: Record<string, unknown>) =>
		identityOf(ISSUER, { sub: 'alice', email: 'alice@Example.com', ...claims });
	const refused = (claims: Record<string, unknown>, changes: Partial<typeof lists> = {}) => {
		try {
			checkAllowed(person(claims), claims['groups'], { ...lists, ...changes });
			return null;
		} catch (cause) {
			return cause instanceof AppError ? cause.params['claim'] : 'something else';
		}
	};

	test('email_verified false or absent is refused, true and "true" are not', () => {
		expect(refused({ email_verified: false })).toBe('email_verified');
		expect(refused({})).toBe('email_verified');
		expect(refused({ email_verified: true })).toBeNull();
		expect(refused({ email_verified: 'true' })).toBeNull();
	});

	test('another domain, two @, a domain within another', () => {
		for (const email of [
			'a@evil.example',
			'a@example.com@evil.example',
			'a@evil.example@example.com',
			'a@xexample.com',
			''
		])
			expect(refused({ email, email_verified: true })).toBe('an allowed email');
	});

	test('a sub in the list needs no email; groups are compared exactly', () => {
		expect(
			refused({ email: '' }, { allowedDomains: [], allowedUsers: ['alice'] as never[] })
		).toBeNull();
		const byGroup = { allowedDomains: [], allowedGroups: ['ops'] as never[] };
		expect(refused({ groups: ['dev', 'ops'] }, byGroup)).toBeNull();
		expect(refused({ groups: 'ops' }, byGroup)).toBeNull();
		expect(refused({ groups: ['Ops', 'opsX'] }, byGroup)).toContain('group');
		expect(refused({}, byGroup)).toContain('group');
	});
});
