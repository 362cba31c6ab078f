// An OpenID provider that a test makes lie, one switch a lie, and a sign-in at the built server with it.
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import type { SessionAnswer } from '../../../src/lib/contracts/api';
import type { BareApp } from './bare-app';
import { json, StubServer } from './stub';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

export interface Lies {
	/** Over the discovery document. */
	readonly document?: Readonly<Record<string, unknown>>;
	/** Over the ID token's claims; undefined takes one out. */
	readonly claims?: Readonly<Record<string, unknown>>;
	/** Instead of the ID token. */
	readonly idToken?: (claims: JWTPayload, provider: HostileProvider) => Promise<string> | string;
	/** Instead of the token endpoint's answer: where it sends the client on to. */
	readonly tokenRedirect?: string;
	readonly userinfo?: Readonly<Record<string, unknown>>;
}

export class HostileProvider {
	lies: Lies = {};
	/** What the token endpoint was sent last. */
	tokenRequest: { readonly body: string; readonly authorization: string | undefined } | null = null;
	/** Of the sign-in under way. */
	nonce = '';
	readonly keys: KeyPair;
	readonly #stub: StubServer;

	private constructor(stub: StubServer, keys: KeyPair) {
		this.#stub = stub;
		this.keys = keys;
	}

	static async start(): Promise<HostileProvider> {
		const keys = await generateKeyPair('ES256');
		const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
		const stub = await StubServer.start((_, response) => response.writeHead(404).end());
		const provider = new HostileProvider(stub, keys);
		stub.answer = (request, response, body) => {
			const { issuer, lies } = provider;
			switch (request.url) {
				case '/.well-known/openid-configuration':
					return json(response, {
						issuer,
						authorization_endpoint: `${issuer}/authorize`,
						token_endpoint: `${issuer}/token`,
						jwks_uri: `${issuer}/keys`,
						userinfo_endpoint: `${issuer}/userinfo`,
						...lies.document
					});
				case '/keys':
					return json(response, { keys: [jwk] });
				case '/userinfo':
					return json(response, lies.userinfo ?? { sub: 'alice' });
				case '/token':
					provider.tokenRequest = { body, authorization: request.headers.authorization };
					if (lies.tokenRedirect !== undefined) {
						response.writeHead(307, { location: lies.tokenRedirect }).end();
						return;
					}
					void provider
						.#idToken()
						.then((token) =>
							json(response, { id_token: token, access_token: 'at-1', token_type: 'Bearer' })
						);
					return;
				default:
					response.writeHead(404).end();
			}
		};
		return provider;
	}

	get issuer(): string {
		return this.#stub.url;
	}

	/** Requests so far, `METHOD /path`. */
	get seen(): readonly string[] {
		return this.#stub.seen;
	}

	stop(): Promise<void> {
		return this.#stub.stop();
	}

	sign(claims: JWTPayload, header: { readonly typ?: string } = {}): Promise<string> {
		return new SignJWT(claims)
			.setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
			.sign(this.keys.privateKey);
	}

	/** A whole sign-in from a browser without cookies.
	 *  @param change of the callback's query, by what was sent to the provider */
	async signIn(
		app: BareApp,
		change: (query: URLSearchParams) => void = () => undefined
	): Promise<SignInResult> {
		const started = await app.ask('/auth/login?returnTo=/connect/web-1');
		const sent = new URL(started.headers.location ?? '', app.origin).searchParams;
		const attempt = cookiesOf(started.headers['set-cookie']);
		this.nonce = sent.get('nonce') ?? '';
		const query = new URLSearchParams({ code: 'c-1', state: sent.get('state') ?? '' });
		change(query);
		// A sign-in that did not begin leads back at once.
		const back =
			started.headers.location === '/'
				? started
				: await app.ask(`/auth/callback?${query.toString()}`, { headers: { cookie: attempt } });
		const cookie = cookiesOf([
			...(started.headers['set-cookie'] ?? []),
			...(back.headers['set-cookie'] ?? [])
		]);
		const session = await app.ask('/api/session', { headers: { cookie } });
		return {
			location: back.headers.location ?? '',
			cookie,
			session: session.json() as SessionAnswer,
			texts: [started.text, back.text, session.text].join('\n')
		};
	}

	async #idToken(): Promise<string> {
		const nowS = Math.floor(Date.now() / 1000);
		const told: Readonly<Record<string, unknown>> = {
			iss: this.issuer,
			aud: 'head:tab',
			sub: 'alice',
			iat: nowS,
			exp: nowS + 300,
			nonce: this.nonce,
			email: 'alice@example.com',
			email_verified: true,
			name: 'Alice',
			...this.lies.claims
		};
		const claims: JWTPayload = Object.fromEntries(
			Object.entries(told).filter(([, value]) => value !== undefined)
		);
		return (await this.lies.idToken?.(claims, this)) ?? this.sign(claims);
	}
}

export interface SignInResult {
	/** Where the callback led. */
	readonly location: string;
	/** `Cookie` header of the browser afterwards. */
	readonly cookie: string;
	readonly session: SessionAnswer;
	/** All that the browser was shown. */
	readonly texts: string;
}

/** `alg: none`, which says that nobody has signed. */
export const unsigned = (claims: JWTPayload): string => new UnsecuredJWT(claims).encode();

/** What a browser keeps of these; the later ones count. */
function cookiesOf(lines: readonly string[] | undefined): string {
	const jar = new Map<string, string>();
	for (const line of lines ?? []) {
		const [pair = ''] = line.split(';', 1);
		const at = pair.indexOf('=');
		if (/max-age=0/i.test(line)) jar.delete(pair.slice(0, at));
		else jar.set(pair.slice(0, at), pair.slice(at + 1));
	}
	return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
}
