// What the terminal itself may answer to a machine: a fixed grammar, so that no answer holds bytes the
// machine has chosen, and a bounded rate. Window only, pure; terminal.ts asks for each answer.

const GRAMMAR: readonly RegExp[] = [
	// Device attributes, status, cursor position, modes, sizes, keyboard flags.
	/^\x1b\[[?>=]?[0-9;]{0,64}(?:[cnRtu]|\$y)$/, // eslint-disable-line no-control-regex -- answers are control sequences
	// Colours.
	/^\x1b\](?:4;\d{1,3}|1[0-9]);rgb:[0-9a-f]{2,4}\/[0-9a-f]{2,4}\/[0-9a-f]{2,4}(?:\x07|\x1b\\)$/, // eslint-disable-line no-control-regex -- see above
	// Name and version of the core.
	/^\x1bP>\|(?:libghostty|ghostty)[ .0-9A-Za-z-]{0,32}\x1b\\$/, // eslint-disable-line no-control-regex -- see above
	// DECRQSS: the core's own state.
	/^\x1bP[01]\$r[0-9;:]{0,64}[ "'$*,]?[A-Za-z]{0,2}\x1b\\$/ // eslint-disable-line no-control-regex -- see above
];

/** Answers in one second: more is a flood, and nobody waits for the rest. A program that waits for each answer asks
 *  some hundred times on a quick way. */
export const REPLIES_PER_S = 1_000;

/** Splits what restty hands over at once into single answers. */
export function splitReplies(text: string): readonly string[] {
	return text.split(/(?=\x1b[[\]P_])/); // eslint-disable-line no-control-regex -- answers begin with ESC
}

export const isFixedReply = (reply: string): boolean =>
	GRAMMAR.some((pattern) => pattern.test(reply));

/** Says yes at most `perS` times in any second that began with a yes. */
export class RateLimit {
	readonly #perS: number;
	readonly #now: () => number;
	#windowStart = Number.NEGATIVE_INFINITY;
	#count = 0;

	constructor(perS: number, now: () => number = () => performance.now()) {
		this.#perS = perS;
		this.#now = now;
	}

	take(): boolean {
		const now = this.#now();
		// A clock that was set back would hold everything up.
		if (now - this.#windowStart >= 1000 || now < this.#windowStart) {
			this.#windowStart = now;
			this.#count = 0;
		}
		this.#count += 1;
		return this.#count <= this.#perS;
	}
}
