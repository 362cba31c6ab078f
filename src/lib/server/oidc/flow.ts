// One sign-in: to the provider with code + PKCE + state + nonce, back with a code, to a person.
// Server only; the auth routes call begin() and finish() and own the cookies. `arctic` builds the
// authorization URL and reads the token answer; the requests are our own, with limits.
import { randomBytes } from 'node:crypto';
import { CodeChallengeMethod, generateCodeVerifier, OAuth2Client, OAuth2Tokens } from 'arctic';
import type { JWTPayload } from 'jose';
import { AppError } from '$lib/contracts/app-error';
import { LOGIN_ATTEMPT_TTL_S, OIDC_BODY_MAX_BYTES, OIDC_TIMEOUT_MS } from '$lib/contracts/limits';
import { isRecord, parseReturnPath } from '$lib/contracts/parse';
import type { IdentityConfig } from '../config/schema';
import { dateMs, FetchFault, guardedFetch, parseJson, type GuardedAnswer } from '../http/fetch';
import { plainText } from '../http/plain';
import { isEqual } from '../secret';
import type { Identity } from '../session/login-session';
import { Sealer } from '../session/seal';
import { authenticate } from './client-auth';
import { checkAllowed, groupsAmong, identityOf, isInGroup, verifyIdToken } from './claims';
import type { OidcProvider, ProviderMetadata } from './provider';

/** The provider's texts for refusals (RFC 6749 4.1.2.1, OpenID Connect 3.1.2.6) in ours. */
const REFUSALS: ReadonlyMap<string, string> = new Map([
	['access_denied', 'access was denied'],
	['login_required', 'you have to sign in there first'],
	['consent_required', 'consent was not given'],
	['interaction_required', 'it wanted to ask you something'],
	['account_selection_required', 'no account was chosen'],
	['unauthorized_client', 'this app may not use it'],
	['invalid_scope', 'it does not know a scope that was asked for'],
	['invalid_request', 'it did not understand the request'],
	['unsupported_response_type', 'it does not offer the code flow'],
	['server_error', 'it had a fault of its own'],
	['temporarily_unavailable', 'it is overloaded, try again soon']
]);

export interface LoginStart {
	/** Where the browser goes. */
	readonly url: string;
	/** Names the attempt's cookie. */
	readonly attemptId: string;
	/** Value of that cookie. */
	readonly sealed: string;
}

export interface LoginResult {
	readonly identity: Identity;
	/** A path of our own origin. */
	readonly returnTo: string;
}

export class LoginFlow {
	readonly #provider: OidcProvider;
	readonly #rules: IdentityConfig;
	readonly #adminGroups: readonly string[];
	readonly #origin: string;
	readonly #sealer: Sealer;
	readonly #now: () => number;

	constructor(options: {
		readonly provider: OidcProvider;
		readonly rules: IdentityConfig;
		readonly adminGroups?: readonly string[];
		readonly origin: string;
		readonly keys: readonly Uint8Array[];
		readonly now: () => number;
	}) {
		this.#provider = options.provider;
		this.#rules = options.rules;
		this.#adminGroups = options.adminGroups ?? [];
		this.#origin = options.origin;
		this.#now = options.now;
		this.#sealer = new Sealer({ keys: options.keys, purpose: 'login', now: options.now });
	}

