// What replicas tell each other of the nodes of windows: the key of one that has not joined, when its window
// was heard last, and that it opened a connection. Short-lived, and a help only: Headscale has the truth.
// Server only; used by keys/issue.ts, relay/departures.ts and the janitor where a shared store is configured.
import { randomUUID } from 'node:crypto';
import type { SharedStore } from '../shared/store';

/** Longer than a window that may be gone is waited for. */
const OPENED_S = 180;

export class SharedNodes {
	readonly #store: SharedStore;
	readonly #heardForS: number;

	/** @param options.heardForMs how long a window that was heard counts as there */
	constructor(options: { readonly store: SharedStore; readonly heardForMs: number }) {
		this.#store = options.store;
		this.#heardForS = Math.ceil(options.heardForMs / 1000);
	}

	/** A key was issued for a node. */
	async notePending(hostname: string, keyId: string, ttlS: number): Promise<void> {
		await this.#store.ask((redis) => redis.set(this.#key('key', hostname), keyId, 'EX', ttlS));
	}

	/** The key of a node that has not joined; null when nobody knows it. */
	async pending(hostname: string): Promise<string | null> {
		return this.#store.ask((redis) => redis.get(this.#key('key', hostname)));
	}

	async dropPending(hostname: string): Promise<void> {
		await this.#store.ask((redis) => redis.del(this.#key('key', hostname)));
	}

	/** The window of a node spoke. */
	async noteHeard(hostname: string): Promise<void> {
		await this.#store.ask((redis) =>
			redis.set(this.#key('heard', hostname), '1', 'EX', this.#heardForS)
		);
	}

	/** Whether the window of a node spoke to any replica of late. */
	async isHeard(hostname: string): Promise<boolean> {
		return (await this.#store.ask((redis) => redis.exists(this.#key('heard', hostname)))) === 1;
	}

	/** A window opened a connection here. */
	async noteOpened(hostname: string): Promise<void> {
		await this.#store.ask((redis) =>
			redis.set(this.#key('opened', hostname), randomUUID(), 'EX', OPENED_S)
		);
	}

	/** A mark of the window's last connection at any replica: another one after each; empty where it opened none of
	 *  late, null where the store does not answer. */
	async lastOpened(hostname: string): Promise<string | null> {
		return this.#store.ask(async (redis) => (await redis.get(this.#key('opened', hostname))) ?? '');
	}

	#key(kind: 'key' | 'heard' | 'opened', hostname: string): string {
		return this.#store.key(`${kind}:${hostname}`);
	}
}
