// Sign-in against a provider that can be made to fail in every way: one switch a fault.
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeLogger } from '$lib/server/log';
import { LoginFlow, type LoginStart } from '$lib/server/oidc/flow';
import { OidcProvider } from '$lib/server/oidc/provider';
import { Secret } from '$lib/server/secret';
import type { ClientAuth, IdentityConfig } from '$lib/server/config/schema';
import { deadUrl, failure, json, StubServer, type Answer } from './stub';

const ORIGIN = 'https://tab.example.com';
/** Every character that a header of RFC 6749 could trip over. */
const SECRET = 'a:b%+/= ü&';
type Key = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

interface Faults {
	document?: Record<string, unknown>;
	discovery?: Answer;
	token?: Answer;
	claims?: JWTPayload;
	userinfo?: Record<string, unknown>;
	userinfoStatus?: number;
	keysStatus?: number;
	/** What the provider's clock tells; ours is `nowMs`. */
	providerMs?: number;
	hasNoDate?: boolean;
}

let stub: StubServer;
let faults: Faults;
let nowMs: number;
let keyId: string;
let key: Key;
let publicKeys: object[];
let nonce: string;
let tokenBodies: { readonly body: string; readonly authorization: string | undefined }[];
const now = () => nowMs;
const rules: IdentityConfig = {
	map: new Map(),
	byEmail: false,
	allowedDomains: [],
	allowedUsers: [],
	allowedGroups: []
};

async function newKey(id: string): Promise<void> {
	const pair = await generateKeyPair('ES256');
	keyId = id;
	key = pair.privateKey;
	publicKeys = [{ ...(await exportJWK(pair.publicKey)), kid: id, alg: 'ES256', use: 'sig' }];
}

const idToken = () =>
	new SignJWT({
		nonce,
		email: 'alice@example.com',
		email_verified: true,
		name: 'Alice',
		...faults.claims
	})
		.setProtectedHeader({ alg: 'ES256', kid: keyId })
		.setIssuer(stub.url)
		.setAudience('head:tab')
		.setSubject('alice')
		.setIssuedAt(Math.floor((faults.providerMs ?? nowMs) / 1000))
		.setExpirationTime(Math.floor((faults.providerMs ?? nowMs) / 1000) + 300)
		.sign(key);

beforeEach(async () => {
	faults = {};
	nowMs = Date.now();
	tokenBodies = [];
	await newKey('one');
	stub = await StubServer.start((request, response, body) => {
		const path = request.url ?? '';
		if (path.startsWith('/.well-known/')) {
			if (faults.discovery !== undefined) return faults.discovery(request, response, body);
			return json(response, {
				issuer: stub.url,
				authorization_endpoint: `${stub.url}/authorize`,
				token_endpoint: `${stub.url}/token`,
				jwks_uri: `${stub.url}/keys`,
				userinfo_endpoint: `${stub.url}/userinfo`,
				end_session_endpoint: `${stub.url}/end`,
				...faults.document
			});
		}
		if (path === '/keys') return json(response, { keys: publicKeys }, faults.keysStatus);
		if (path === '/userinfo')
			return json(response, faults.userinfo ?? { sub: 'alice' }, faults.userinfoStatus);
		if (path === '/token') {
			tokenBodies.push({ body, authorization: request.headers.authorization });
			if (faults.token !== undefined) return faults.token(request, response, body);
			if (faults.providerMs !== undefined)
				response.setHeader('date', new Date(faults.providerMs).toUTCString());
			if (faults.hasNoDate === true) response.sendDate = false;
			void idToken().then((token) =>
				json(response, { id_token: token, access_token: 'at-1', token_type: 'Bearer' })
			);
			return;
		}
		response.writeHead(404).end();
	});
});
afterEach(() => stub.stop());

function makeFlow(
	options: {
		issuer?: string;
		auth?: ClientAuth;
		rules?: Partial<IdentityConfig>;
		adminGroups?: readonly string[];
	} = {}
) {
	const provider = new OidcProvider({
		config: {
			issuer: options.issuer ?? stub.url,
			clientId: 'head:tab',
			clientSecret: options.auth === 'none' ? null : new Secret(SECRET),
			clientAuth: options.auth ?? 'basic',
			scopes: ['openid', 'email'],
			algorithms: ['RS256', 'ES256']
		},
		log: makeLogger({ level: 'silent', secrets: [] }),
		now
	});
	return new LoginFlow({
		provider,
		rules: { ...rules, ...options.rules },
		adminGroups: options.adminGroups ?? [],
		origin: ORIGIN,
		keys: [new Uint8Array(32).fill(9)],
		now
	});
}

