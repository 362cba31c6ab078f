// How often a terminal's core has failed of late, and what may be drawn again after it. Window only, pure;
// terminal.ts has one.

/** Failures within a minute after which the terminal gives up. */
const TRAPS_MAX = 3;
const WINDOW_MS = 60_000;
/** What is drawn again after the second one. */
const END_BYTES = 16 * 1024;

export class Traps {
	readonly #maxBytes: number;
	#times: readonly number[] = [];

	/** @param maxBytes that are kept of the output */
	constructor(maxBytes: number) {
		this.#maxBytes = maxBytes;
	}

	/** One more. What failed once may fail again: the second time only the end is drawn again, then nothing.
	 *  @returns bytes of the output to draw again; null when it is to give up */
	count(nowMs: number): number | null {
		this.#times = [...this.#times.filter((at) => nowMs - at < WINDOW_MS), nowMs];
		const { length } = this.#times;
		if (length > TRAPS_MAX) return null;
		return length === 1 ? this.#maxBytes : length === 2 ? END_BYTES : 0;
	}

	/** A person wants it to be tried anew. */
	forget(): void {
		this.#times = [];
	}
}
