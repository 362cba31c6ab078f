// A terminal as text for who does not see its canvas: the visible rows, what is new, the cursor's line on demand.
// Window only; terminal.ts has one and tells it when something may have changed.
import type { RenderState } from './core';
import { NewOutput } from './new-output';
import { lineAt, screenText } from './screen';

const INTERVAL_MS = 250;
/** Under a flood nobody reads the lines that pass. */
const FLOOD_INTERVAL_MS = 1_000;

export interface MirrorOptions {
	/** null while there is no core. */
	readonly state: () => RenderState | null;
	/** More output waits. */
	readonly isFlooded: () => boolean;
	readonly isAlternate: () => boolean;
	/** Visible text, at most four times a second. */
	readonly onText: (text: string) => void;
	/** Lines that are new; none of them while output floods. */
	readonly onNew: (lines: readonly string[]) => void;
}

export class Mirror {
	readonly #options: MirrorOptions;
	#output = new NewOutput();
	#isOn: boolean;
	#timer: ReturnType<typeof setTimeout> | null = null;
	#lookedMs = 0;
	#dueMs = 0;
	#wasFlooded = false;

	constructor(isOn: boolean, options: MirrorOptions) {
		this.#isOn = isOn;
		this.#options = options;
	}

	setOn(isOn: boolean): void {
		if (isOn && !this.#isOn) this.#output = new NewOutput();
		this.#isOn = isOn;
		this.changed();
	}

	/** Keys that go to the shell: their echo is not new. */
	typed(text: string): void {
		if (this.#isOn) this.#output.typed(text);
	}

	changed(): void {
		if (!this.#isOn) return;
		const isFlooded = this.#options.isFlooded();
		// What stands when a flood ends is told at once.
		const intervalMs = isFlooded ? FLOOD_INTERVAL_MS : this.#wasFlooded ? 0 : INTERVAL_MS;
		this.#wasFlooded = isFlooded;
		const dueMs = this.#lookedMs + intervalMs;
		if (this.#timer !== null) {
			if (dueMs >= this.#dueMs) return;
			clearTimeout(this.#timer);
		}
		this.#dueMs = dueMs;
		this.#timer = setTimeout(
			() => {
				this.#timer = null;
				this.#lookedMs = performance.now();
				this.#look();
			},
			Math.max(0, dueMs - performance.now())
		);
	}

	dispose(): void {
		if (this.#timer !== null) clearTimeout(this.#timer);
		this.#timer = null;
		this.#isOn = false;
	}

	#look(): void {
		const state = this.#options.state();
		if (state === null || !this.#isOn) return;
		this.#options.onText(screenText(state));
		if (this.#options.isFlooded()) return;
		const rows = Array.from({ length: state.rows }, (_, row) => lineAt(state, row).text.trimEnd());
		const lines = this.#output.look({
			rows,
			cursorRow: state.cursor?.row ?? 0,
			isAlternate: this.#options.isAlternate()
		});
		if (lines.length > 0) this.#options.onNew(lines);
	}
}

/** The line that the cursor is on, and where it is in it, counted from 1. */
export interface CursorLine {
	readonly text: string;
	readonly row: number;
	readonly column: number;
}

export function cursorLine(state: RenderState): CursorLine | null {
	const { cursor } = state;
	if (cursor === null) return null;
	return {
		text: lineAt(state, cursor.row).text.trimEnd(),
		row: cursor.row + 1,
		column: cursor.col + 1
	};
}
