// Headscale's REST API: requests, deadlines, and what an answer means as a code.
// Server only; one per AppContext. The API key has full power, so only the few calls below exist.
import { AppError } from '$lib/contracts/app-error';
import {
	CLOCK_SKEW_MAX_S,
	HEADSCALE_BODY_MAX_BYTES,
	HEADSCALE_TIMEOUT_MS
} from '$lib/contracts/limits';
import { dateMs, FetchFault, guardedFetch, parseJson, type GuardedAnswer } from '../http/fetch';
import type { Logger } from '../log';
import type { Secret } from '../secret';
import {
	checkId,
	isNotFound,
	parseApiKeys,
	parseDone,
	parseMadeUser,
	parseNode,
	parseNodes,
	parsePolicy,
	parsePreAuthKey,
	parsePreAuthKeys,
	parseReason,
	parseUsers,
	WireFault,
	type ApiKeyWire,
	type NodeWire,
	type PreAuthKeyWire,
	type UserWire
} from './wire';

/** bcrypt makes each call 50 ms of Headscale's CPU; people do not change by the second. */
const USERS_TTL_MS = 5_000;
/** A refused API key is logged once a minute, not once a request. */
const KEY_REFUSED_LOG_MS = 60_000;

interface Call {
	readonly method: 'GET' | 'POST' | 'DELETE';
	readonly path: string;
	readonly body?: Readonly<Record<string, unknown>>;
}

/** A pre-auth key to make. */
export interface KeyRequest {
	readonly owner: { readonly userId: string } | { readonly tag: string };
	readonly isEphemeral: boolean;
	/** RFC 3339 by Headscale's clock, with our mark (keys/mark.ts). */
	readonly expiration: string;
}

/** Told after each request; status 0 when no whole answer came. */
export type CallListener = (call: {
	readonly method: string;
	readonly status: number;
	readonly tookMs: number;
}) => void;

export class HeadscaleClient {
	readonly url: string;
	readonly #apiKey: Secret;
	readonly #log: Logger;
	readonly #now: () => number;
	readonly #timeoutMs: number;
	readonly #onCall: CallListener;
	#users: { readonly value: readonly UserWire[]; readonly atMs: number } | null = null;
	#keyRefusedLoggedMs = -Infinity;
	#skewMs: number | null = null;

	constructor(options: {
		readonly url: string;
		readonly apiKey: Secret;
		readonly log: Logger;
		readonly now: () => number;
		readonly timeoutMs?: number;
		readonly onCall?: CallListener;
	}) {
		this.url = options.url;
		this.#apiKey = options.apiKey;
		this.#log = options.log;
		this.#now = options.now;
		this.#timeoutMs = options.timeoutMs ?? HEADSCALE_TIMEOUT_MS;
		this.#onCall = options.onCall ?? (() => undefined);
	}

	/** Headscale's clock minus ours; null before its first answer. */
	get skewMs(): number | null {
		return this.#skewMs;
	}

