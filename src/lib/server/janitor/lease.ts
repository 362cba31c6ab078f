// Which replica cleans up: one at a time, by a lease in Valkey or Redis where that is configured.
// Server only; used by janitor/sweep.ts. Two at once would be safe, too, only twice the work.
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Logger } from '../log';
import type { Secret } from '../secret';
import { STORE_SILENCE_MS, storeFault, storeScope } from '../shared/store';

export interface Lease {
	/** Takes or prolongs it. @returns whether this process holds it; false when nobody can be asked */
	take(): Promise<boolean>;
	/** Gives it up, so that another replica goes on at once. */
	release(): Promise<void>;
}

/** Without a shared store each process cleans up what it sees. */
export const ownLease: Lease = {
	take: () => Promise.resolve(true),
	release: () => Promise.resolve()
};

const COMMAND_TIMEOUT_MS = 2_000;
const PROLONG = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end`;
const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end`;

export class RedisLease implements Lease {
	readonly #redis: Redis;
	readonly #key: string;
	readonly #holder = randomUUID();
	readonly #ttlMs: number;
	readonly #log: Logger;
	#wasReachable = true;

	/** @param options.scope one lease for each Headscale: its URL */
	constructor(options: {
		readonly url: Secret;
		readonly scope: string;
		readonly ttlMs: number;
		readonly log: Logger;
	}) {
		this.#key = `headtab:janitor:${storeScope(options.scope)}`;
		this.#ttlMs = options.ttlMs;
		this.#log = options.log;
		this.#redis = new Redis(options.url.reveal(), {
			lazyConnect: true,
			maxRetriesPerRequest: 1,
			connectTimeout: COMMAND_TIMEOUT_MS,
			commandTimeout: COMMAND_TIMEOUT_MS,
			socketTimeout: STORE_SILENCE_MS,
			retryStrategy: (times) => Math.min(times * 500, 10_000)
		});
		// Its commands fail, too, and say so once.
		this.#redis.on('error', (err: Error) => this.#log.debug({ err: storeFault(err) }, 'redis'));
	}

	async take(): Promise<boolean> {
		try {
			const taken = await this.#redis.set(this.#key, this.#holder, 'PX', this.#ttlMs, 'NX');
			const isHeld =
				taken === 'OK' ||
				Number(await this.#redis.eval(PROLONG, 1, this.#key, this.#holder, this.#ttlMs)) === 1;
			this.#wasReachable = true;
			return isHeld;
		} catch (cause) {
			if (this.#wasReachable)
				this.#log.warn(
					{ err: storeFault(cause) },
					'the janitor’s lease cannot be asked for: it waits'
				);
			this.#wasReachable = false;
			return false;
		}
	}

	async release(): Promise<void> {
		try {
			if (this.#redis.status === 'ready')
				await this.#redis.eval(RELEASE, 1, this.#key, this.#holder);
		} catch (cause) {
			this.#log.debug({ err: storeFault(cause) }, 'the lease runs out by itself');
		} finally {
			this.#redis.disconnect();
		}
	}
}
