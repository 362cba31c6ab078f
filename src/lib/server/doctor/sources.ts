// What several checks look at, each asked for once in an examination.
// Server only; made by examine.ts for one run.
import { HEADSCALE_TIMEOUT_MS, OIDC_TIMEOUT_MS } from '$lib/contracts/limits';
import { isRecord } from '$lib/contracts/parse';
import type { Config } from '../config/schema';
import { HeadscaleClient } from '../headscale/client';
import { dateMs, guardedFetch, parseJson, type GuardedAnswer } from '../http/fetch';
import type { Logger } from '../log';
import { OidcProvider } from '../oidc/provider';
import { INSTANCE_HEADER, Instance, parseFacts, PASS_HEADER, type ServerFacts } from './instance';

const SMALL_MAX_BYTES = 256 * 1024;
const ORIGIN_TIMEOUT_MS = 6_000;

/** Who answers `/healthz` at an address. */
export type Health =
	| {
			readonly is: 'ours';
			/** null where the pass got lost on the way. */
			readonly facts: ServerFacts | null;
			/** What the request lacked of the client's address, e.g. `no x-forwarded-for`. */
			readonly addressLack: string | null;
	  }
	/** Headtab with other session keys. */
	| { readonly is: 'another' }
	| { readonly is: 'stranger'; readonly status: number; readonly location: string | null }
	| { readonly is: 'silent'; readonly cause: unknown };

export interface SourcesOptions {
	readonly config: Config;
	/** `build/client`; null where there is none (`vite dev`). */
	readonly clientDirectory: string | null;
	readonly log: Logger;
	readonly now: () => number;
	/** The facts of this process, where it is the server itself. */
	readonly ownFacts: (() => ServerFacts) | null;
}

export class Sources {
	readonly config: Config;
	readonly clientDirectory: string | null;
	readonly now: () => number;
	readonly isServer: boolean;
	readonly instance: Instance;
	readonly headscale: HeadscaleClient;
	readonly provider: OidcProvider | null;
	readonly #ownFacts: (() => ServerFacts) | null;

	constructor(options: SourcesOptions) {
		const { config, log, now } = options;
		this.config = config;
		this.clientDirectory = options.clientDirectory;
		this.now = now;
		this.isServer = options.ownFacts !== null;
		this.instance = new Instance(config.sessionKeys, now);
		// Of its own, so that nothing kept by the running server hides a fault.
		this.headscale = new HeadscaleClient({
			url: config.headscaleUrl,
			apiKey: config.headscaleApiKey,
			log,
			now
		});
		this.provider =
			config.oidc === null ? null : new OidcProvider({ config: config.oidc, log, now });
		this.#ownFacts = options.ownFacts;
	}

	/** Headscale's `/health`: the first word with it. @throws FetchFault */
	readonly headscaleHealth = once(() =>
		this.#timed(`${this.config.headscaleUrl}/health`, HEADSCALE_TIMEOUT_MS)
	);

	/** The provider's discovery document as it is. @throws FetchFault */
	readonly discovery = once(() =>
		this.#timed(
			`${(this.config.oidc?.issuer ?? '').replace(/\/$/, '')}/.well-known/openid-configuration`,
			OIDC_TIMEOUT_MS
		)
	);

	/** @throws AppError `oidc-*` */
	readonly metadata = once(async () => (await this.provider?.metadata()) ?? null);

	/** The policy's text. @throws AppError `headscale-*` */
	readonly policy = once(() => this.headscale.policy());

	/** Whether Headscale has a DERP server of its own; it then names it by its `server_url`.
	 *  @throws FetchFault */
	readonly hasEmbeddedDerp = once(async () => {
		const { status } = await guardedFetch(`${this.config.headscaleUrl}/derp`, {
			timeoutMs: HEADSCALE_TIMEOUT_MS,
			maxBytes: SMALL_MAX_BYTES
		});
		return status === 426;
	});

	/** Who answers at the public origin. */
	readonly origin = once(() => this.#health(this.config.origin));

	/** Who answers where the server listens on this machine. */
	readonly local = once(async (): Promise<Health> => {
		if (this.#ownFacts !== null) return { is: 'ours', facts: this.#ownFacts(), addressLack: null };
		return this.#health(`http://${this.localAddress}`);
	});

	/** Address by which the server is reached on its own machine. */
	get localAddress(): string {
		const { host, port } = this.config;
		const any: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };
		return `${any[host] ?? (host.includes(':') ? `[${host}]` : host)}:${String(port)}`;
	}

	/** What the running server knows; null where it is not reached. */
	async facts(): Promise<ServerFacts | null> {
		for (const health of [await this.local(), await this.origin()])
			if (health.is === 'ours' && health.facts !== null) return health.facts;
		return null;
	}

	async #health(address: string): Promise<Health> {
		let answer: GuardedAnswer;
		try {
			answer = await guardedFetch(`${address}/healthz`, {
				headers: { accept: 'application/json', [PASS_HEADER]: await this.instance.pass() },
				timeoutMs: ORIGIN_TIMEOUT_MS,
				maxBytes: SMALL_MAX_BYTES
			});
		} catch (cause) {
			return { is: 'silent', cause };
		}
		const id = answer.headers.get(INSTANCE_HEADER);
		if (this.instance.isOurs(id)) {
			const told = parseJson(answer.text);
			const lack = isRecord(told) ? told['addressLack'] : null;
			return {
				is: 'ours',
				facts: parseFacts(told),
				addressLack: typeof lack === 'string' ? lack : null
			};
		}
		return id !== null
			? { is: 'another' }
			: { is: 'stranger', status: answer.status, location: answer.headers.get('location') };
	}

	async #timed(url: string, timeoutMs: number): Promise<TimedAnswer> {
		const askedMs = this.now();
		const answer = await guardedFetch(url, { timeoutMs, maxBytes: SMALL_MAX_BYTES });
		return { ...answer, askedMs, answeredMs: this.now() };
	}
}

/** Asks at the first call; all get that answer. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
	let asked: Promise<T> | null = null;
	return () => (asked ??= ask());
}

export interface TimedAnswer extends GuardedAnswer {
	readonly askedMs: number;
	readonly answeredMs: number;
}

/** A server's clock minus ours by its `Date`, which has whole seconds; null without one. */
export function skewMs(answer: TimedAnswer): number | null {
	const theirs = dateMs(answer.headers);
	return theirs === null ? null : theirs - (answer.askedMs + answer.answeredMs) / 2;
}

/** The document of an answer; null when it is none. */
export function documentOf(answer: GuardedAnswer): Readonly<Record<string, unknown>> | null {
	const value = parseJson(answer.text);
	return isRecord(value) ? value : null;
}
