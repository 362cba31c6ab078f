// What went wrong in the sign-ins of the neighbours, tried on the built server with a provider that lies.
// docs/ADVISORIES.md says which test is whose.
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { BARE_CLIENT_SECRET, BareApp } from './bare-app';
import { HostileProvider, unsigned, type Lies } from './hostile-provider';
import { json, StubServer } from './stub';

let provider: HostileProvider;
let headscale: StubServer;
let users: readonly Readonly<Record<string, string>>[];
let app: BareApp;
/** Lets in whose verified address is of this domain. */
let appOfDomain: BareApp;

beforeAll(async () => {
	provider = await HostileProvider.start();
	headscale = await StubServer.start((request, response) => {
		if (request.url === '/api/v1/user') json(response, { users });
		else response.writeHead(404).end();
	});
	const parts = { headscaleUrl: headscale.url, issuer: provider.issuer };
	const env = { HEADTAB_LOGINS_PER_MIN: '300' };
	[app, appOfDomain] = await Promise.all([
		BareApp.start({ ...parts, env }),
		BareApp.start({ ...parts, env: { ...env, HEADTAB_ALLOWED_DOMAINS: 'example.com' } })
	]);
});
afterAll(async () => {
	await Promise.all([app.stop(), appOfDomain.stop()]);
	await Promise.all([provider.stop(), headscale.stop()]);
});
const known = (changes: Readonly<Record<string, string>> = {}) => ({
	id: '7',
	name: 'alice',
	email: 'alice@example.com',
	providerId: `${provider.issuer}/alice`,
	provider: 'oidc',
	...changes
});
beforeAll(() => {
	users = [known()];
});
afterEach(() => {
	provider.lies = {};
	users = [known()];
});

/** Signs in with a lie. @returns the code that the person is told, null when it was believed */
async function toldOf(lies: Lies, of = app): Promise<string | null> {
	provider.lies = lies;
	const { session } = await provider.signIn(of);
	expect(session.person === null).toBe(session.loginError !== null);
	return session.loginError?.code ?? null;
}

test('an honest sign-in is let in', async () => {
	const { session, location } = await provider.signIn(app);
	expect(session.person?.headscaleUser).toBe('alice');
	expect(location).toBe('/connect/web-1');
});

test('like CVE-2018-1340, CVE-2021-43999: what the provider did not sign, for us, now, is not believed', async () => {
	const nowS = Math.floor(Date.now() / 1000);
	const forgeries: readonly Lies[] = [
		{ idToken: (claims) => unsigned(claims) },
		{
			idToken: (claims) =>
				new SignJWT(claims)
					.setProtectedHeader({ alg: 'HS256', kid: 'one' })
					.sign(new TextEncoder().encode(BARE_CLIENT_SECRET.padEnd(32, ' ')))
		},
		{
			// Signed, then changed.
			idToken: async (claims, { sign }) => {
				const [head = '', , signature = ''] = (await sign.call(provider, claims)).split('.');
				const body = Buffer.from(JSON.stringify({ ...claims, sub: 'bob' })).toString('base64url');
				return `${head}.${body}.${signature}`;
			}
		},
		{ claims: { aud: 'another-app' } },
		{ claims: { iss: 'https://evil.example' } },
		{ claims: { iat: nowS - 3600, exp: nowS - 1800 } }
	];
	for (const lies of forgeries) expect(await toldOf(lies)).toBe('oidc-token-invalid');
	expect(await toldOf({})).toBeNull();
});

test('like jose’s defaults: a token without exp, or for several with no word that it is for us, is refused', async () => {
	expect(await toldOf({ claims: { exp: undefined } })).toBe('oidc-token-invalid');
	expect(await toldOf({ claims: { aud: ['head:tab', 'other'] } })).toBe('oidc-token-invalid');
	expect(await toldOf({ claims: { aud: ['head:tab', 'other'], azp: 'other' } })).toBe(
		'oidc-token-invalid'
	);
	expect(await toldOf({ claims: { aud: ['head:tab', 'other'], azp: 'head:tab' } })).toBeNull();
});

