// The store that replicas share, Valkey or Redis: one connection, and whether it can be asked now.
// Server only; used by session/ended-log.ts, http/rates.ts, keys/shared-nodes.ts and janitor/lease.ts. Nothing in it is the only
// copy of what a single process needs: without it each replica goes on with what it knows.
import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Logger } from '../log';
import type { Secret } from '../secret';

/** What may be logged of an error of the store: its text alone, as the error of a refused AUTH holds the command,
 *  and with it the password. */
const storeFault = (cause: unknown): string =>
	cause instanceof Error ? cause.message : String(cause);

/** How deployments that share a store are told apart in its keys. */
export const storeScope = (of: string): string =>
	createHash('sha256').update(of).digest('hex').slice(0, 16);

const COMMAND_TIMEOUT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** A connection that leaves a command unanswered for so long is given up for a new one: of one that is half-open
 *  TCP itself tells nothing for a quarter of an hour, and each command would wait its second. */
const SILENCE_MS = 2_000;

export class SharedStore {
	/** For what brings its own commands; everybody else asks through `ask`. */
	readonly redis: Redis;
	readonly #prefix: string;
	readonly #log: Logger;
	#isToldAway = false;
	#isToldRefusing = false;

	/** @param options.scope what deployments on one store differ by: the origin */
	constructor(options: { readonly url: Secret; readonly scope: string; readonly log: Logger }) {
		this.#prefix = `headtab:${storeScope(options.scope)}:`;
		this.#log = options.log;
		this.redis = new Redis(options.url.reveal(), {
			lazyConnect: true,
			// What cannot be asked now is answered from memory now.
			enableOfflineQueue: false,
			maxRetriesPerRequest: 0,
			connectTimeout: CONNECT_TIMEOUT_MS,
			commandTimeout: COMMAND_TIMEOUT_MS,
			socketTimeout: SILENCE_MS,
			retryStrategy: (times) => Math.min(times * 200, 2_000)
		});
		this.redis.on('error', (err: unknown) => {
			if (!this.#isToldAway)
				this.#log.warn(
					{ err: storeFault(err) },
					'the shared store does not answer: this replica goes on with what it knows'
				);
			this.#isToldAway = true;
		});
		this.redis.on('ready', () => {
			if (this.#isToldAway) this.#log.info('the shared store answers again');
			this.#isToldAway = false;
			this.#isToldRefusing = false;
		});
	}

	get isReady(): boolean {
		return this.redis.status === 'ready';
	}

	key(name: string): string {
		return this.#prefix + name;
	}

	/** Resolves when it answers or the first try has failed. */
	async connect(): Promise<void> {
		// Its `error` event has told; it goes on trying.
		await this.redis.connect().catch(() => undefined);
	}

	/** @returns null when the store is away or refuses: the caller has another way */
	async ask<T>(run: (redis: Redis) => Promise<T>): Promise<T | null> {
		if (!this.isReady) return null;
		try {
			return await run(this.redis);
		} catch (cause) {
			// Too old a store, or one whose user may not do this: then nothing is shared, and it has to be told.
			this.#log[this.#isToldRefusing ? 'debug' : 'warn'](
				{ err: storeFault(cause) },
				'the shared store refuses: this replica goes on with what it knows'
			);
			this.#isToldRefusing = true;
			return null;
		}
	}

	/** Told each time the connection stands, also after it was lost. */
	onReady(listener: () => void): void {
		this.redis.on('ready', listener);
	}

	stop(): void {
		this.redis.disconnect();
	}
}
