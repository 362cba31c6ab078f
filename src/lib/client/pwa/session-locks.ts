// Web Locks that say, to every window of the app, where sessions live and where somebody types: an update
// waits for them. A window that crashes lets go by itself. Window only; the layout builds one.
import { BUSY_LOCK, SESSION_LOCK } from '$lib/contracts/service-worker';

/** Carries no data: whoever hears it asks the locks again. */
const CHANNEL = 'headtab:locks';

export interface SessionLocksOptions {
	/** Null where there are none: then only this window's own sessions count. */
	readonly locks: LockManager | null;
	readonly channel: BroadcastChannel | null;
}

export const browserSessionLocks = (): SessionLocksOptions => ({
	locks: 'locks' in navigator ? navigator.locks : null,
	channel: new BroadcastChannel(CHANNEL)
});

export interface LiveCounts {
	/** Open sessions in all windows. */
	readonly sessions: number;
	/** Windows in which somebody types. */
	readonly busy: number;
}

export class SessionLocks {
	readonly #options: SessionLocksOptions;
	readonly #own = new Set<string>();
	readonly #listeners = new Set<() => void>();
	#isDisposed = false;

	constructor(options: SessionLocksOptions) {
		this.#options = options;
		if (options.channel) {
			options.channel.onmessage = () => {
				this.#call();
			};
		}
	}

	/** Sessions of this window. */
	get ownCount(): number {
		return [...this.#own].filter((name) => name.startsWith(SESSION_LOCK)).length;
	}

	/** While a session is open. @returns release, idempotent */
	hold(id: string): () => void {
		return this.#hold(SESSION_LOCK + id);
	}

	/** While somebody types in this window. @returns release, idempotent */
	holdBusy(windowId: string): () => void {
		return this.#hold(BUSY_LOCK + windowId);
	}

	/** In all windows. */
	async query(): Promise<LiveCounts> {
		const names = new Set(this.#own);
		const { held = [], pending = [] } = (await this.#options.locks?.query()) ?? {};
		for (const { name } of [...held, ...pending]) if (name !== undefined) names.add(name);
		const count = (prefix: string) => [...names].filter((name) => name.startsWith(prefix)).length;
		return { sessions: count(SESSION_LOCK), busy: count(BUSY_LOCK) };
	}

	/** Calls back when a window has taken or released one; a crashed window says nothing.
	 *  @returns unsubscribe */
	onChange(listener: () => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	dispose(): void {
		this.#isDisposed = true;
		this.#options.channel?.close();
		this.#listeners.clear();
	}

	#hold(name: string): () => void {
		if (this.#own.has(name)) return () => undefined;
		this.#own.add(name);
		let release = (): void => undefined;
		const isOver = new Promise<void>((resolve) => {
			release = resolve;
		});
		const held = this.#options.locks?.request(name, () => {
			this.#changed();
			return isOver;
		});
		// A document that is going away refuses: what it held goes with it.
		const freed = held?.then(
			() => undefined,
			() => undefined
		);
		return () => {
			if (!this.#own.delete(name)) return;
			release();
			// Whoever asks before the browser has it back still counts it.
			if (freed === undefined) this.#changed();
			else void freed.then(() => this.#changed());
		};
	}

	#changed(): void {
		if (this.#isDisposed) return;
		this.#options.channel?.postMessage(null);
		this.#call();
	}

	#call(): void {
		for (const listener of [...this.#listeners]) listener();
	}
}