	/** Headscale's idea of now: it judges expiries by its own clock.
	 *  @throws AppError `headscale-unreachable` when it was never heard of */
	async now(): Promise<number> {
		if (this.#skewMs === null) await this.users();
		return this.#now() + (this.#skewMs ?? 0);
	}

	/** All users. @param options.isFresh past the cache of 5 s
	 *  @throws AppError `headscale-unreachable` | `headscale-key-refused` | `headscale-refused` */
	async users(options: { readonly isFresh?: boolean } = {}): Promise<readonly UserWire[]> {
		if (
			options.isFresh !== true &&
			this.#users !== null &&
			this.#now() - this.#users.atMs < USERS_TTL_MS
		)
			return this.#users.value;
		const value = await this.#call({ method: 'GET', path: '/api/v1/user' }, parseUsers);
		this.#users = { value, atMs: this.#now() };
		return value;
	}

	/** All nodes; the caller filters. @throws AppError `headscale-*` */
	async nodes(): Promise<readonly NodeWire[]> {
		return this.#call({ method: 'GET', path: '/api/v1/node' }, parseNodes);
	}

	/** One node; null when it is gone. @throws AppError `headscale-*` */
	async node(nodeId: string): Promise<NodeWire | null> {
		const answer = await this.#send({
			method: 'GET',
			path: `/api/v1/node/${encodeURIComponent(checkId(nodeId))}`
		});
		return isGone(answer) ? null : this.#read(answer, parseNode);
	}

	/** All pre-auth keys, masked. @throws AppError `headscale-*` */
	async keys(): Promise<readonly PreAuthKeyWire[]> {
		return this.#call({ method: 'GET', path: '/api/v1/preauthkey' }, parsePreAuthKeys);
	}

	/** All API keys, masked. @throws AppError `headscale-*` */
	async apiKeys(): Promise<readonly ApiKeyWire[]> {
		return this.#call({ method: 'GET', path: '/api/v1/apikey' }, parseApiKeys);
	}

	/** The policy's text; empty or `headscale-refused` where there is none. @throws AppError `headscale-*` */
	async policy(): Promise<string> {
		return this.#call({ method: 'GET', path: '/api/v1/policy' }, parsePolicy);
	}

	/** Makes a single-use key. The answer must be checked: unknown request fields are ignored silently,
	 *  so a misspelt `ephemeral` would make a lasting node.
	 *  @throws AppError `headscale-*` */
	async createKey(wanted: KeyRequest): Promise<PreAuthKeyWire> {
		const { owner } = wanted;
		return this.#call(
			{
				method: 'POST',
				path: '/api/v1/preauthkey',
				body: {
					...('userId' in owner ? { user: checkId(owner.userId) } : {}),
					reusable: false,
					ephemeral: wanted.isEphemeral,
					expiration: wanted.expiration,
					aclTags: 'tag' in owner ? [owner.tag] : []
				}
			},
			parsePreAuthKey
		);
	}

	/** Makes a local user, for the agent only: people's are the admin's or Headscale's.
	 *  @throws AppError `headscale-*` */
	async createUser(name: string): Promise<UserWire> {
		const user = await this.#call(
			{ method: 'POST', path: '/api/v1/user', body: { name } },
			parseMadeUser
		);
		this.#users = null;
		return user;
	}

	/** No one can join with the key any more; nodes that did stay. @throws AppError `headscale-*` */
	async expireKey(keyId: string): Promise<void> {
		await this.#call(
			{ method: 'POST', path: '/api/v1/preauthkey/expire', body: { id: checkId(keyId) } },
			parseDone
		);
	}

	/** Only after the key's node is gone: a node without its key is no longer ephemeral.
	 *  @throws AppError `headscale-*` */
	async deleteKey(keyId: string): Promise<void> {
		await this.#call(
			{ method: 'DELETE', path: `/api/v1/preauthkey?id=${encodeURIComponent(checkId(keyId))}` },
			parseDone
		);
	}

	/** @returns whether it was there. @throws AppError `headscale-*` */
	async deleteNode(nodeId: string): Promise<boolean> {
		const answer = await this.#send({
			method: 'DELETE',
			path: `/api/v1/node/${encodeURIComponent(checkId(nodeId))}`
		});
		if (isGone(answer)) return false;
		this.#read(answer, parseDone);
		return true;
	}

	async #call<T>(call: Call, parse: (value: unknown) => T): Promise<T> {
		return this.#read(await this.#send(call), parse);
	}

	#read<T>(answer: GuardedAnswer, parse: (value: unknown) => T): T {
		const { status, text } = answer;
		if (status === 401 || status === 403) {
			const error = AppError.of('headscale-key-refused');
			if (this.#now() - this.#keyRefusedLoggedMs >= KEY_REFUSED_LOG_MS) {
				this.#keyRefusedLoggedMs = this.#now();
				this.#log.error(
					{ code: error.code, id: error.id, status },
					'Headscale refuses the API key'
				);
			}
			throw error;
		}
		const value = parseJson(text);
		if (status < 200 || status > 299)
			throw AppError.of('headscale-refused', {
				status: String(status),
				reason: parseReason(value) ?? 'no reason in its answer'
			});
		try {
			return parse(value);
		} catch (cause) {
			if (!(cause instanceof WireFault)) throw cause;
			throw AppError.of(
				'headscale-refused',
				{ status: String(status), reason: 'its answer is not what its API promises' },
				{ cause }
			);
		}
	}

	/** Sends; once more when certainly nothing was sent, as a POST must not run twice. */
	async #send(call: Call): Promise<GuardedAnswer> {
		try {
			return await this.#sendOnce(call);
		} catch (cause) {
			if (!(cause instanceof FetchFault) || cause.wasSent) throw this.#unreachable(call, cause);
		}
		try {
			return await this.#sendOnce(call);
		} catch (cause) {
			throw this.#unreachable(call, cause);
		}
	}

	#unreachable(call: Call, cause: unknown): AppError {
		const error = AppError.of('headscale-unreachable', {}, { cause });
		this.#log.warn(
			{
				code: error.code,
				id: error.id,
				method: call.method,
				reason: cause instanceof Error ? cause.message : ''
			},
			'Headscale does not answer'
		);
		return error;
	}

	async #sendOnce(call: Call): Promise<GuardedAnswer> {
		const startedMs = performance.now();
		let status = 0;
		try {
			const answer = await guardedFetch(this.url + call.path, {
				method: call.method,
				headers: {
					authorization: `Bearer ${this.#apiKey.reveal()}`,
					accept: 'application/json',
					...(call.body === undefined ? {} : { 'content-type': 'application/json' })
				},
				...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
				timeoutMs: this.#timeoutMs,
				maxBytes: HEADSCALE_BODY_MAX_BYTES
			});
			status = answer.status;
			this.#noteClock(dateMs(answer.headers));
			return answer;
		} finally {
			this.#onCall({ method: call.method, status, tookMs: performance.now() - startedMs });
		}
	}

	#noteClock(theirsMs: number | null): void {
		if (theirsMs === null) return;
		const skewMs = theirsMs - this.#now();
		const isNew = this.#skewMs === null || Math.abs(skewMs - this.#skewMs) > 5_000;
		this.#skewMs = Math.abs(skewMs) < 2_000 ? 0 : skewMs;
		if (isNew && Math.abs(skewMs) > CLOCK_SKEW_MAX_S * 1000)
			this.#log.warn({ skewS: Math.round(skewMs / 1000) }, 'Headscale’s clock differs from ours');
	}
}

const isGone = ({ status, text }: GuardedAnswer): boolean =>
	status === 404 && isNotFound(parseJson(text));