test('like arctic 3.7.0: the nonce is checked, id and secret are form-encoded, no redirect takes them elsewhere', async () => {
	expect(await toldOf({ claims: { nonce: 'another' } })).toBe('oidc-token-invalid');
	expect(await toldOf({ claims: { nonce: undefined } })).toBe('oidc-token-invalid');
	expect(await toldOf({})).toBeNull();
	const [, credentials = ''] = provider.tokenRequest?.authorization?.split(' ') ?? [];
	expect(Buffer.from(credentials, 'base64').toString()).toBe(
		'head%3Atab:a%3Ab%25%2B%2F%3D+%C3%BC%26'
	);
	const evil = await StubServer.start((_, response) => json(response, {}));
	expect(await toldOf({ tokenRedirect: `${evil.url}/token` })).toBe('oidc-client-refused');
	expect(evil.seen).toEqual([]);
	await evil.stop();
});

test('like Headplane’s issuer that only warns: a provider with another name than the configured one is asked nothing', async () => {
	const fresh = await BareApp.start({ headscaleUrl: headscale.url, issuer: `${provider.issuer}/` });
	try {
		const before = provider.seen.length;
		expect(await toldOf({}, fresh)).toBe('oidc-issuer-mismatch');
		const asked = provider.seen.slice(before);
		expect(asked.every((line) => line.includes('.well-known'))).toBe(true);
	} finally {
		await fresh.stop();
	}
});

test('like Warpgate CVE-2026-44347: the state is this browser’s, once, and each parameter stands there once', async () => {
	const refused = async (change: (query: URLSearchParams) => void) => {
		const { session } = await provider.signIn(app, change);
		expect(session.person).toBeNull();
		expect(session.loginError?.code).toBe('oidc-state-invalid');
	};
	const other = new URL(
		(await app.ask('/auth/login')).headers.location ?? '',
		app.origin
	).searchParams.get('state');
	await refused((query) => query.set('state', other ?? ''));
	await refused((query) => query.delete('state'));
	await refused((query) => query.set('state', `${query.get('state') ?? ''}x`));
	await refused((query) => query.append('state', query.get('state') ?? ''));
	await refused((query) => query.append('code', 'c-2'));
	await refused((query) => query.delete('code'));
	await refused((query) => query.set('iss', 'https://evil.example'));
	expect(
		(await provider.signIn(app, (query) => query.set('iss', provider.issuer))).session.person
	).not.toBeNull();
});

test('like Warpgate CVE-2023-37268, CVE-2023-48712: the person is who the token names, whatever else claims otherwise', async () => {
	users = [known(), known({ id: '8', name: 'bob', providerId: `${provider.issuer}/bob` })];
	// Names and addresses are the person's own to choose.
	provider.lies = {
		claims: { preferred_username: 'bob', name: 'bob', email: 'bob@example.com', groups: ['admins'] }
	};
	const { session, cookie } = await provider.signIn(app);
	expect(session.person?.headscaleUser).toBe('alice');
	const admin = await app.ask('/api/admin/windows', { headers: { cookie } });
	expect(admin.json()).toMatchObject({ code: 'admin-only' });
	// Userinfo of somebody else completes nothing.
	expect(await toldOf({ claims: { email: undefined }, userinfo: { sub: 'bob' } })).toBe(
		'oidc-token-invalid'
	);
});

test('like Headplane’s fallback to email, Headscale 0.23: no email makes a person somebody’s user', async () => {
	users = [
		known({ providerId: '', provider: '' }),
		known({ id: '8', providerId: `${provider.issuer}/other` })
	];
	for (const isVerified of [true, false, undefined]) {
		provider.lies = { claims: { email_verified: isVerified } };
		const { session } = await provider.signIn(app);
		expect(session.person?.headscaleUser).toBeNull();
		expect(session.linkError?.code).toBe('identity-no-headscale-user');
	}
});

test('like Headplane’s sub by its last part: the same sub of another issuer is another person', async () => {
	users = [
		known({ providerId: 'https://other.example/alice' }),
		known({ id: '8', providerId: `${provider.issuer}/realm/alice` }),
		known({ id: '9', providerId: 'alice' })
	];
	const { session } = await provider.signIn(app);
	expect(session.person?.headscaleUser).toBeNull();
	expect(session.linkError?.params['claim']).toContain('another issuer');
});

