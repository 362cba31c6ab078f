// What is selected: text from one cell to another, a rectangle of cells, or all of a terminal's text. It stays
// on its text while that scrolls, which restty's own (0.3.0) does not, and ends when a key is typed or the text
// becomes another one. Window only, pure; reading.ts has one for each terminal, selection-paint.ts draws it.
import {
	isBefore,
	lineEnd,
	lineStart,
	type Cell,
	type CellRange,
	type CellSpan,
	type GridSource,
	type RowCount,
	type TextGrid
} from './scrollback';

export interface OwnSelectionOptions {
	readonly core: () => Pick<GridSource, 'grid'> | null;
	readonly rows: RowCount;
	/** What is selected has changed. */
	readonly onChange: () => void;
}

/** Rows as RowCount numbers them, all ends with it. */
interface Selected {
	/** `flow` runs over the ends of its rows, `all` is a flow of everything. */
	readonly kind: 'block' | 'flow' | 'all';
	readonly anchor: Cell;
	readonly focus: Cell;
	readonly epoch: number;
	/** First row that programs could still write to when it was selected. */
	readonly screenRow: number;
	/** Its text from there on: what is above does not change any more. */
	readonly onScreen: string;
}

/** Columns of the first row and of the last one for a flow, of each row for a rectangle. */
interface Bounds {
	readonly top: number;
	readonly bottom: number;
	readonly left: number;
	readonly right: number;
}

type Ends = Pick<Selected, 'kind' | 'anchor' | 'focus'>;

export class OwnSelection {
	readonly #options: OwnSelectionOptions;
	#selected: Selected | null = null;
	/** A press is under way that may become a selection. */
	#isAwaited = false;

	constructor(options: OwnSelectionOptions) {
		this.#options = options;
	}

	get isActive(): boolean {
		return this.#selected !== null;
	}

	/** Rows must keep their numbers. */
	get needsRows(): boolean {
		return this.isActive || this.#isAwaited;
	}

	/** From a press on its cell is known by the row's number. */
	setAwaited(isAwaited: boolean): void {
		this.#isAwaited = isAwaited;
	}

	/** There is something to copy: a rectangle may hold nothing but space. */
	get hasText(): boolean {
		return this.#selected?.kind === 'all' || this.text() !== '';
	}

	/** Selects the rectangle between two cells, both with it; rows by their numbers. */
	block(anchor: Cell, focus: Cell): void {
		this.#set('block', anchor, focus);
	}

	/** Selects the text between two cells, both with it; rows by their numbers. */
	flow(anchor: Cell, focus: Cell): void {
		this.#set('flow', anchor, focus);
	}

	/** Takes over what restty has selected, in rows of the view: a word, a row, or what a finger has drawn.
	 *  A whole row becomes the line that it is of. */
	adopt(anchor: Cell, focus: Cell): void {
		const from = this.cellAt(anchor);
		const to = this.cellAt(focus);
		if (from === null || to === null) return;
		const isRow = from.row === to.row && from.col === 0;
		const line = isRow ? this.lineOf(from) : null;
		if (line === null || to.col < line.to.col) this.flow(from, to);
		else this.flow(line.from, line.to);
	}

	/** The line that a cell is of, however many rows it has. */
	lineOf({ row }: Cell): CellRange | null {
		const grid = this.#grid();
		if (grid === null) return null;
		const { dropped } = this.#options.rows;
		return {
			from: { row: lineStart(grid, row - dropped) + dropped, col: 0 },
			to: { row: lineEnd(grid, row - dropped) + dropped, col: grid.cols - 1 }
		};
	}

	/** The end that stays when what is selected is made to reach a cell; null when no text is selected. */
	endOpposite(cell: Cell): Cell | null {
		const selected = this.#selected;
		if (selected?.kind !== 'flow' || selected.epoch !== this.#options.rows.epoch) return null;
		const { top, bottom, left, right } = boundsOf(selected);
		const start = { row: top, col: left };
		return isBefore(cell, start) ? { row: bottom, col: right } : start;
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
		const isBlock = selected.kind === 'block';
		for (let row = Math.max(0, top - first); row <= last; row += 1) {
			const startCol = isBlock || row === top - first ? left : 0;
			const end = isBlock || row === bottom - first ? right : grid.cols - 1;
			spans.push({ row, startCol, endCol: Math.min(end, grid.cols - 1), selected: true });
		}
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
	#read(grid: TextGrid, selected: Ends, from: number): string {
		const { dropped } = this.#options.rows;
		const { top, bottom, left, right } = boundsOf(selected);
		const first = Math.max(top, from, dropped) - dropped;
		const last = Math.min(bottom - dropped, grid.total - 1);
		if (first > last) return '';
		if (selected.kind !== 'block')
			return grid.read(first, first === top - dropped ? left : 0, last, right);
		const lines: string[] = [];
		for (let row = first; row <= last; row += 1) lines.push(grid.read(row, left, row, right));
		return lines.join('\n');
	}
}

function boundsOf({ kind, anchor, focus }: Ends): Bounds {
	const isForward = anchor.row < focus.row || (anchor.row === focus.row && anchor.col <= focus.col);
	const [start, end] = isForward ? [anchor, focus] : [focus, anchor];
	if (kind !== 'block') return { top: start.row, bottom: end.row, left: start.col, right: end.col };
	return {
		top: Math.min(anchor.row, focus.row),
		bottom: Math.max(anchor.row, focus.row),
		left: Math.min(anchor.col, focus.col),
		right: Math.max(anchor.col, focus.col)
	};
}
