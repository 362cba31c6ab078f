// Which line of text a row is in, so that it is found again when lines take other rows in another width.
// Window only, pure; reading.ts keeps prompts in their lines with it.
import { readLines, type TextGrid } from './scrollback';

/** The lines of a terminal at one time. */
export class LinePlaces {
	/** First rows of the lines, as the grid counts them. */
	readonly #rows: readonly number[];
	readonly #first: string | undefined;

	constructor(grid: TextGrid) {
		const lines = readLines(grid, 0, grid.total - 1);
		this.#rows = lines.map(({ row }) => row);
		this.#first = lines[0]?.text;
	}

	/** The same lines in another width.
	 *  @returns where the line of a row begins now; null when the oldest lines are gone, whose number
	 *  nobody tells */
	in(grid: TextGrid): ((row: number) => number) | null {
		const now = readLines(grid, 0, grid.total - 1);
		if (this.#first === undefined || now[0]?.text !== this.#first) return null;
		return (row) => {
			const at = this.#rows.findLastIndex((first) => first <= row);
			return now[at]?.row ?? now.length;
		};
	}
}