test('like oauth2-proxy CVE-2026-40574: an address with two @ is in no domain', async () => {
	for (const email of [
		'mallory@evil.example@example.com',
		'mallory@example.com@evil.example',
		'"mallory@example.com"@evil.example',
		'mallory@evil.example,alice@example.com',
		'mallory@evilexample.com',
		'mallory@sub.example.com',
		'example.com'
	])
		expect(await toldOf({ claims: { email } }, appOfDomain), email).toBe('oidc-claim-refused');
	expect(await toldOf({ claims: { email: 'alice@EXAMPLE.com' } }, appOfDomain)).toBeNull();
	expect(await toldOf({ claims: { email_verified: false } }, appOfDomain)).toBe(
		'oidc-claim-refused'
	);
});

test('like TS-2025-004: people of one mail domain share nothing', async () => {
	users = [known({ email: 'alice@example.com' })];
	provider.lies = { claims: { sub: 'mallory', email: 'mallory@example.com' } };
	const { session, cookie } = await provider.signIn(appOfDomain);
	expect(session.person).toMatchObject({ email: 'mallory@example.com', headscaleUser: null });
	const key = await appOfDomain.ask('/api/keys', {
		method: 'POST',
		body: '{}',
		headers: { cookie }
	});
	expect(key.json()).toMatchObject({ code: 'identity-no-headscale-user' });
});

test('like Warpgate CVE-2026-58491: what the provider says is text, and short', async () => {
	const script = '<script>alert(1)</script>';
	provider.lies = { claims: { name: script, email: `${script}@example.com` } };
	const { session } = await provider.signIn(app);
	expect(session.person?.name).toBe(script);
	const { session: failed, texts } = await provider.signIn(app, (query) => {
		query.delete('code');
		query.set('error', script);
		query.set('error_description', `${script}${'x'.repeat(5000)}`);
	});
	expect(failed.loginError?.code).toBe('oidc-login-refused');
	expect((failed.loginError?.params['reason'] ?? '').length).toBeLessThan(300);
	// JSON, never HTML of the provider's words.
	expect(texts.length).toBeLessThan(10_000);
});

test('C4 a logout that the provider tells while a sign-in comes back from it ends that sign-in, too', async () => {
	let status = 0;
	provider.lies = {
		claims: { sid: 'p-1' },
		idToken: async (claims, of) => {
			const { nonce: _, ...rest } = claims;
			const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
			const token = await of.sign({ ...rest, events, jti: 'j-race' });
			const told = await app.ask('/auth/backchannel-logout', {
				method: 'POST',
				body: new URLSearchParams({ logout_token: token }).toString(),
				headers: { origin: null, 'content-type': 'application/x-www-form-urlencoded' }
			});
			status = told.status;
			return of.sign(claims);
		}
	};
	const { session, location } = await provider.signIn(app);
	expect([status, location]).toEqual([200, '/connect/web-1']);
	expect(session.person).toBeNull();
	provider.lies = {};
	expect((await provider.signIn(app)).session.person).not.toBeNull();
});

test('like Termix CVE-2026-42452: a logout token signs nobody in, an ID token signs nobody out', async () => {
	const events = { 'http://schemas.openid.net/event/backchannel-logout': {} };
	expect(
		await toldOf({
			idToken: ({ nonce: _, ...claims }, of) =>
				of.sign({ ...claims, events, jti: 'j-1' }, { typ: 'logout+jwt' })
		})
	).toBe('oidc-token-invalid');
	provider.lies = {};
	const { cookie } = await provider.signIn(app);
	const nowS = Math.floor(Date.now() / 1000);
	const claims = {
		iss: provider.issuer,
		aud: 'head:tab',
		sub: 'alice',
		iat: nowS,
		exp: nowS + 300
	};
	const tell = async (token: string) =>
		app.ask('/auth/backchannel-logout', {
			method: 'POST',
			body: new URLSearchParams({ logout_token: token }).toString(),
			headers: { origin: null, 'content-type': 'application/x-www-form-urlencoded' }
		});
	const person = async () =>
		((await app.ask('/api/session', { headers: { cookie } })).json() as { person: object | null })
			.person;
	for (const token of [
		await provider.sign({ ...claims, nonce: 'n' }),
		await provider.sign({ ...claims, nonce: 'n', events, jti: 'j-2' })
	])
		expect((await tell(token)).status).toBe(400);
	expect(await person()).not.toBeNull();
	expect((await tell(await provider.sign({ ...claims, events, jti: 'j-3' }))).status).toBe(200);
	expect(await person()).toBeNull();
});
