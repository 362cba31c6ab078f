// What replicas share, in one place: through the store where one is configured, else this process's own.
// Server only; AppContext makes it.
import type { Config } from '../config/schema';
import { Rate } from '../http/rates';
import { ownLease, SharedLease, type Lease } from '../janitor/lease';
import { SharedNodes } from '../keys/shared-nodes';
import type { Logger } from '../log';
import { SeenTokens } from '../oidc/logout-token';
import { EndedSessions } from '../session/ended';
import { EndedLog } from '../session/ended-log';
import { SharedStore } from './store';

const RATE_S = 60;

export class Shared {
	/** Sign-ins that are over before their time. */
	readonly ended: EndedSessions;
	/** The provider's logout tokens that have counted. */
	readonly seenTokens: SeenTokens;
	/** What other replicas know of nodes; null where there is one. */
	readonly nodes: SharedNodes | null;
	readonly #store: SharedStore | null;
	readonly #log: EndedLog | null;

	/** @param options.heardForMs how long a window that was heard counts as there */
	constructor(options: {
		readonly config: Pick<Config, 'redisUrl' | 'origin' | 'sessionAbsoluteS'>;
		readonly heardForMs: number;
		readonly log: Logger;
		readonly now: () => number;
	}) {
		const { config, heardForMs, log, now } = options;
		const store =
			config.redisUrl === null
				? null
				: new SharedStore({ url: config.redisUrl, scope: config.origin, log });
		this.#store = store;
		this.ended = new EndedSessions({ now });
		this.seenTokens = new SeenTokens({ now, store });
		this.nodes = store === null ? null : new SharedNodes({ store, heardForMs });
		this.#log =
			store === null
				? null
				: new EndedLog({
						store,
						ended: this.ended,
						now,
						keepMs: config.sessionAbsoluteS * 1000
					});
	}

	/** A limit for a minute. */
	rate(name: string, points: number): Rate {
		return new Rate({ name, points, durationS: RATE_S, store: this.#store });
	}

	/** Which replica cleans up. */
	lease(options: { readonly scope: string; readonly ttlMs: number; readonly log: Logger }): Lease {
		return this.#store === null ? ownLease : new SharedLease({ store: this.#store, ...options });
	}

	/** Resolves when what the others know is known here, or nobody can be asked. */
	async start(): Promise<void> {
		await this.#store?.connect();
		await this.#log?.start();
	}

	stop(): void {
		this.#log?.stop();
		this.#store?.stop();
	}
}
