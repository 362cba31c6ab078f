// What is selected in ways that restty (0.3.0) has no call for: a rectangle of cells, and all of a terminal's
// text. It stays on its text while that scrolls, and ends when a key is typed or the text becomes another
// one. Window only, pure; reading.ts has one for each terminal, selection-paint.ts draws it.
import type { Cell, CellSpan, GridSource, RowCount, TextGrid } from './scrollback';

export interface OwnSelectionOptions {
	readonly core: () => Pick<GridSource, 'grid'> | null;
	readonly rows: RowCount;
	/** What is selected has changed. */
	readonly onChange: () => void;
}

/** Rows as RowCount numbers them, all ends with it. */
interface Selected {
	readonly kind: 'block' | 'all';
	readonly anchor: Cell;
	readonly focus: Cell;
	readonly epoch: number;
	/** First row that programs could still write to when it was selected. */
	readonly screenRow: number;
	/** Its text from there on: what is above does not change any more. */
	readonly onScreen: string;
}

interface Bounds {
	readonly top: number;
	readonly bottom: number;
	readonly left: number;
	readonly right: number;
}

export class OwnSelection {
	readonly #options: OwnSelectionOptions;
	#selected: Selected | null = null;

	constructor(options: OwnSelectionOptions) {
		this.#options = options;
	}

	get isActive(): boolean {
		return this.#selected !== null;
	}

	/** There is something to copy: a rectangle may hold nothing but space. */
	get hasText(): boolean {
		return this.#selected?.kind === 'all' || this.text() !== '';
	}

	/** Selects the rectangle between two cells, both with it; rows by their numbers. */
	block(anchor: Cell, focus: Cell): void {
		this.#set('block', anchor, focus);
	}

	/** A cell in view, with its row by number; null while there is no core. */
	cellAt(inView: Cell): Cell | null {
		const grid = this.#grid();
		return grid && { row: grid.offset + inView.row + this.#options.rows.dropped, col: inView.col };
	}

	/** Selects scrollback and screen, down to the last row with text.
	 *  @returns how many lines that are */
	all(): number {
		this.drop();
		const grid = this.#grid();
		if (grid === null) return 0;
		let last = grid.total - 1;
		while (last >= 0 && grid.read(last, 0, last, grid.cols - 1) === '') last -= 1;
		if (last < 0) return 0;
		const { dropped } = this.#options.rows;
		this.#set('all', { row: dropped, col: 0 }, { row: last + dropped, col: grid.cols - 1 });
		return this.text().split('\n').length;
	}

	/** Without the space at the ends of lines; empty when nothing is selected. */
	text(): string {
		const grid = this.#grid();
		const selected = this.#selected;
		if (grid === null || selected === null) return '';
		return this.#read(grid, selected, 0).replace(/^\n+$/, '');
	}

	/** The selected cells in view, with rows as the view counts them. */
	inView(): readonly CellSpan[] {
		const grid = this.#grid();
		const selected = this.#selected;
		if (grid === null || selected?.epoch !== this.#options.rows.epoch) return [];
		const { top, bottom, left, right } = boundsOf(selected);
		const first = grid.offset + this.#options.rows.dropped;
		const spans: CellSpan[] = [];
		const last = Math.min(bottom - first, grid.rows - 1);
		for (let row = Math.max(0, top - first); row <= last; row += 1)
			spans.push({ row, startCol: left, endCol: Math.min(right, grid.cols - 1), selected: true });
		return spans;
	}

	/** A program has written: what it wrote over is not selected any more. Rows that fall out of the
	 *  scrollback leave the others selected. */
	written(): void {
		const selected = this.#selected;
		if (selected === null) return;
		const grid = this.#grid();
		const { epoch, dropped } = this.#options.rows;
		const isThere =
			grid !== null &&
			epoch === selected.epoch &&
			dropped <= boundsOf(selected).bottom &&
			this.#read(grid, selected, selected.screenRow) === selected.onScreen;
		if (!isThere) this.drop();
	}

	drop(): void {
		if (this.#selected === null) return;
		this.#selected = null;
		this.#options.onChange();
	}

	#grid(): TextGrid | null {
		return this.#options.core()?.grid() ?? null;
	}

	#set(kind: Selected['kind'], anchor: Cell, focus: Cell): void {
		const grid = this.#grid();
		if (grid === null) return;
		const { epoch, dropped } = this.#options.rows;
		const screenRow = grid.total - grid.rows + dropped;
		const selected = { kind, anchor, focus, epoch, screenRow };
		this.#selected = { ...selected, onScreen: this.#read(grid, selected, screenRow) };
		this.#options.onChange();
	}

	/** @param from number of the first row that counts */
	#read(
		grid: TextGrid,
		selected: Pick<Selected, 'kind' | 'anchor' | 'focus'>,
		from: number
	): string {
		const { dropped } = this.#options.rows;
		const { top, bottom, left, right } = boundsOf(selected);
		const first = Math.max(top, from, dropped) - dropped;
		const last = Math.min(bottom - dropped, grid.total - 1);
		if (first > last) return '';
		if (selected.kind === 'all') return grid.read(first, left, last, right);
		const lines: string[] = [];
		for (let row = first; row <= last; row += 1) lines.push(grid.read(row, left, row, right));
		return lines.join('\n');
	}
}

function boundsOf({ anchor, focus }: Pick<Selected, 'anchor' | 'focus'>): Bounds {
	return {
		top: Math.min(anchor.row, focus.row),
		bottom: Math.max(anchor.row, focus.row),
		left: Math.min(anchor.col, focus.col),
		right: Math.max(anchor.col, focus.col)
	};
}