/** The provider's answer to an attempt. */
function callback(start: LoginStart, changes: Record<string, string> = {}): URLSearchParams {
	const sent = new URL(start.url).searchParams;
	nonce = sent.get('nonce') ?? '';
	return new URLSearchParams({ code: 'c-1', state: sent.get('state') ?? '', ...changes });
}

async function signIn(flow: LoginFlow, changes: Record<string, string> = {}) {
	const start = await flow.begin('/connect/web-1');
	return flow.finish(callback(start, changes), start.sealed);
}

test('a sign-in: PKCE S256, state and nonce, exact redirect, form-encoded Basic credentials', async () => {
	const flow = makeFlow();
	const start = await flow.begin('/connect/web-1?user=root');
	const sent = new URL(start.url).searchParams;
	expect(sent.get('code_challenge_method')).toBe('S256');
	expect(sent.get('redirect_uri')).toBe(`${ORIGIN}/auth/callback`);
	expect(sent.get('response_type')).toBe('code');
	const result = await flow.finish(callback(start), start.sealed);
	expect(result).toEqual({
		identity: {
			iss: stub.url,
			sub: 'alice',
			name: 'Alice',
			email: 'alice@example.com',
			isEmailVerified: true
		},
		returnTo: '/connect/web-1?user=root'
	});
	const [request] = tokenBodies;
	const credentials = Buffer.from(request?.authorization?.split(' ')[1] ?? '', 'base64').toString();
	expect(credentials).toBe('head%3Atab:a%3Ab%25%2B%2F%3D+%C3%BC%26');
	const body = new URLSearchParams(request?.body);
	expect(body.get('code_verifier')).toMatch(/^[A-Za-z0-9_-]{43,}$/);
	expect(body.has('client_secret')).toBe(false);
});

test('client_secret_post and a public client send what they should', async () => {
	await signIn(makeFlow({ auth: 'post' }));
	await signIn(makeFlow({ auth: 'none' }));
	const [post, none] = tokenBodies.map(({ body }) => new URLSearchParams(body));
	expect(post?.get('client_secret')).toBe(SECRET);
	expect(none?.has('client_secret')).toBe(false);
	expect(none?.get('client_id')).toBe('head:tab');
	expect(tokenBodies.every(({ authorization }) => authorization === undefined)).toBe(true);
});

describe('L1 [oidc-provider-unreachable] a provider that is away', () => {
	test.each<[string, Answer]>([
		['5xx', (_, response) => response.writeHead(503).end('down')],
		['a web page', (_, response) => response.writeHead(200).end('<html>')],
		['a redirect', (_, response) => response.writeHead(302, { location: '/other' }).end()],
		['cut', (_, response) => response.destroy()],
		['300 KB', (_, response) => response.writeHead(200).end('x'.repeat(300 * 1024))]
	])('discovery answers: %s; later it is found', async (_, discovery) => {
		faults.discovery = discovery;
		const flow = makeFlow();
		expect(await failure(flow.begin('/'))).toMatchObject({
			code: 'oidc-provider-unreachable',
			params: { provider: new URL(stub.url).host }
		});
		delete faults.discovery;
		nowMs += 5_000;
		expect((await flow.begin('/')).url).toContain(`${stub.url}/authorize`);
	});

	test('nobody listens; a crowd asks once', async () => {
		expect(await failure(makeFlow({ issuer: await deadUrl() }).begin('/'))).toMatchObject({
			code: 'oidc-provider-unreachable'
		});
		faults.discovery = (_, response) => response.writeHead(503).end();
		const flow = makeFlow();
		await Promise.all(Array.from({ length: 20 }, () => failure(flow.begin('/'))));
		await failure(flow.begin('/'));
		expect(stub.seen.filter((line) => line.includes('.well-known'))).toHaveLength(1);
	});
});

test.each([
	['a slash more', () => `${stub.url}/`],
	['https for http', () => stub.url.replace('http:', 'https:')],
	['another host', () => 'https://evil.example'],
	['none', () => undefined]
])('L2 [oidc-issuer-mismatch] discovery names %s: no token is asked for', async (_, issuer) => {
	faults.document = { issuer: issuer() };
	const error = await failure(makeFlow().begin('/'));
	expect(error).toMatchObject({ code: 'oidc-issuer-mismatch', params: { expected: stub.url } });
	expect(tokenBodies).toEqual([]);
});

