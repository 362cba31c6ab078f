// The provider's word that a sign-in there is over (OpenID Connect Back-Channel Logout 1.0).
// Server only; used by POST /auth/backchannel-logout.
import { errors, jwtVerify, type JWTPayload } from 'jose';
import { AppError } from '$lib/contracts/app-error';
import { isRecord } from '$lib/contracts/parse';
import type { SharedStore } from '../shared/store';
import { TOKEN_MAX_CHARS, TokenFault } from './claims';
import type { OidcProvider } from './provider';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const SKEW_S = 60;
const AGE_MAX_S = 600;
const ID_MAX_CHARS = 255;
/** Tokens that are remembered so that none counts twice; they are verified ones, so the provider's own. */
const SEEN_MAX = 20_000;

/** Whose sign-in is over: at least one is there. */
export interface LogoutToken {
	readonly sub: string | null;
	readonly providerSid: string | null;
	readonly jti: string;
}

const refuse = (reason: string, cause?: unknown): AppError =>
	AppError.of(
		'bad-request',
		{ reason: 'its logout token does not count' },
		{ cause: new TokenFault(reason, { cause }) }
	);

/** Verifies a logout token; an ID token in its place is refused.
 *  @throws AppError `bad-request` (cause: TokenFault with the reason) | `oidc-provider-unreachable` */
export async function verifyLogoutToken(
	token: string,
	provider: Pick<OidcProvider, 'config' | 'host' | 'metadata'>,
	now: () => number
): Promise<LogoutToken> {
	if (token === '' || token.length > TOKEN_MAX_CHARS) throw refuse('no token, or too large a one');
	const { keys } = await provider.metadata();
	const { issuer, clientId, algorithms } = provider.config;
	const { payload, typ } = await jwtVerify(token, keys, {
		algorithms: [...algorithms],
		issuer,
		audience: clientId,
		// Not `exp`: drafts had none, and the age is limited in any case.
		requiredClaims: ['iat', 'jti', 'events'],
		clockTolerance: SKEW_S,
		maxTokenAge: AGE_MAX_S,
		currentDate: new Date(now())
	}).then(
		(verified) => ({ payload: verified.payload, typ: verified.protectedHeader.typ }),
		(cause: unknown) => {
			const isAway =
				cause instanceof errors.JWKSTimeout ||
				(cause instanceof Error && cause.name === 'FetchFault');
			throw isAway
				? AppError.of('oidc-provider-unreachable', { provider: provider.host }, { cause })
				: refuse(cause instanceof Error ? cause.message : 'not verified', cause);
		}
	);
	if (typ !== undefined && !/^(application\/)?(logout\+jwt|jwt)$/i.test(typ))
		throw refuse('it is another kind of token');
	return namedBy(payload);
}

function namedBy(payload: JWTPayload): LogoutToken {
	const { events, nonce, sub, sid, jti } = payload;
	if (!isRecord(events) || !isRecord(events[EVENT])) throw refuse('it tells of no logout');
	if (nonce !== undefined) throw refuse('it has a nonce, so it is an ID token');
	if (!isId(jti)) throw refuse('its jti is none');
	if ((sub !== undefined && !isId(sub)) || (sid !== undefined && !isId(sid)))
		throw refuse('its sub or sid is none');
	if (sub === undefined && sid === undefined) throw refuse('it names nobody');
	return { sub: sub ?? null, providerSid: sid ?? null, jti };
}

const isId = (value: unknown): value is string =>
	typeof value === 'string' && value !== '' && value.length <= ID_MAX_CHARS;

/** Which logout tokens have counted: each does once, on whichever replica. */
export class SeenTokens {
	readonly #now: () => number;
	readonly #store: SharedStore | null;
	/** jti → until when the token could come again, epoch ms. */
	readonly #seen = new Map<string, number>();

	/** @param options.store shared by replicas; null, and while it is away: this one's memory */
	constructor(options: { readonly now: () => number; readonly store: SharedStore | null }) {
		this.#now = options.now;
		this.#store = options.store;
	}

	/** @throws AppError `bad-request` for a token that has counted before */
	async take({ jti }: Pick<LogoutToken, 'jti'>): Promise<void> {
		const nowMs = this.#now();
		const livesS = AGE_MAX_S + 2 * SKEW_S;
		for (const [other, untilMs] of this.#seen) if (untilMs <= nowMs) this.#seen.delete(other);
		if (this.#seen.has(jti)) throw refuse('it has counted before');
		const [oldest] = this.#seen.keys();
		if (oldest !== undefined && this.#seen.size >= SEEN_MAX) this.#seen.delete(oldest);
		this.#seen.set(jti, nowMs + livesS * 1000);
		const store = this.#store;
		if (store === null) return;
		const taken = await store.ask(async (redis) => ({
			isFirst: (await redis.set(store.key(`jti:${jti}`), '1', 'EX', livesS, 'NX')) === 'OK'
		}));
		if (taken?.isFirst === false) throw refuse('it has counted before, at another replica');
	}
}
