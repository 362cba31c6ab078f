// Rows that were copied just now stand out until the person or the output goes on, and for a moment in any
// case. Window only, pure; reading.ts has one for each terminal.

/** Long enough to be seen by who goes on at once. */
const COPIED_MS = 1_500;

export interface RowRange {
	readonly from: number;
	readonly to: number;
}

export class CopiedRows {
	readonly #onChange: () => void;
	/** As RowCount numbers them. */
	#rows: RowRange | null = null;
	#timer: ReturnType<typeof setTimeout> | null = null;
	#isLeft = false;

	constructor(onChange: () => void) {
		this.#onChange = onChange;
	}

	get rows(): RowRange | null {
		return this.#rows;
	}

	show(rows: RowRange): void {
		this.#stop();
		this.#rows = rows;
		this.#isLeft = false;
		this.#timer = setTimeout(() => {
			this.#timer = null;
			if (this.#isLeft) this.#end();
		}, COPIED_MS);
		this.#onChange();
	}

	/** A key, a click, or output that moves the screen. */
	left(): void {
		if (this.#rows === null) return;
		this.#isLeft = true;
		if (this.#timer === null) this.#end();
	}

	/** Its rows are other ones now. */
	forget(): void {
		if (this.#rows !== null) this.#end();
	}

	dispose(): void {
		this.#stop();
	}

	#end(): void {
		this.#stop();
		this.#rows = null;
		this.#onChange();
	}

	#stop(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
	}
}
