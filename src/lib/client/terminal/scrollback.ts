// The rows of a terminal, screen and scrollback, as the lines that programs wrote: for search, prompts and
// the text file. Window only, pure; core.ts gives the rows.

/** Rows of the core, counted from the oldest one that it keeps. */
export interface TextGrid {
	/** Rows that it has, those of the screen with them. */
	readonly total: number;
	/** First row in view. */
	readonly offset: number;
	/** Rows of the screen. */
	readonly rows: number;
	readonly cols: number;
	/** Text from one cell to another, both with it: rows that a program wrote as one line are one line,
	 *  space at the ends of lines is left out. */
	read(fromRow: number, fromCol: number, toRow: number, toCol: number): string;
}

/** A line as its program wrote it: one row, or several when it was longer than the terminal is wide. */
export interface TextLine {
	readonly row: number;
	readonly rows: number;
	readonly text: string;
}

export interface Cell {
	readonly row: number;
	readonly col: number;
}

/** From one cell to another, both with it. */
export interface CellRange {
	readonly from: Cell;
	readonly to: Cell;
}

export const isBefore = (one: Cell, other: Cell): boolean =>
	one.row < other.row || (one.row === other.row && one.col < other.col);

/** Cells of one row in view, `endCol` with them. */
export interface CellSpan {
	readonly row: number;
	readonly startCol: number;
	readonly endCol: number;
	readonly selected: boolean;
}

/** A longer line is taken as several: what is in view must not depend on thousands of rows. */
const LINE_MAX_ROWS = 200;

const rowsOf = (grid: TextGrid, from: number, to: number): string =>
	grid.read(from, 0, to, grid.cols - 1);

/** @returns whether the row and the next one are of one line */
const goesOn = (grid: TextGrid, row: number): boolean =>
	row >= 0 && row + 1 < grid.total && !rowsOf(grid, row, row + 1).includes('\n');

/** First row of the line that a row is of. */
export function lineStart(grid: TextGrid, row: number): number {
	let start = row;
	while (start > 0 && row - start < LINE_MAX_ROWS && goesOn(grid, start - 1)) start -= 1;
	return start;
}

/** Last row of the line that a row is of. */
export function lineEnd(grid: TextGrid, row: number): number {
	let end = row;
	while (end - row < LINE_MAX_ROWS && goesOn(grid, end)) end += 1;
	return end;
}

/** The lines of rows `from` to `to`, both with them; neither may cut a line.
 *  One call of the core for most of them: only lines of several rows cost more. */
export function readLines(grid: TextGrid, from: number, to: number): TextLine[] {
	if (to < from) return [];
	const texts = rowsOf(grid, from, to).split('\n');
	if (texts.length === to - from + 1)
		return texts.map((text, index) => ({ row: from + index, rows: 1, text }));
	const [only] = texts;
	if (texts.length === 1 && only !== undefined)
		return [{ row: from, rows: to - from + 1, text: only }];
	const middle = from + Math.floor((to - from) / 2);
	const first = readLines(grid, from, middle);
	const second = readLines(grid, middle + 1, to);
	if (goesOn(grid, middle)) {
		const head = first.pop();
		const tail = second.shift();
		if (head !== undefined && tail !== undefined) {
			const last = tail.row + tail.rows - 1;
			first.push({ row: head.row, rows: last - head.row + 1, text: rowsOf(grid, head.row, last) });
		}
	}
	return [...first, ...second];
}

/** The cell at which a place in a line's text is drawn; behind its end the next one. */
export function cellAt(grid: TextGrid, line: TextLine, at: number): Cell {
	const cellOf = (place: number): Cell => ({
		row: line.row + Math.floor(place / grid.cols),
		col: place % grid.cols
	});
	// A character of ASCII has a cell of its own; of others only the core knows.
	if (isAscii(line.text)) return cellOf(at);
	let low = 0;
	let high = line.rows * grid.cols;
	while (low < high) {
		const middle = Math.floor((low + high) / 2);
		const { row, col } = cellOf(middle);
		const rest = grid.read(row, col, line.row + line.rows - 1, grid.cols - 1);
		if (line.text.length - rest.length >= at) high = middle;
		else low = middle + 1;
	}
	return cellOf(low);
}

/** The spans of a part of a line's text, one a row; rows as the grid counts them. */
export function spansOf(
	grid: TextGrid,
	line: TextLine,
	part: { readonly start: number; readonly end: number; readonly isSelected: boolean }
): readonly CellSpan[] {
	const first = cellAt(grid, line, part.start);
	const next = cellAt(grid, line, part.end);
	const last: Cell =
		next.col > 0 ? { row: next.row, col: next.col - 1 } : { row: next.row - 1, col: grid.cols - 1 };
	const spans: CellSpan[] = [];
	for (let { row } = first; row <= last.row; row += 1) {
		spans.push({
			row,
			startCol: row === first.row ? first.col : 0,
			endCol: row === last.row ? last.col : grid.cols - 1,
			selected: part.isSelected
		});
	}
	return spans;
}

/** All of it as text for a file: without the empty lines at its end. */
export function wholeText(grid: TextGrid): string {
	const text = rowsOf(grid, 0, grid.total - 1).trimEnd();
	return text === '' ? '' : `${text}\n`;
}

/** Tells which row is which while the oldest ones are dropped. A row's number here stays its own until
 *  `epoch` changes: then all is another text. */
export class RowCount {
	#dropped = 0;
	#epoch = 0;

	/** Rows that are gone: a row's number less this is its place in the grid. */
	get dropped(): number {
		return this.#dropped;
	}

	get epoch(): number {
		return this.#epoch;
	}

	/** The numbers that were given mean nothing any more. */
	forget(): void {
		this.#epoch += 1;
		this.#dropped = 0;
	}

	/** Writes, and finds out how many rows that has cost. The core tells it of no row but the first in view,
	 *  which it holds while rows above it go: so the view stands before the screen meanwhile. */
	around(core: GridSource, write: () => void): void {
		const before = core.grid();
		if (before === null || before.total <= before.rows) {
			write();
			return;
		}
		const isAtEnd = before.offset + before.rows >= before.total;
		const held = before.total - before.rows - 1;
		core.moveView(held - before.offset);
		write();
		const after = core.grid();
		if (after === null) return;
		const lost = held - after.offset;
		core.moveView(isAtEnd ? after.total : before.offset - lost - after.offset);
		// The held row is gone as well, or all that was above the screen.
		if (lost < 0 || (after.offset === 0 && held > 0) || after.total <= after.rows) this.forget();
		else this.#dropped += lost;
	}
}

/** What of a core counts rows. */
export interface GridSource {
	grid(): TextGrid | null;
	moveView(rows: number): void;
}

const isAscii = (text: string): boolean => {
	for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7e) return false;
	return true;
};
