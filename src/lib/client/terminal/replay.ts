// The last output of a session, from which a terminal is redrawn after its core or its GPU has failed. Bounded, and
// the same for a flood and for single echoes: pieces are copied into blocks. Window only; terminal.ts has one.

const BLOCK_BYTES = 32 * 1024;

export class Replay {
	readonly #maxBytes: number;
	#blocks: Uint8Array[] = [];
	#last = new Uint8Array(BLOCK_BYTES);
	#lastLength = 0;
	#blockBytes = 0;

	constructor(maxBytes: number) {
		this.#maxBytes = maxBytes;
	}

	get sizeBytes(): number {
		return this.#blockBytes + this.#lastLength;
	}

	/** In their order; views that hold until the next `keep`. */
	get all(): readonly Uint8Array[] {
		return [...this.#blocks, this.#last.subarray(0, this.#lastLength)];
	}

	keep(bytes: Uint8Array): void {
		for (let at = 0; at < bytes.length;) {
			const end = Math.min(bytes.length, at + BLOCK_BYTES - this.#lastLength);
			this.#last.set(bytes.subarray(at, end), this.#lastLength);
			this.#lastLength += end - at;
			at = end;
			if (this.#lastLength === BLOCK_BYTES) this.#begin();
		}
		this.trim(this.#maxBytes);
	}

	/** Forgets the oldest beyond `maxBytes`. */
	trim(maxBytes: number): void {
		while (this.sizeBytes > maxBytes) {
			const [first] = this.#blocks;
			const over = this.sizeBytes - maxBytes;
			if (first === undefined) {
				this.#last.copyWithin(0, over, this.#lastLength);
				this.#lastLength -= over;
			} else if (over < first.length) {
				this.#blocks[0] = first.subarray(over);
				this.#blockBytes -= over;
			} else {
				this.#blocks.shift();
				this.#blockBytes -= first.length;
			}
		}
	}

	clear(): void {
		this.#blocks = [];
		this.#blockBytes = 0;
		this.#lastLength = 0;
	}

	#begin(): void {
		this.#blocks.push(this.#last);
		this.#blockBytes += this.#last.length;
		this.#last = new Uint8Array(BLOCK_BYTES);
		this.#lastLength = 0;
	}
}
