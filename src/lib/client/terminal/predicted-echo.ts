// What a shell will show for keys that are still on their way: guessed from how a line is edited, shown only after the
// far end has echoed in this very line, and given up as soon as the screen says otherwise. Window only, pure;
// local-echo.ts feeds it and draws what it says.

/** The screen at one moment. */
export interface EchoScreen {
	/** Of the cursor, from 0. */
	readonly row: number;
	readonly col: number;
	readonly cols: number;
	/** What stands in the cursor's row from a column on, a text for each column; space where nothing does. */
	readonly cellsFrom: (col: number) => readonly string[];
}

/** A text that covers the screen from a cell on; the cursor is drawn behind `text`, `covers` columns are covered. */
export interface PredictedText {
	readonly row: number;
	readonly col: number;
	readonly text: string;
	/** What the keys push along: the line's text behind them. */
	readonly tail: string;
	readonly covers: number;
}

/** A key that has not been answered for so long is not waited for: the line is edited by other rules. */
export const PREDICTION_MAX_MS = 3_000;
const KEYS_MAX = 200;
const BACKSPACE = /^[\b\x7f]$/;
/** One character that takes one column: letters and signs before the wide scripts, nothing that combines. */
const PLAIN = /^[\p{L}\p{N}\p{P}\p{S} ]$/u;
const isPlain = (text: string): boolean => PLAIN.test(text) && (text.codePointAt(0) ?? 0) < 0x1100;

interface State {
	/** The line from where the first key was pressed, after this key. */
	readonly text: string;
	readonly atMs: number;
}

export class PredictedEcho {
	/** What the line goes through, the first one is what the screen has confirmed. Empty: nothing is guessed. */
	#states: readonly State[] = [];
	#row = 0;
	#col = 0;
	/** Behind the cursor when the first key was pressed. */
	#tail = '';
	/** The far end has shown a character of this line that was guessed. */
	#isProven = false;
	/** A key whose effect is not known is on its way: where the cursor will be is not known either. */
	#isBlocked = false;
	#shownChars = 0;
	/** Where the cursor was when the screen last said all: what moves it besides our keys is not our line any more. */
	#settled: { readonly row: number; readonly col: number } | null = null;

	/** Nothing is guessed: no need to look at the screen. */
	get isIdle(): boolean {
		return this.#states.length === 0 && !this.#isBlocked && !this.#isProven;
	}

	/** What to show over the screen; null when the screen says all. */
	get shown(): PredictedText | null {
		const last = this.#states.at(-1);
		const first = this.#states[0];
		if (!this.#isProven || last === undefined || first === undefined) return null;
		if (last.text === first.text) return null;
		return {
			row: this.#row,
			col: this.#col,
			text: last.text,
			tail: this.#tail,
			covers: Math.max(last.text.length, this.#shownChars) + this.#tail.length
		};
	}

	/** A key, before it is sent. @param screen as it is now; null when it must not be guessed at */
	key(text: string, screen: EchoScreen | null, nowMs: number): void {
		const isErasing = BACKSPACE.test(text);
		if (screen === null || !(isErasing || isPlain(text))) {
			this.#block();
			return;
		}
		if (this.#isBlocked) return;
		if (this.#states.length === 0) {
			const behind = screen.cellsFrom(screen.col);
			if (isErasing || !behind.every(isPlain)) {
				this.#block();
				return;
			}
			this.#row = screen.row;
			this.#col = screen.col;
			this.#tail = behind.join('').trimEnd();
			this.#shownChars = 0;
			this.#states = [{ text: '', atMs: nowMs }];
		}
		const before = this.#states.at(-1)?.text ?? '';
		const next = isErasing ? before.slice(0, -1) : before + text;
		const isBeyond = isErasing && before === '';
		// The last columns are where lines wrap, by rules that differ.
		const end = this.#col + next.length + this.#tail.length;
		if (isBeyond || end >= screen.cols - 1 || this.#states.length > KEYS_MAX) {
			this.#block();
			return;
		}
		this.#states = [...this.#states, { text: next, atMs: nowMs }];
	}

	/** Output has been drawn. */
	output(screen: EchoScreen | null, nowMs: number): void {
		this.#isBlocked = false;
		if (this.#states.length === 0) {
			const { row, col } = this.#settled ?? {};
			if (screen?.row !== row || screen?.col !== col) this.#isProven = false;
			return;
		}
		if (screen?.row !== this.#row || screen.col < this.#col) {
			this.#forget();
			return;
		}
		const cells = screen.cellsFrom(this.#col);
		const length = screen.col - this.#col;
		const line = cells.slice(0, length).join('');
		const isWhole = line.length === length && cells.slice(length).join('').trimEnd() === this.#tail;
		const at = isWhole ? this.#states.findIndex(({ text }) => text === line) : -1;
		if (at < 0) {
			this.#forget();
			return;
		}
		if (at > 0 && line !== '') this.#isProven = true;
		this.#shownChars = length;
		this.#states = this.#states.slice(at);
		if (this.#states.length === 1) {
			// All of it is there; the next key begins where the cursor is.
			this.#states = [];
			this.#settled = { row: screen.row, col: screen.col };
			return;
		}
		this.expire(nowMs);
	}

	/** Gives up what has waited for too long. */
	expire(nowMs: number): void {
		const waiting = this.#states[1];
		if (waiting !== undefined && nowMs - waiting.atMs >= PREDICTION_MAX_MS) this.#forget();
	}

	/** Nothing is guessed until the far end has proven anew that it echoes. */
	reset(): void {
		this.#forget();
		this.#isBlocked = false;
	}

	#block(): void {
		this.#forget();
		this.#isBlocked = true;
	}

	#forget(): void {
		this.#states = [];
		this.#isProven = false;
	}
}
