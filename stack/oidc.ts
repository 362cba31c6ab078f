// A real OpenID provider on loopback (oidc-provider) with the people of the demo tailnet.
// Node; used by the demo and the tests. Its page has textboxes `Login` and `Password` and a button `Sign in`.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { dirname } from 'node:path';
import Provider, {
	errors,
	type Adapter,
	type AdapterPayload,
	type ClientMetadata,
	type JWK
} from 'oidc-provider';
import { errorPage, loginPage, logoutPage, PAGE_CSP, signedOutPage } from './oidc-pages';

/** Someone who can sign in; the password is the login. */
export interface OidcPerson {
	readonly login: string;
	readonly name: string;
	readonly email: string;
	readonly isEmailVerified: boolean;
	readonly groups?: readonly string[];
}

export const PEOPLE: readonly OidcPerson[] = [
	{ login: 'alice', name: 'Alice Adams', email: 'alice@tailnet.example', isEmailVerified: true },
	{ login: 'bob', name: 'Bob Brown', email: 'bob@tailnet.example', isEmailVerified: true },
	{ login: 'carol', name: 'Carol Clark', email: 'carol@tailnet.example', isEmailVerified: true }
];

export interface OidcClient {
	readonly id: string;
	readonly secret: string;
	readonly redirectUris: readonly string[];
	readonly postLogoutRedirectUris?: readonly string[];
	/** Told, server to server, when a sign-in that this client used is over. */
	readonly backchannelLogoutUri?: string;
}

export interface OidcOptions {
	readonly port: number;
	/** Where people and clients reach it, when a proxy stands before it. */
	readonly issuer?: string;
	readonly clients: readonly OidcClient[];
	readonly people?: readonly OidcPerson[];
	/** Keeps the signing and cookie keys, so that sign-ins survive a restart of the demo. */
	readonly keyFile?: string;
}

export interface OidcHandle {
	readonly issuer: string;
	/** Adds or replaces a client. */
	addClient(client: OidcClient): void;
	/** Listens again on the same port, with the same keys; does nothing while it listens. */
	start(): Promise<void>;
	/** Ends every connection and listens no more. Idempotent. */
	stop(): Promise<void>;
}

/** Starts the provider. @throws Error when the port is taken. */
export async function startOidc(options: OidcOptions): Promise<OidcHandle> {
	const issuer = options.issuer ?? `http://127.0.0.1:${String(options.port)}`;
	const people = new Map((options.people ?? PEOPLE).map((person) => [person.login, person]));
	const clients = new Map<string, ClientMetadata>();
	const addClient = (client: OidcClient) => clients.set(client.id, clientMetadata(client));
	for (const client of options.clients) addClient(client);

	const provider = createProvider(issuer, { clients, people, keys: loadKeys(options.keyFile) });
	const callback = provider.callback();
	let server: Server | null = null;

	const handle: OidcHandle = {
		issuer,
		addClient,
		async start() {
			if (server !== null) return;
			const next = createServer((request, response) => {
				void answer({ provider, callback, people, request, response });
			});
			await new Promise<void>((resolve, reject) => {
				next.on('error', reject);
				next.listen(options.port, '127.0.0.1', resolve);
			});
			server = next;
		},
		async stop() {
			const last = server;
			server = null;
			if (last === null) return;
			await new Promise<void>((resolve) => {
				last.close(() => resolve());
				last.closeAllConnections();
			});
		}
	};
	await handle.start();
	return handle;
}

function clientMetadata(client: OidcClient): ClientMetadata {
	return {
		client_id: client.id,
		client_secret: client.secret,
		redirect_uris: [...client.redirectUris],
		post_logout_redirect_uris: [...(client.postLogoutRedirectUris ?? [])],
		grant_types: ['authorization_code'],
		response_types: ['code'],
		token_endpoint_auth_method: 'client_secret_basic',
		id_token_signed_response_alg: 'RS256',
		...(client.backchannelLogoutUri === undefined
			? {}
			: {
					backchannel_logout_uri: client.backchannelLogoutUri,
					backchannel_logout_session_required: true
				})
	};
}

