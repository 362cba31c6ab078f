// The last output of a session, from which a terminal is redrawn after its core or its GPU has failed, and the modes
// that were on before it. Bounded, and the same for a flood and for single echoes: pieces are copied into blocks.
// Window only; terminal.ts has one.

const BLOCK_BYTES = 32 * 1024;
/** Three switches of one screen. */
const SCREENS: readonly string[] = ['47', '1047', '1049'];
/** Of modes, in 1 MiB: a program that switches more often is a hostile one. */
const CHANGES_MAX = 10_000;

export class Replay {
	readonly #maxBytes: number;
	#blocks: Uint8Array[] = [];
	#last = new Uint8Array(BLOCK_BYTES);
	#lastLength = 0;
	#blockBytes = 0;
	/** Bytes that were kept before the last piece. */
	#pieceAt = 0;
	#keptBytes = 0;
	/** Private modes that are on where the replay begins. */
	readonly #modes = new Set<string>();
	/** What has become of modes since, by place. */
	#changes: { readonly mode: string; readonly isOn: boolean; readonly at: number }[] = [];

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

	/** Turns on what was on before the oldest of `all`. */
	get modes(): string {
		return [...this.#modes].map((mode) => `\x1b[?${mode}h`).join('');
	}

	/** A private mode of the piece that was kept last, `CSI ? … h` or `l`; anything else is none. */
	note(sequence: string): void {
		// eslint-disable-next-line no-control-regex -- ESC is what begins it
		const [, mode, final] = /^\x1b\[\?(\d+)([hl])$/.exec(sequence) ?? [];
		if (mode === undefined) return;
		// Only what came last of a mode matters until the place is forgotten.
		if (this.#changes.length >= CHANGES_MAX) this.#settle(this.#changes[0]?.at ?? 0);
		this.#changes.push({ mode, isOn: final === 'h', at: this.#pieceAt });
	}

	keep(bytes: Uint8Array): void {
		this.#pieceAt = this.#keptBytes;
		this.#keptBytes += bytes.length;
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
		this.#settle(this.#keptBytes - this.sizeBytes - 1);
	}

	/** Forgets what was written, not what is switched on. */
	clear(): void {
		this.#settle(Infinity);
		this.#blocks = [];
		this.#blockBytes = 0;
		this.#lastLength = 0;
	}

	/** Changes up to a place are of before the replay. */
	#settle(to: number): void {
		const later = this.#changes.findIndex(({ at }) => at > to);
		const settled = this.#changes.splice(0, later < 0 ? this.#changes.length : later);
		for (const { mode, isOn } of settled) {
			// In the order in which they were switched on: of several formats of the mouse the last one counts.
			for (const same of SCREENS.includes(mode) ? SCREENS : [mode]) this.#modes.delete(same);
			if (isOn) this.#modes.add(mode);
		}
	}

	#begin(): void {
		this.#blocks.push(this.#last);
		this.#blockBytes += this.#last.length;
		this.#last = new Uint8Array(BLOCK_BYTES);
		this.#lastLength = 0;
	}
}