describe('L3 [oidc-state-invalid] a callback that was not asked for', () => {
	test('without its cookie, with a wrong or doubled state, with another attempt’s cookie', async () => {
		const flow = makeFlow();
		const [start, other] = [await flow.begin('/'), await flow.begin('/')];
		const bad: [URLSearchParams, string | undefined][] = [
			[callback(start), undefined],
			[callback(start), 'junk'],
			[callback(start), other.sealed],
			[callback(start, { state: `${start.attemptId}.${'x'.repeat(43)}` }), start.sealed],
			[callback(start, { state: '' }), start.sealed],
			[new URLSearchParams(`${callback(start).toString()}&state=x`), start.sealed],
			[new URLSearchParams({ state: callback(start).get('state') ?? '' }), start.sealed]
		];
		for (const [query, cookie] of bad)
			expect(await failure(flow.finish(query, cookie))).toMatchObject({
				code: 'oidc-state-invalid'
			});
		expect(tokenBodies).toEqual([]);
	});

	test('11 minutes late', async () => {
		const flow = makeFlow();
		const start = await flow.begin('/');
		nowMs += 11 * 60_000;
		expect(await failure(flow.finish(callback(start), start.sealed))).toMatchObject({
			code: 'oidc-state-invalid'
		});
	});

	test('replayed: the provider refuses the code the second time', async () => {
		faults.token = (_, response) => json(response, { error: 'invalid_grant' }, 400);
		expect(await failure(signIn(makeFlow()))).toMatchObject({ code: 'oidc-state-invalid' });
	});
});

describe('L4 [oidc-login-refused] the provider says no', () => {
	test('a known reason is ours; 5 KB of HTML become one short line', async () => {
		const description = `<script>alert(1)</script>\r\n${'x'.repeat(5000)}`;
		const error = await failure(
			signIn(makeFlow(), { error: 'access_denied', error_description: description })
		);
		expect(error).toMatchObject({ code: 'oidc-login-refused' });
		const { reason = '' } = (error as { params: Record<string, string> }).params;
		expect(reason).toMatch(/^access was denied/);
		expect(reason).not.toMatch(/[\r\n]/);
		expect(reason.length).toBeLessThan(260);
	});

	test('an unknown one is not repeated', async () => {
		const error = await failure(signIn(makeFlow(), { error: '<b>evil</b>' }));
		expect(String(error)).toContain('not in the standard');
		expect(String(error)).not.toContain('evil');
	});
});

describe('L5 the issuer in the callback (RFC 9207)', () => {
	test('of another provider is refused; the right one passes; missing though announced is refused', async () => {
		expect(await failure(signIn(makeFlow(), { iss: 'https://evil.example' }))).toMatchObject({
			code: 'oidc-state-invalid'
		});
		faults.document = { authorization_response_iss_parameter_supported: true };
		expect(await failure(signIn(makeFlow()))).toMatchObject({ code: 'oidc-state-invalid' });
		expect((await signIn(makeFlow(), { iss: stub.url })).identity.sub).toBe('alice');
	});
});

describe('L6 [oidc-client-refused] token answers that are none', () => {
	test.each<[string, Answer, string]>([
		[
			'invalid_client',
			(_, response) => json(response, { error: 'invalid_client' }, 401),
			'client secret'
		],
		[
			'a web page',
			(_, response) => response.writeHead(200).end('<html>secret page</html>'),
			'no token'
		],
		['a redirect', (_, response) => response.writeHead(302, { location: '/x' }).end(), 'no token'],
		['300 KB', (_, response) => response.writeHead(200).end('x'.repeat(300 * 1024)), 'no token'],
		['no ID token', (_, response) => json(response, { access_token: 'a' }), 'no ID token'],
		['a strange error', (_, response) => json(response, { error: 'weird' }, 400), 'weird']
	])('%s', async (_, token, reason) => {
		faults.token = token;
		const error = await failure(signIn(makeFlow()));
		expect(error).toMatchObject({ code: 'oidc-client-refused' });
		expect(String(error)).toContain(reason);
		expect(String(error)).not.toContain('secret page');
	});

	test('L1 a hanging one is given up, and so is a discovery that hangs', async () => {
		const flow = makeFlow();
		const start = await flow.begin('/');
		faults.token = () => undefined;
		faults.discovery = () => undefined;
		const ends = await Promise.all([
			failure(flow.finish(callback(start), start.sealed)),
			failure(makeFlow().begin('/'))
		]);
		for (const end of ends) expect(end).toMatchObject({ code: 'oidc-provider-unreachable' });
	});
});

test('L7 a token with another nonce is refused through the whole flow', async () => {
	faults.claims = { nonce: 'other' };
	expect(await failure(signIn(makeFlow()))).toMatchObject({ code: 'oidc-token-invalid' });
});

test('L8 rotated keys are found by one look; 100 unknown keys cause no more in 30 s', async () => {
	const flow = makeFlow();
	const looks = () => stub.seen.filter((line) => line === 'GET /keys').length;
	// Only the clock is moved: jose counts its 30 s by it.
	vi.useFakeTimers({ toFake: ['Date'] });
	try {
		await signIn(flow);
		expect(looks()).toBe(1);
		vi.advanceTimersByTime(31_000);
		await newKey('two');
		expect((await signIn(flow)).identity.sub).toBe('alice');
		expect(looks()).toBe(2);
		for (let i = 0; i < 100; i++) {
			keyId = `random-${String(i)}`;
			// Each sign-in finds the provider anew, and its keys are the same ones.
			nowMs += 100;
			expect(await failure(signIn(flow))).toMatchObject({ code: 'oidc-token-invalid' });
		}
		expect(looks()).toBe(2);
	} finally {
		vi.useRealTimers();
	}
});

