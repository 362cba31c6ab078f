// Which line of text a row is in, so that it is found again when lines take other rows in another width.
// Window only, pure; reading.ts keeps prompts in their lines with it.
import { readLines, type Cell, type TextGrid } from './scrollback';

/** The lines of a terminal at one time. */
export class LinePlaces {
	/** First rows of the lines, as the grid counts them. */
	readonly #rows: readonly number[];
	readonly #first: string | undefined;
	readonly #cols: number;

	constructor(grid: TextGrid) {
		const lines = readLines(grid, 0, grid.total - 1);
		this.#rows = lines.map(({ row }) => row);
		this.#first = lines[0]?.text;
		this.#cols = grid.cols;
	}

	/** The same lines in another width.
	 *  @returns where a place in a line is now; null when the oldest lines are gone, whose number
	 *  nobody tells */
	in(grid: TextGrid): ((cell: Cell) => Cell) | null {
		const now = readLines(grid, 0, grid.total - 1);
		if (this.#first === undefined || now[0]?.text !== this.#first) return null;
		return ({ row, col }) => {
			const at = this.#rows.findLastIndex((first) => first <= row);
			const line = now[at];
			if (line === undefined) return { row: now.length, col: 0 };
			const place = (row - (this.#rows[at] ?? row)) * this.#cols + col;
			return { row: line.row + Math.floor(place / grid.cols), col: place % grid.cols };
		};
	}
}
