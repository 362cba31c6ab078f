// The wheel where the scrollback has nothing to say: cursor keys for a program on the alternate screen, and
// one report a notch for a program that has the mouse. Window only; terminal.ts has one. restty 0.3.0
// sends no keys, and a report for each line that a notch is high.

export interface WheelOptions {
	/** A program has the mouse. */
	readonly hasMouse: () => boolean;
	/** Height of a cell in px of the window; 0 when it is not known. */
	readonly cellHeight: () => number;
	/** Sends a cursor key, so often. */
	readonly press: (key: 'ArrowUp' | 'ArrowDown', times: number) => void;
}

/** A notch moves so many lines at most, as in other terminals. */
const LINES_MAX = 3;

export class Wheel {
	readonly #options: WheelOptions;
	#pendingPx = 0;
	#isAlternate = false;
	#sendsKeys = true;
	/** Reports of the event that is being handled. */
	#reports: Set<string> | null = null;

	constructor(options: WheelOptions) {
		this.#options = options;
	}

	/** The alternate screen is in view: it has no scrollback. */
	get isAlternate(): boolean {
		return this.#isAlternate;
	}

	setAlternate(isAlternate: boolean): void {
		this.#isAlternate = isAlternate;
		this.#pendingPx = 0;
	}

	/** The program wants cursor keys of the wheel. */
	setSendsKeys(isOn: boolean): void {
		this.#sendsKeys = isOn;
	}

	/** Before restty hears of it. @returns whether it is done with */
	begin(event: WheelEvent): boolean {
		if (event.shiftKey || event.ctrlKey) return false;
		const cellHeight = this.#options.cellHeight();
		const unitPx = event.deltaMode === 0 ? 1 : cellHeight * (event.deltaMode === 1 ? 1 : LINES_MAX);
		const isDone = this.turn(event.deltaY * unitPx, LINES_MAX);
		// Of an event that goes no further nobody reports, and nobody hears of its end.
		this.#reports = isDone ? null : new Set();
		return isDone;
	}

	/** Turns it by so many px. @returns whether the program gets keys of it */
	turn(deltaPx: number, linesMax = Number.POSITIVE_INFINITY): boolean {
		const cellHeight = this.#options.cellHeight();
		if (!this.#isAlternate || !this.#sendsKeys || cellHeight <= 0) return false;
		if (this.#options.hasMouse()) return false;
		if (Math.sign(deltaPx) !== Math.sign(this.#pendingPx)) this.#pendingPx = 0;
		this.#pendingPx += deltaPx;
		const lines = Math.trunc(this.#pendingPx / cellHeight);
		if (lines === 0) return true;
		this.#pendingPx %= cellHeight;
		this.#options.press(lines < 0 ? 'ArrowUp' : 'ArrowDown', Math.min(linesMax, Math.abs(lines)));
		return true;
	}

	/** After restty has heard of it. */
	end(): void {
		this.#reports = null;
	}

	/** @param report of the mouse, no key
	 *  @returns whether it says again what this event has said */
	isRepeated(report: string): boolean {
		if (this.#reports === null) return false;
		if (this.#reports.has(report)) return true;
		this.#reports.add(report);
		return false;
	}
}
