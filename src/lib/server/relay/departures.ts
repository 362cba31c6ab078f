// Windows whose last connection said that it goes away: gone, unless they come back while they can.
// Server only; AppContext makes the one, the relay tells it. A browser says 1001 for a page or worker that ends;
// Caddy says it for every connection that it passes on, whenever it is reloaded or ends. So nobody is gone who
// could hardly have come back: the public origin must lead here all the while, and the longer where several went.
import type { SharedNodes } from '../keys/shared-nodes';
import type { LoginSession } from '../session/login-session';

/** Its node is to be gone 5 s after a window. One that wakes ends what it was just opening, and comes back sooner. */
export const GONE_AFTER_MS = 2_500;
/** What was cut off dials again after some seconds, and not all at once. */
export const BACK_AFTER_MS = 15_000;
/** After two minutes without a way Headscale and the janitor know better. */
const LOOKS_MAX = 8;

export interface DeparturesOptions {
	/** Whether what is sent to the public origin arrives here. */
	readonly isWayOpen: () => Promise<boolean>;
	readonly onGone: (session: LoginSession, hostname: string) => void;
	/** Runs something later; gives a function that calls it off. */
	readonly later: (delayMs: number, run: () => void) => () => void;
	/** Where a window may come back to another replica; null where there is one. */
	readonly elsewhere: Pick<SharedNodes, 'noteOpened' | 'lastOpened'> | null;
}

interface Departure {
	isFirstWait: boolean;
	/** Whether no other was in its first wait at the same time. */
	isAlone: boolean;
}

export class Departures {
	readonly #options: DeparturesOptions;
	/** By hostname; what stands here no more was called off. */
	readonly #pending = new Map<string, Departure>();
	/** The look at the way that is under way: many windows end at once. */
	#look: Promise<boolean> | null = null;

	constructor(options: DeparturesOptions) {
		this.#options = options;
	}

	/** The last connection of a window's node has ended, going away. */
	mayBeGone(session: LoginSession, hostname: string): void {
		this.#pending.delete(hostname);
		const others = [...this.#pending.values()].filter(({ isFirstWait }) => isFirstWait);
		for (const other of others) other.isAlone = false;
		const departure = { isFirstWait: true, isAlone: others.length === 0 };
		this.#pending.set(hostname, departure);
		const isPending = () => this.#pending.get(hostname) === departure;
		void this.#wait(hostname, departure, isPending).then((isGone) => {
			if (!isPending()) return;
			this.#pending.delete(hostname);
			if (isGone) this.#options.onGone(session, hostname);
		});
	}

	/** The node has a connection again. */
	isBack(hostname: string): void {
		this.#pending.delete(hostname);
		void this.#options.elsewhere?.noteOpened(hostname);
	}

	/** Nobody is gone any more. */
	stop(): void {
		this.#pending.clear();
	}

	/** @returns whether the way was open at two looks in a row and the window came back nowhere; false also when it
	 *  is called off, or nobody knows */
	async #wait(hostname: string, departure: Departure, isPending: () => boolean): Promise<boolean> {
		const { later, elsewhere } = this.#options;
		const before = await elsewhere?.lastOpened(hostname);
		let wasOpen = await this.#isWayOpen();
		let delayMs = wasOpen ? GONE_AFTER_MS : BACK_AFTER_MS;
		for (let look = 0; look < LOOKS_MAX && isPending(); look += 1) {
			await new Promise<void>((resolve) => later(delayMs, resolve));
			if (!isPending()) return false;
			departure.isFirstWait = false;
			const isOpen = await this.#isWayOpen();
			// One of several that went in that time: a proxy that was reloaded, rather than a page.
			const isHasty = delayMs === GONE_AFTER_MS && !departure.isAlone;
			if (wasOpen && isOpen && !isHasty) {
				if (elsewhere === null) return true;
				const now = await elsewhere.lastOpened(hostname);
				return now !== null && now === before;
			}
			wasOpen = isOpen;
			delayMs = BACK_AFTER_MS;
		}
		return false;
	}

	#isWayOpen(): Promise<boolean> {
		this.#look ??= this.#options.isWayOpen().finally(() => {
			this.#look = null;
		});
		return this.#look;
	}
}