test('L8 [oidc-provider-unreachable] keys that the provider cannot give now say nothing about a token', async () => {
	faults.keysStatus = 503;
	const flow = makeFlow();
	expect(await failure(signIn(flow))).toMatchObject({ code: 'oidc-provider-unreachable' });
	delete faults.keysStatus;
	expect((await signIn(flow)).identity.sub).toBe('alice');
});

test('C8 [oidc-clock-skew] a server whose clock is ten minutes wrong says so, and signs in when it is set', async () => {
	const flow = makeFlow();
	const trueMs = nowMs;
	for (const [aheadMs, direction] of [
		[600_000, 'ahead of'],
		[-600_000, 'behind']
	] as const) {
		nowMs = trueMs + aheadMs;
		faults.providerMs = trueMs;
		const error = await failure(signIn(flow));
		expect(error).toMatchObject({ code: 'oidc-clock-skew', params: { direction } });
		const { params } = error as { params: Record<string, string> };
		expect(Math.abs(Number(params['seconds']) - 600)).toBeLessThanOrEqual(1);
		expect(String(error)).toContain(`${direction} the sign-in provider’s`);
		// Without the other clock nothing can be said of ours.
		faults.hasNoDate = true;
		delete faults.providerMs;
		faults.claims = { nbf: Math.floor(nowMs / 1000) + 600 };
		expect(await failure(signIn(flow))).toMatchObject({ code: 'oidc-token-invalid' });
		faults = {};
	}
	nowMs = trueMs;
	expect((await signIn(flow)).identity.sub).toBe('alice');
});

describe('userinfo', () => {
	test('completes what the token lacks, and must be the same person’s', async () => {
		faults.claims = { email: undefined, email_verified: undefined };
		faults.userinfo = { sub: 'alice', email: 'a@example.com', email_verified: true };
		expect((await signIn(makeFlow())).identity).toMatchObject({
			email: 'a@example.com',
			isEmailVerified: true
		});
		faults.userinfo = { sub: 'bob', email: 'b@example.com' };
		expect(await failure(signIn(makeFlow()))).toMatchObject({ code: 'oidc-token-invalid' });
	});

	test.each([429, 503])(
		'[oidc-provider-unreachable] %s: nobody is refused for what it did not tell, others come in',
		async (userinfoStatus) => {
			faults.userinfoStatus = userinfoStatus;
			faults.claims = { email: undefined };
			for (const options of [
				{ rules: { allowedDomains: ['example.com'] } },
				{ rules: { allowedGroups: ['ops'] } },
				{ adminGroups: ['ops'] }
			])
				expect(await failure(signIn(makeFlow(options)))).toMatchObject({
					code: 'oidc-provider-unreachable'
				});
			expect((await signIn(makeFlow())).identity.sub).toBe('alice');
		}
	);

	test('is asked for groups where only admins are known by them', async () => {
		faults.userinfo = { sub: 'alice', groups: ['Domain Admins'] };
		const signedIn = await signIn(makeFlow({ adminGroups: ['Domain Admins'] }));
		expect(signedIn.identity.isGroupAdmin).toBe(true);
		expect((await signIn(makeFlow())).identity.isGroupAdmin).toBeUndefined();
	});
});

test.each([
	'//evil.example',
	'/\\evil.example',
	'https:evil',
	'/%0d%0aX: y',
	`/${'x'.repeat(8192)}`
])('L11 returnTo %j leads to /', async (returnTo) => {
	const flow = makeFlow();
	const start = await flow.begin(returnTo);
	expect((await flow.finish(callback(start), start.sealed)).returnTo).toBe('/');
});

test('L13 two sign-ins at once both work', async () => {
	const flow = makeFlow();
	const [one, two] = [await flow.begin('/a'), await flow.begin('/b')];
	expect((await flow.finish(callback(two), two.sealed)).returnTo).toBe('/b');
	expect((await flow.finish(callback(one), one.sealed)).returnTo).toBe('/a');
	expect(one.attemptId).not.toBe(two.attemptId);
});

test('signing out leads to the provider’s page, or stays here when the provider is away', async () => {
	expect(await makeFlow().logoutUrl()).toBe(
		`${stub.url}/end?client_id=head%3Atab&post_logout_redirect_uri=${encodeURIComponent(`${ORIGIN}/`)}`
	);
	expect(await makeFlow({ issuer: await deadUrl() }).logoutUrl()).toBeNull();
});
