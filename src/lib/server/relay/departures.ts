// Windows whose connections all said that they go away: gone, unless they come back while they can.
// Server only; AppContext makes the one, the relay tells it. A browser says 1001 for a page or worker that ends;
// Caddy says it for every connection that it passes on, whenever it is reloaded or ends. So nobody is gone who
// could not have come back: the public origin must lead here all the while.
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
}

export class Departures {
	readonly #options: DeparturesOptions;
	/** By hostname; what stands here no more was called off. */
	readonly #pending = new Map<string, object>();

	constructor(options: DeparturesOptions) {
		this.#options = options;
	}

	/** The last connection of a window's node has ended, going away. */
	mayBeGone(session: LoginSession, hostname: string): void {
		const departure = {};
		this.#pending.set(hostname, departure);
		const isPending = () => this.#pending.get(hostname) === departure;
		void this.#wait(isPending).then((isGone) => {
			if (!isPending()) return;
			this.#pending.delete(hostname);
			if (isGone) this.#options.onGone(session, hostname);
		});
	}

	/** The node has a connection again. */
	isBack(hostname: string): void {
		this.#pending.delete(hostname);
	}

	/** Nobody is gone any more. */
	stop(): void {
		this.#pending.clear();
	}

	/** @returns whether the way was open at two looks in a row; false when it is called off or has no way */
	async #wait(isPending: () => boolean): Promise<boolean> {
		const { isWayOpen, later } = this.#options;
		let wasOpen = await isWayOpen();
		let delayMs = wasOpen ? GONE_AFTER_MS : BACK_AFTER_MS;
		for (let look = 0; look < LOOKS_MAX && isPending(); look += 1) {
			await new Promise<void>((resolve) => later(delayMs, resolve));
			if (!isPending()) return false;
			const isOpen = await isWayOpen();
			if (wasOpen && isOpen) return true;
			wasOpen = isOpen;
			delayMs = BACK_AFTER_MS;
		}
		return false;
	}
}