interface Keys {
	readonly jwks: readonly JWK[];
	readonly cookieKeys: readonly string[];
}

function loadKeys(file: string | undefined): Keys {
	if (file !== undefined && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Keys;
	const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
	const jwk = privateKey.export({ format: 'jwk' }) as JWK;
	const kid = createHash('sha256').update(JSON.stringify(jwk)).digest('hex').slice(0, 16);
	const keys: Keys = {
		jwks: [{ ...jwk, use: 'sig', alg: 'RS256', kid }],
		cookieKeys: [randomBytes(32).toString('base64url')]
	};
	if (file !== undefined) {
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
	}
	return keys;
}

interface ProviderParts {
	readonly clients: ReadonlyMap<string, ClientMetadata>;
	readonly people: ReadonlyMap<string, OidcPerson>;
	readonly keys: Keys;
}

function createProvider(issuer: string, { clients, people, keys }: ProviderParts): Provider {
	return new Provider(issuer, {
		adapter: memoryAdapters(clients),
		jwks: { keys: [...keys.jwks] },
		cookies: {
			keys: [...keys.cookieKeys],
			names: { session: '_op', interaction: '_op_i', resume: '_op_r' }
		},
		scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
		claims: {
			openid: ['sub'],
			profile: ['name', 'preferred_username'],
			email: ['email', 'email_verified'],
			groups: ['groups']
		},
		// Scope claims are in the ID token too, as with most hosted providers.
		conformIdTokenClaims: false,
		pkce: { required: () => false },
		features: {
			devInteractions: { enabled: false },
			backchannelLogout: { enabled: true },
			rpInitiatedLogout: {
				enabled: true,
				logoutSource: (ctx, form) => {
					ctx.set('content-security-policy', PAGE_CSP);
					ctx.body = logoutPage(form);
				},
				postLogoutSuccessSource: (ctx) => {
					ctx.set('content-security-policy', PAGE_CSP);
					ctx.body = signedOutPage();
				}
			}
		},
		// Everything here is on loopback, which the provider would not tell of a logout.
		fetch: (url, init) => fetch(url, withoutDispatcher(init)),
		interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
		ttl: {
			AccessToken: 3600,
			AuthorizationCode: 60,
			Grant: 14 * 24 * 3600,
			IdToken: 3600,
			Interaction: 3600,
			Session: 14 * 24 * 3600
		},
		findAccount: (_, sub) => {
			const person = people.get(sub);
			if (person === undefined) return undefined;
			return {
				accountId: sub,
				claims: () => ({
					sub,
					name: person.name,
					preferred_username: person.login,
					email: person.email,
					email_verified: person.isEmailVerified,
					groups: [...(person.groups ?? [])]
				})
			};
		},
		// Nobody is asked for consent: every client is the tailnet's own.
		loadExistingGrant: async (ctx) => {
			const { client, session, provider } = ctx.oidc;
			if (client === undefined || session?.accountId === undefined) return undefined;
			const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
			grant.addOIDCScope('openid profile email groups offline_access');
			await grant.save();
			return grant;
		},
		renderError: (ctx, { error, error_description: description }) => {
			ctx.type = 'html';
			ctx.set('content-security-policy', PAGE_CSP);
			ctx.body = errorPage(error, description ?? '');
		}
	});
}

/** @returns the request without the dispatcher by which the provider keeps to public addresses */
function withoutDispatcher(init: RequestInit = {}): RequestInit {
	return { ...init, dispatcher: undefined } as RequestInit;
}

interface Exchange {
	readonly provider: Provider;
	readonly callback: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
	readonly people: ReadonlyMap<string, OidcPerson>;
	readonly request: IncomingMessage;
	readonly response: ServerResponse;
}

async function answer(exchange: Exchange): Promise<void> {
	const { request, response } = exchange;
	try {
		if (request.url?.startsWith('/interaction/') === true) await interact(exchange);
		else await exchange.callback(request, response);
	} catch (cause) {
		const isStale = cause instanceof errors.SessionNotFound;
		sendPage(response, {
			status: isStale ? 400 : 500,
			page: errorPage(
				isStale ? 'This sign-in has expired' : 'The provider failed',
				isStale ? 'Go back to the app and start again.' : String(cause)
			)
		});
	}
}

/** The sign-in page: shown, sent, or cancelled. */
async function interact({ provider, people, request, response }: Exchange): Promise<void> {
	const details = await provider.interactionDetails(request, response);
	const url = new URL(request.url ?? '/', 'http://loopback');
	if (url.pathname.endsWith('/cancel')) {
		await provider.interactionFinished(
			request,
			response,
			{ error: 'access_denied', error_description: 'The person cancelled the sign-in.' },
			{ mergeWithLastSubmission: false }
		);
		return;
	}
	const client = textParam(details.params['client_id']);
	if (request.method !== 'POST') {
		const page = loginPage({
			uid: details.uid,
			client,
			login: textParam(details.params['login_hint'])
		});
		sendPage(response, { status: 200, page });
		return;
	}
	const form = new URLSearchParams(await readBody(request));
	const login = form.get('login') ?? '';
	const person = people.get(login);
	// Unknown people have no password, not even an empty one.
	if (form.get('password') !== (person?.login ?? null) || person === undefined) {
		const page = loginPage({ uid: details.uid, client, login, isRefused: true });
		sendPage(response, { status: 401, page });
		return;
	}
	await provider.interactionFinished(
		request,
		response,
		{ login: { accountId: person.login, remember: true } },
		{ mergeWithLastSubmission: false }
	);
}

const textParam = (value: unknown): string => (typeof value === 'string' ? value : '');

function sendPage(
	response: ServerResponse,
	{ status, page }: { readonly status: number; readonly page: string }
): void {
	if (response.headersSent) {
		response.end();
		return;
	}
	response.writeHead(status, {
		'content-type': 'text/html; charset=utf-8',
		'content-security-policy': PAGE_CSP,
		'cache-control': 'no-store'
	});
	response.end(page);
}

/** Body of the sign-in form; longer ones are not ours. */
async function readBody(request: IncomingMessage): Promise<string> {
	let body = '';
	for await (const chunk of request) {
		body += String(chunk);
		if (body.length > 4_096) throw new Error('the form is too long');
	}
	return body;
}

/** In memory: clients from the map, everything else until it expires. */
function memoryAdapters(clients: ReadonlyMap<string, ClientMetadata>): (name: string) => Adapter {
	const stored = new Map<string, { payload: AdapterPayload; expiresAtMs: number }>();
	const byUid = new Map<string, string>();
	const byGrant = new Map<string, Set<string>>();

	return (model) => {
		const key = (id: string) => `${model}:${id}`;
		const read = (full: string): AdapterPayload | undefined => {
			const entry = stored.get(full);
			if (entry === undefined || entry.expiresAtMs < Date.now()) {
				stored.delete(full);
				return undefined;
			}
			return entry.payload;
		};
		return {
			async upsert(id, payload, expiresInS) {
				const full = key(id);
				if (model === 'Session' && payload.uid !== undefined) byUid.set(payload.uid, full);
				if (payload.grantId !== undefined) {
					const members = byGrant.get(payload.grantId) ?? new Set();
					byGrant.set(payload.grantId, members.add(full));
				}
				const expiresAtMs = expiresInS ? Date.now() + expiresInS * 1000 : Number.POSITIVE_INFINITY;
				stored.set(full, { payload, expiresAtMs });
			},
			async find(id) {
				if (model === 'Client') {
					const client = clients.get(id);
					return client === undefined ? undefined : { ...client };
				}
				return read(key(id));
			},
			async findByUid(uid) {
				const full = byUid.get(uid);
				return full === undefined ? undefined : read(full);
			},
			findByUserCode: async () => undefined,
			async consume(id) {
				const payload = read(key(id));
				if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1000);
			},
			async destroy(id) {
				stored.delete(key(id));
			},
			async revokeByGrantId(grantId) {
				for (const full of byGrant.get(grantId) ?? []) stored.delete(full);
				byGrant.delete(grantId);
			}
		};
	};
}