	get #redirectUri(): string {
		return `${this.#origin}/auth/callback`;
	}

	/** Starts an attempt.
	 *  @param returnTo where the person wanted to go; checked here
	 *  @throws AppError `oidc-provider-unreachable` | `oidc-issuer-mismatch` */
	async begin(returnTo: string | null): Promise<LoginStart> {
		const metadata = await this.#provider.alive();
		const { clientId, scopes } = this.#provider.config;
		const attemptId = randomBytes(6).toString('base64url');
		const secret = randomBytes(32).toString('base64url');
		const nonce = randomBytes(32).toString('base64url');
		const verifier = generateCodeVerifier();
		const client = new OAuth2Client(clientId, null, this.#redirectUri);
		const url = client.createAuthorizationURLWithPKCE(
			metadata.authorizationEndpoint,
			`${attemptId}.${secret}`,
			CodeChallengeMethod.S256,
			verifier,
			[...scopes]
		);
		url.searchParams.set('nonce', nonce);
		const sealed = await this.#sealer.seal(
			{
				typ: 'login',
				st: secret,
				n: nonce,
				v: verifier,
				to: parseReturnPath(returnTo, this.#origin)
			},
			Math.floor(this.#now() / 1000) + LOGIN_ATTEMPT_TTL_S
		);
		return { url: url.href, attemptId, sealed };
	}

	/** Which attempt a callback belongs to; null when its `state` is none of ours. */
	static attemptId(query: URLSearchParams): string | null {
		const match = /^([A-Za-z0-9_-]{8})\.[A-Za-z0-9_-]{43}$/.exec(query.get('state') ?? '');
		return match?.[1] ?? null;
	}

	/** Ends an attempt: the callback's query and the attempt's cookie make a person.
	 *  @throws AppError with an `oidc-*` code */
	async finish(query: URLSearchParams, sealed: string | undefined): Promise<LoginResult> {
		const stateInvalid = (reason: string) =>
			AppError.of('oidc-state-invalid', {}, { cause: new Error(reason) });
		for (const name of ['state', 'code', 'iss', 'error']) {
			if (query.getAll(name).length > 1) throw stateInvalid(`${name} given twice`);
		}
		const attempt = (await this.#sealer.open(sealed))?.payload;
		if (attempt?.['typ'] !== 'login')
			throw stateInvalid(
				sealed === undefined ? 'no attempt cookie' : 'attempt cookie damaged or too old'
			);
		const { st, n: nonce, v: verifier, to } = attempt;
		if (typeof st !== 'string' || typeof nonce !== 'string' || typeof verifier !== 'string')
			throw stateInvalid('attempt cookie of another shape');
		if (!isEqual(query.get('state')?.split('.')[1], st))
			throw stateInvalid('state is not the one that was sent');

		const metadata = await this.#provider.metadata();
		const iss = query.get('iss');
		// RFC 9207: an answer of another provider must not be finished with this one.
		if (iss === null ? metadata.sendsIssuer : iss !== this.#provider.config.issuer)
			throw stateInvalid(iss === null ? 'iss is missing' : 'iss is another provider’s');

		const error = query.get('error');
		if (error !== null) throw this.#refused(error, query.get('error_description'));
		const code = query.get('code');
		if (code === null || code === '' || code.length > 4096) throw stateInvalid('no code');

		const tokens = await this.#exchange(metadata, { code, verifier });
		const claims = await verifyIdToken(tokens.idToken, {
			keys: metadata.keys,
			issuer: this.#provider.config.issuer,
			clientId: this.#provider.config.clientId,
			algorithms: this.#provider.config.algorithms,
			nonce,
			accessToken: tokens.accessToken,
			aheadMs: tokens.aheadMs,
			now: this.#now
		});
		const complete = await this.#withUserinfo(claims, metadata, tokens.accessToken);
		const identity = identityOf(this.#provider.config.issuer, complete);
		checkAllowed(identity, complete['groups'], this.#rules);
		const isGroupAdmin = isInGroup(complete['groups'], this.#adminGroups);
		const { allowedGroups } = this.#rules;
		return {
			identity: {
				...identity,
				...(isGroupAdmin ? { isGroupAdmin } : {}),
				...(allowedGroups.length === 0
					? {}
					: { groups: groupsAmong(complete['groups'], allowedGroups) })
			},
			returnTo: parseReturnPath(typeof to === 'string' ? to : null, this.#origin)
		};
	}

	/** Where the browser goes to end the provider's session, too; null when it offers none. */
	async logoutUrl(): Promise<string | null> {
		try {
			const { endSessionEndpoint } = await this.#provider.metadata();
			if (endSessionEndpoint === null) return null;
			const url = new URL(endSessionEndpoint);
			url.searchParams.set('client_id', this.#provider.config.clientId);
			url.searchParams.set('post_logout_redirect_uri', `${this.#origin}/`);
			return url.href;
		} catch (cause) {
			// Signing out here must work while the provider is away.
			if (cause instanceof AppError) return null;
			throw cause;
		}
	}

	#refused(error: string, description: string | null): AppError {
		const known = REFUSALS.get(error) ?? 'it gave a reason that is not in the standard';
		const detail = plainText(description ?? '');
		return AppError.of('oidc-login-refused', {
			reason: detail === '' ? known : `${known} (“${detail}”)`
		});
	}

	async #exchange(
		metadata: ProviderMetadata,
		{ code, verifier }: { readonly code: string; readonly verifier: string }
	): Promise<{
		readonly idToken: string;
		readonly accessToken: string | null;
		/** Our clock less the provider's. */
		readonly aheadMs: number | null;
	}> {
		const { headers, fields } = authenticate(this.#provider.config);
		const body = new URLSearchParams({
			...fields,
			grant_type: 'authorization_code',
			code,
			redirect_uri: this.#redirectUri,
			code_verifier: verifier
		});
		const answer = await this.#request(metadata.tokenEndpoint, {
			method: 'POST',
			headers: {
				...headers,
				'content-type': 'application/x-www-form-urlencoded',
				accept: 'application/json'
			},
			body: body.toString()
		});
		const data = parseJson(answer.text);
		if (answer.status !== 200 || !isRecord(data)) throw tokenRefusal(answer, data);
		const theirMs = dateMs(answer.headers);
		const tokens = new OAuth2Tokens(data);
		if (typeof data['id_token'] !== 'string')
			throw AppError.of('oidc-client-refused', { reason: 'it sent no ID token' });
		return {
			idToken: tokens.idToken(),
			accessToken: typeof data['access_token'] === 'string' ? tokens.accessToken() : null,
			aheadMs: theirMs === null ? null : this.#now() - theirMs
		};
	}

	/** Claims that the ID token lacks, from the userinfo endpoint; its `sub` must be the same person's. */
	async #withUserinfo(
		claims: JWTPayload & { readonly sub: string },
		metadata: ProviderMetadata,
		accessToken: string | null
	): Promise<JWTPayload & { readonly sub: string }> {
		const needed = this.#needed();
		const isComplete = ['email', 'name', ...needed].every((name) => claims[name] !== undefined);
		if (isComplete || metadata.userinfoEndpoint === null || accessToken === null) return claims;
		const answer = await this.#request(metadata.userinfoEndpoint, {
			headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' }
		});
		const info = parseJson(answer.text);
		// The person is known by the ID token; what only completes the picture may fail.
		if (answer.status !== 200 || !isRecord(info)) {
			const isAway = answer.status === 429 || answer.status >= 500;
			// But not where a rule would take what is missing for a no.
			if (isAway && needed.some((name) => claims[name] === undefined))
				throw AppError.of(
					'oidc-provider-unreachable',
					{ provider: this.#provider.host },
					{ cause: new Error(`userinfo answered ${String(answer.status)}`) }
				);
			return claims;
		}
		if (info['sub'] !== claims.sub)
			throw AppError.of(
				'oidc-token-invalid',
				{},
				{ cause: new Error('userinfo is another person’s') }
			);
		return { ...info, ...claims };
	}

	/** Claims that the configuration judges people by. */
	#needed(): readonly string[] {
		const { allowedDomains, allowedUsers, allowedGroups, byEmail } = this.#rules;
		const isByEmail =
			byEmail || allowedDomains.length > 0 || allowedUsers.some((user) => user.includes('@'));
		const isByGroup = allowedGroups.length > 0 || this.#adminGroups.length > 0;
		return [...(isByEmail ? ['email'] : []), ...(isByGroup ? ['groups'] : [])];
	}

	async #request(
		url: string,
		request: {
			readonly method?: 'POST';
			readonly headers: Readonly<Record<string, string>>;
			readonly body?: string;
		}
	): Promise<GuardedAnswer> {
		try {
			return await guardedFetch(url, {
				...request,
				timeoutMs: OIDC_TIMEOUT_MS,
				maxBytes: OIDC_BODY_MAX_BYTES
			});
		} catch (cause) {
			if (cause instanceof FetchFault && cause.kind === 'too-large')
				throw AppError.of('oidc-client-refused', { reason: 'its answer is no token' }, { cause });
			throw AppError.of('oidc-provider-unreachable', { provider: this.#provider.host }, { cause });
		}
	}
}

/** Why a token request failed, in our words; nothing of the body reaches the person. */
function tokenRefusal(answer: GuardedAnswer, data: unknown): AppError {
	const error = isRecord(data) && typeof data['error'] === 'string' ? data['error'] : null;
	const cause = new Error(
		`token endpoint: ${String(answer.status)} ${plainText(error ?? answer.text, 80)}`
	);
	if (error === 'invalid_grant') return AppError.of('oidc-state-invalid', {}, { cause });
	if (error === 'invalid_client' || answer.status === 401)
		return AppError.of(
			'oidc-client-refused',
			{ reason: 'the client secret is not accepted' },
			{ cause }
		);
	if (error !== null)
		return AppError.of(
			'oidc-client-refused',
			{ reason: `it says ${plainText(error, 40)}` },
			{ cause }
		);
	return AppError.of(
		'oidc-client-refused',
		{ reason: `its answer (${String(answer.status)}) is no token` },
		{ cause }
	);
}
