// Signing in: the sealed cookies, the way out to the provider and back, its tokens.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CompactSign, generateKeyPair } from 'jose';
import { AppError } from '$lib/contracts/app-error';
import { parseReturnPath } from '$lib/contracts/parse';
import { matchIdentity } from '$lib/server/identity/match';
import { checkAllowed, identityOf, verifyIdToken } from '$lib/server/oidc/claims';
import { LoginFlow } from '$lib/server/oidc/flow';
import { verifyLogoutToken } from '$lib/server/oidc/logout-token';
import type { OidcProvider } from '$lib/server/oidc/provider';
import { readCookie } from '$lib/server/session/cookies';
import { LoginSessions, type Identity, type LoginSession } from '$lib/server/session/login-session';
import { configWith, newKey } from '../../unit/server/environment';
import { asJson, hostileText, mutated, shaped } from '../arbitraries';
import { orRefusal } from '../rules';
import { fuzzTarget } from '../target';

const ORIGIN = 'https://tab.example.com';
const ISSUER = 'https://id.example.com';
const NOW_S = Date.parse('2026-11-23T12:00:00Z') / 1000;
const now = (): number => NOW_S * 1000;
const sessions = new LoginSessions({ config: configWith(), now });
const alice: Identity = {
	iss: ISSUER,
	sub: 'alice',
	name: 'Alice',
	email: 'alice@example.com',
	isEmailVerified: true
};
const link = { headscaleUser: { id: '7', name: 'alice' }, linkError: null };
const started = sessions.start(alice, link);
const good = await sessions.seal(started);

