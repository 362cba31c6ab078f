// The sign-in provider: its discovery document and its keys, fetched when first needed and kept.
// Server only. The server starts without it; a provider that comes up later is simply found then.
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import { AppError } from '$lib/contracts/app-error';
import { OIDC_BODY_MAX_BYTES, OIDC_TIMEOUT_MS } from '$lib/contracts/limits';
import { isRecord } from '$lib/contracts/parse';
import { isLoopbackHost } from '../config/load';
import type { OidcConfig } from '../config/schema';
import { FetchFault, guardedFetch, parseJson } from '../http/fetch';
import { plainText } from '../http/plain';
import type { Logger } from '../log';

/** What of the discovery document is used. */
export interface ProviderMetadata {
	readonly authorizationEndpoint: string;
	readonly tokenEndpoint: string;
	readonly userinfoEndpoint: string | null;
	readonly endSessionEndpoint: string | null;
	/** RFC 9207: then a callback without `iss` is refused. */
	readonly sendsIssuer: boolean;
	/** Keys for ID tokens; an unknown key id is looked up at most every 30 s. */
	readonly keys: JWTVerifyGetKey;
}

const METADATA_TTL_MS = 3600_000;
/** A failure is remembered shortly, so that a crowd at the sign-in page does not hammer a sick provider. */
const RETRY_AFTER_MS = 2_000;
/** A sign-in that begins within this time of an answer goes to the provider unasked. */
const ALIVE_TTL_MS = 500;
const JWKS_COOLDOWN_MS = 30_000;
const JWKS_TTL_MS = 600_000;

export class OidcProvider {
	readonly config: OidcConfig;
	/** For texts: who does not answer. */
	readonly host: string;
	readonly #log: Logger;
	readonly #now: () => number;
	#metadata: { readonly value: ProviderMetadata; readonly atMs: number } | null = null;
	/** With what it remembers of unknown key ids, for as long as the document names the same address. */
	#keys: { readonly uri: string; readonly set: JWTVerifyGetKey } | null = null;
	#failure: { readonly error: AppError; readonly atMs: number } | null = null;
	#pending: Promise<ProviderMetadata> | null = null;

	constructor(options: {
		readonly config: OidcConfig;
		readonly log: Logger;
		readonly now: () => number;
	}) {
		this.config = options.config;
		this.host = new URL(options.config.issuer).host;
		this.#log = options.log;
		this.#now = options.now;
	}

	/** The provider's endpoints.
	 *  @param maxAgeMs how long ago the provider must have answered at most
	 *  @throws AppError `oidc-provider-unreachable` | `oidc-issuer-mismatch` */
	async metadata(maxAgeMs = METADATA_TTL_MS): Promise<ProviderMetadata> {
		const nowMs = this.#now();
		if (this.#metadata !== null && nowMs - this.#metadata.atMs < maxAgeMs)
			return this.#metadata.value;
		if (this.#failure !== null && nowMs - this.#failure.atMs < Math.min(RETRY_AFTER_MS, maxAgeMs))
			throw this.#failure.error;
		this.#pending ??= this.#load();
		return this.#pending;
	}

	/** The endpoints of a provider that has answered just now: nobody is sent to one that is down.
	 *  @throws AppError `oidc-provider-unreachable` | `oidc-issuer-mismatch` */
	async alive(): Promise<ProviderMetadata> {
		const value = await this.metadata(ALIVE_TTL_MS);
		if (this.#failure !== null) throw this.#failure.error;
		return value;
	}

	async #load(): Promise<ProviderMetadata> {
		try {
			const value = await this.#discover();
			this.#metadata = { value, atMs: this.#now() };
			this.#failure = null;
			return value;
		} catch (cause) {
			const error = cause instanceof AppError ? cause : this.#unreachable(cause);
			this.#failure = { error, atMs: this.#now() };
			this.#log.warn(
				{ code: error.code, id: error.id, err: error.cause, params: error.params },
				'oidc discovery failed'
			);
			// The old endpoints may still work where only discovery is down.
			if (this.#metadata !== null && error.code === 'oidc-provider-unreachable')
				return this.#metadata.value;
			throw error;
		} finally {
			this.#pending = null;
		}
	}

	async #discover(): Promise<ProviderMetadata> {
		const { issuer } = this.config;
		const answer = await guardedFetch(
			`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
			{
				headers: { accept: 'application/json' },
				timeoutMs: OIDC_TIMEOUT_MS,
				maxBytes: OIDC_BODY_MAX_BYTES
			}
		);
		const document = parseJson(answer.text);
		if (answer.status !== 200 || !isRecord(document))
			throw this.#unreachable(
				new Error(`discovery answered ${String(answer.status)} and no document`)
			);
		const found = document['issuer'];
		if (found !== issuer)
			throw AppError.of('oidc-issuer-mismatch', {
				found: plainText(typeof found === 'string' ? found : 'nothing'),
				expected: issuer
			});
		const jwksUri = this.#endpoint(document, 'jwks_uri');
		return {
			authorizationEndpoint: this.#endpoint(document, 'authorization_endpoint'),
			tokenEndpoint: this.#endpoint(document, 'token_endpoint'),
			userinfoEndpoint:
				'userinfo_endpoint' in document ? this.#endpoint(document, 'userinfo_endpoint') : null,
			endSessionEndpoint:
				'end_session_endpoint' in document
					? this.#endpoint(document, 'end_session_endpoint')
					: null,
			sendsIssuer: document['authorization_response_iss_parameter_supported'] === true,
			keys: this.#keysAt(jwksUri)
		};
	}

	#keysAt(uri: string): JWTVerifyGetKey {
		if (this.#keys?.uri === uri) return this.#keys.set;
		const set = createRemoteJWKSet(new URL(uri), {
			timeoutDuration: OIDC_TIMEOUT_MS,
			cooldownDuration: JWKS_COOLDOWN_MS,
			cacheMaxAge: JWKS_TTL_MS,
			[customFetch]: async (url: string) => {
				const keys = await guardedFetch(url, {
					headers: { accept: 'application/json' },
					timeoutMs: OIDC_TIMEOUT_MS,
					maxBytes: OIDC_BODY_MAX_BYTES
				});
				// A provider that is away says nothing about a token.
				if (keys.status !== 200)
					throw new FetchFault('network', {
						wasSent: true,
						detail: `the keys were answered by ${String(keys.status)}`
					});
				return new Response(keys.text);
			}
		});
		this.#keys = { uri, set };
		return set;
	}

	/** An endpoint of the document: https, or http where the issuer itself is on loopback or http was allowed. */
	#endpoint(document: Readonly<Record<string, unknown>>, name: string): string {
		const value = document[name];
		if (typeof value === 'string' && URL.canParse(value)) {
			const url = new URL(value);
			const mayBeHttp = isLoopbackHost(url.hostname) || this.config.issuer.startsWith('http:');
			if (url.protocol === 'https:' || (url.protocol === 'http:' && mayBeHttp)) return value;
		}
		throw this.#unreachable(new Error(`discovery has no usable ${name}`));
	}

	#unreachable(cause: unknown): AppError {
		return AppError.of('oidc-provider-unreachable', { provider: this.host }, { cause });
	}
}
