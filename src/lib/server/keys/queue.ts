// The queue before Headscale's pre-auth keys: so many are asked for at once, so many wait. A hundred windows that
// open at once would else all be answered after the deadline of their requests, and all ask again.
// Server only; keys/issue.ts has the one of this process.
import { AppError } from '$lib/contracts/app-error';
import {
	KEYS_AT_ONCE_MAX,
	KEYS_FULL_RETRY_S,
	KEYS_WAIT_MAX_MS,
	KEYS_WAITING_MAX
} from '$lib/contracts/limits';

export class KeyQueue {
	readonly #now: () => number;
	readonly #waiting: (() => void)[] = [];
	#admitted = 0;
	#atWork = 0;

	constructor(now: () => number) {
		this.#now = now;
	}

	/** Takes a place, for one `run`.
	 *  @returns gives it back
	 *  @throws AppError `rate-limited` when nobody more may wait */
	enter(): () => void {
		if (this.#admitted >= KEYS_AT_ONCE_MAX + KEYS_WAITING_MAX)
			throw AppError.of('rate-limited', { seconds: String(KEYS_FULL_RETRY_S) });
		this.#admitted += 1;
		return () => {
			this.#admitted -= 1;
		};
	}

	/** Asks when its turn has come.
	 *  @throws AppError `headscale-unreachable` when its turn came too late */
	async run<T>(ask: () => Promise<T>): Promise<T> {
		const sinceMs = this.#now();
		if (this.#atWork < KEYS_AT_ONCE_MAX) this.#atWork += 1;
		// Who is done hands over its place.
		else await new Promise<void>((resolve) => this.#waiting.push(resolve));
		try {
			if (this.#now() - sinceMs > KEYS_WAIT_MAX_MS) throw AppError.of('headscale-unreachable');
			return await ask();
		} finally {
			const next = this.#waiting.shift();
			if (next === undefined) this.#atWork -= 1;
			else next();
		}
	}
}