/** Up to so many bytes, as a claim is limited. */
const upTo = (bytes: number, text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
	text.filter((value) => Buffer.byteLength(value) <= bytes);

const { privateKey, publicKey } = await generateKeyPair('ES256');
const provider = {
	config: {
		issuer: ISSUER,
		clientId: 'headtab',
		clientSecret: null,
		clientAuth: 'none',
		algorithms: ['ES256'],
		scopes: ['openid']
	},
	host: 'id.example.com',
	metadata: () =>
		Promise.resolve({
			authorizationEndpoint: `${ISSUER}/authorize`,
			tokenEndpoint: `${ISSUER}/token`,
			userinfoEndpoint: `${ISSUER}/userinfo`,
			endSessionEndpoint: null,
			sendsIssuer: false,
			keys: () => Promise.resolve(publicKey)
		}),
	alive: () => provider.metadata()
} as unknown as OidcProvider;
const rules = {
	map: new Map<string, string>(),
	byEmail: true,
	allowedDomains: ['example.com'],
	allowedUsers: ['alice'],
	allowedGroups: ['ops']
};
const flow = new LoginFlow({
	provider,
	rules,
	adminGroups: ['admins'],
	origin: ORIGIN,
	keys: [Buffer.from(newKey(), 'base64')],
	now
});

/** As the callback makes it, of somebody whom Headscale does not know. */
function linkOf(identity: Identity): Pick<LoginSession, 'headscaleUser' | 'linkError'> {
	try {
		return { headscaleUser: matchIdentity(identity, [], rules), linkError: null };
	} catch (cause) {
		if (!(cause instanceof AppError)) throw cause;
		return { headscaleUser: null, linkError: cause.toWire() };
	}
}

/** A token that the provider has signed, whatever is in it. */
const signed = (payload: string, typ: string): Promise<string> =>
	new CompactSign(new TextEncoder().encode(payload))
		.setProtectedHeader({ alg: 'ES256', ...(typ === '' ? {} : { typ }) })
		.sign(privateKey);

const someText = hostileText('alice', 'ops', 'admins', 'alice@example.com', 'headtab', ISSUER);
const someClaims = shaped({
	iss: fc.constant(ISSUER),
	aud: fc.constantFrom<unknown>('headtab', ['headtab', 'other']),
	azp: fc.constant('headtab'),
	sub: someText,
	sid: someText,
	jti: someText,
	nonce: fc.constantFrom('n-1', 'n-2'),
	iat: fc.constantFrom(NOW_S, NOW_S - 1_000, NOW_S + 1_000),
	exp: fc.constantFrom(NOW_S + 300, NOW_S - 300),
	name: someText,
	preferred_username: someText,
	email: someText,
	email_verified: fc.constantFrom<unknown>(true, 'true', false),
	groups: fc.oneof(someText, fc.array(someText, { maxLength: 4 })),
	at_hash: someText,
	events: fc.constant({ 'http://schemas.openid.net/event/backchannel-logout': {} })
});

const cookie = fuzzTarget('session cookie', {
	inputs: [fc.oneof(mutated(fc.constant(good)), hostileText(good, '.', 'A'))],
	check: async (value) => {
		const opened = await sessions.open(value);
		// Spaces and the last bits of base64 may differ; what is sealed may not.
		if (opened !== null) assert.deepEqual(opened.session, started);
		const header = `a=1; x=${value};x=2; ${value}`;
		const read = readCookie(header, 'x');
		assert.ok(read?.includes(';') !== true);
	}
});

const session = fuzzTarget('session round trip', {
	inputs: [
		fc.record({
			iss: fc.constant<string>(ISSUER),
			sub: upTo(
				255,
				someText.filter((text) => text !== '' && !/\p{Cc}/u.test(text))
			),
			name: someText,
			email: someText,
			isEmailVerified: fc.boolean(),
			groups: fc.array(someText, { maxLength: 6 }),
			providerSid: someText
		})
	],
	check: async (identity) => {
		const former = sessions.start(identity, link);
		const begun = sessions.start(identity, linkOf(identity), former);
		const opened = await sessions.open(await sessions.seal(begun));
		assert.ok(opened !== null, 'a session that was just sealed does not open');
		assert.equal(opened.session.sid, begun.sid);
		assert.equal(opened.session.identity.sub, identity.sub);
		for (const group of opened.session.identity.groups ?? [])
			assert.ok(identity.groups.includes(group));
	},
	found: [
		[
			// As long as each may be, in letters of three and four bytes: no cookie has room for it.
			{
				...alice,
				sub: '\u6f22'.repeat(85),
				name: '\u6f22'.repeat(200),
				email: '\u{1f600}'.repeat(254),
				groups: ['\u6f22'.repeat(130), '\u6f22'.repeat(130), '\u6f22'.repeat(130)],
				providerSid: '\u6f22'.repeat(255)
			}
		]
	]
});

const returnPath = fuzzTarget('return path', {
	inputs: [hostileText('/', 'connect/web-1', '?user=root', '/.//evil.example', '\u6f22', ORIGIN)],
	check: async (text) => {
		const path = parseReturnPath(text, ORIGIN);
		assert.equal(new URL(path, ORIGIN).origin, ORIGIN);
		assert.match(path, /^\/(?!\/)[\x21-\x7e]*$/);
		assert.equal(parseReturnPath(path, ORIGIN), path, 'read twice it is another path');
		// It travels in the attempt's cookie, which has to fit into a browser.
		await flow.begin(text);
	},
	// Written out it has nine letters for each of these.
	found: [[`/connect/web-1?user=${'\u6f22'.repeat(2_000)}`]]
});

const answers = fc.record({
	status: fc.constantFrom(200, 200, 200, 400, 401, 500),
	body: fc.oneof(
		shaped({
			id_token: fc.constant('the token'),
			access_token: someText,
			token_type: fc.constant('Bearer'),
			error: hostileText('invalid_grant', 'invalid_client'),
			sub: fc.constant('alice')
		}).map(asJson),
		hostileText('{', '}', '<html>')
	)
});

const callback = fuzzTarget('sign-in callback', {
	inputs: [
		fc.array(
			fc.tuple(
				fc.constantFrom('state', 'code', 'iss', 'error', 'error_description', 'session_state'),
				fc.oneof(
					{ weight: 3, arbitrary: fc.constant('good') },
					{ weight: 1, arbitrary: hostileText('access_denied', 'server_error', ISSUER) }
				)
			),
			{ maxLength: 5 }
		),
		mutated(fc.constant('sealed')),
		answers,
		someClaims.map(asJson)
	],
	check: async (params, sealedHow, answer, claims) => {
		const start = await flow.begin('/connect/web-1');
		const asked = new URL(start.url).searchParams;
		const goods: Readonly<Record<string, string>> = {
			state: asked.get('state') ?? '',
			code: 'code-1',
			iss: ISSUER
		};
		const query = new URLSearchParams(
			params.map(([name, value]) => [name, value === 'good' ? (goods[name] ?? 'good') : value])
		);
		const attemptId = LoginFlow.attemptId(query);
		assert.ok(attemptId === null || /^[A-Za-z0-9_-]{8}$/.test(attemptId));
		const token = await signed(claims.replaceAll('n-1', asked.get('nonce') ?? ''), '');
		const real = globalThis.fetch;
		globalThis.fetch = () =>
			Promise.resolve(
				new Response(answer.body.replaceAll('the token', token), { status: answer.status })
			);
		try {
			const sealed = sealedHow === 'sealed' ? start.sealed : sealedHow;
			const result = await orRefusal(() => flow.finish(query, sealed));
			if (result === null) return;
			assert.equal(result.returnTo, '/connect/web-1');
			assert.equal(query.get('state'), goods['state']);
			assert.ok(sealedHow === 'sealed' && answer.status === 200);
		} finally {
			globalThis.fetch = real;
		}
	}
});

const idToken = fuzzTarget('ID token', {
	inputs: [
		fc.oneof(someClaims.map(asJson), hostileText('{', '}', '"sub":"a"')),
		fc.option(fc.integer({ min: -7_200_000, max: 7_200_000 }))
	],
	check: async (payload, aheadMs) => {
		const claims = await orRefusal(
			async () =>
				verifyIdToken(await signed(payload, ''), {
					keys: () => Promise.resolve(publicKey),
					issuer: ISSUER,
					clientId: 'headtab',
					algorithms: ['ES256'],
					nonce: 'n-1',
					accessToken: 'access',
					aheadMs,
					now
				}),
			['oidc-token-invalid', 'oidc-clock-skew']
		);
		if (claims === null) return;
		const identity = identityOf(ISSUER, claims);
		assert.ok(identity.sub !== '' && identity.name !== '');
		await orRefusal(() => checkAllowed(identity, claims['groups'], rules), ['oidc-claim-refused']);
		// Whoever may sign in gets a cookie that opens.
		const opened = await sessions.open(
			await sessions.seal(sessions.start(identity, linkOf(identity)))
		);
		assert.equal(opened?.session.identity.sub, identity.sub);
	}
});

const logoutToken = fuzzTarget('logout token', {
	inputs: [
		fc.oneof(someClaims.map(asJson), hostileText('{', '}')),
		fc.oneof(fc.constantFrom('logout+jwt', 'JWT', ''), hostileText('jwt'))
	],
	check: async (payload, typ) => {
		const token = await orRefusal(
			async () => verifyLogoutToken(await signed(payload, typ), provider, now),
			['bad-request']
		);
		if (token === null) return;
		assert.ok(token.sub !== null || token.providerSid !== null, 'it names nobody');
		const claims = JSON.parse(payload) as Readonly<Record<string, unknown>>;
		assert.ok(!('nonce' in claims), 'an ID token ends a sign-in');
		assert.equal(claims['iss'], ISSUER);
	}
});

const rawToken = fuzzTarget('token text', {
	inputs: [
		fc.oneof(
			mutated(fc.constant(await signed('{}', 'JWT'))),
			hostileText('.', 'eyJhbGciOiJub25lIn0', 'e30')
		)
	],
	check: async (text) => {
		const none = await orRefusal(() => verifyLogoutToken(text, provider, now), ['bad-request']);
		assert.equal(none, null, 'it counts without a signature of the provider');
	}
});

export const LOGIN_TARGETS = [
	cookie,
	session,
	returnPath,
	callback,
	idToken,
	logoutToken,
	rawToken
];
