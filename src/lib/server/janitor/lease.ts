// Which replica cleans up: one at a time, by a lease in Valkey or Redis where that is configured.
// Server only; used by janitor/sweep.ts. Two at once would be safe, too, only twice the work.
import { randomUUID } from 'node:crypto';
import type { Logger } from '../log';
import { storeScope, type SharedStore } from '../shared/store';

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

const PROLONG = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end`;
const RELEASE = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end`;

export class SharedLease implements Lease {
	readonly #store: SharedStore;
	readonly #key: string;
	readonly #holder = randomUUID();
	readonly #ttlMs: number;
	readonly #log: Logger;
	#wasReachable = true;

	/** @param options.scope one lease for each Headscale: its URL */
	constructor(options: {
		readonly store: SharedStore;
		readonly scope: string;
		readonly ttlMs: number;
		readonly log: Logger;
	}) {
		this.#store = options.store;
		// Not `store.key`: replicas of two origins may clean up one Headscale.
		this.#key = `headtab:janitor:${storeScope(options.scope)}`;
		this.#ttlMs = options.ttlMs;
		this.#log = options.log;
	}

	async take(): Promise<boolean> {
		const isHeld = await this.#store.ask(
			async (redis) =>
				(await redis.set(this.#key, this.#holder, 'PX', this.#ttlMs, 'NX')) === 'OK' ||
				Number(await redis.eval(PROLONG, 1, this.#key, this.#holder, this.#ttlMs)) === 1
		);
		if (isHeld === null && this.#wasReachable)
			this.#log.warn('the janitor’s lease cannot be asked for: it waits');
		this.#wasReachable = isHeld !== null;
		return isHeld === true;
	}

	async release(): Promise<void> {
		// Where nobody can be told it runs out by itself.
		await this.#store.ask((redis) => redis.eval(RELEASE, 1, this.#key, this.#holder));
	}
}
