// Search in one terminal's screen and scrollback: every match's place, the one that is chosen, and what of
// it is in view. Window only, pure; reading.ts feeds it, SearchBar shows it. Not restty's own search
// (0.3.0), which knows neither case nor patterns.
import { PlainFinder, RegexFinder, type LineFinder, type PatternRunner } from './pattern';
import {
	cellAt,
	lineEnd,
	lineStart,
	readLines,
	spansOf,
	type Cell,
	type CellSpan,
	type GridSource,
	type RowCount,
	type TextGrid
} from './scrollback';

export interface SearchQuery {
	readonly text: string;
	readonly isRegex: boolean;
	readonly isCaseSensitive: boolean;
}

export interface SearchState {
	readonly total: number;
	/** From 1, the oldest; 0 while none is chosen. */
	readonly index: number;
	/** The text is to be a regular expression and is none. */
	readonly isFaulty: boolean;
	/** It was broken off: it would stop the search for long, or for ever. */
	readonly isTooSlow: boolean;
	/** Where matches are, from 0, the oldest row, to 1. */
	readonly ticks: readonly number[];
	/** Where the chosen one is. */
	readonly tick: number | null;
}

export const NO_SEARCH: SearchState = {
	total: 0,
	index: 0,
	isFaulty: false,
	isTooSlow: false,
	ticks: [],
	tick: null
};

/** Rows that are read in one turn. */
const SLICE_ROWS = 2_000;
/** What comes is searched this much later, together with what follows it. */
const OUTPUT_MS = 100;
/** More cannot be told apart at the edge of a terminal. */
const TICKS_MAX = 200;
/** Rows at the top of the view that the bar may cover. */
const COVERED_ROWS = 3;

interface Match {
	/** Number of the first row of its line, as RowCount has it. */
	readonly row: number;
	readonly start: number;
	readonly end: number;
}

/** @returns null for nothing to search for, `faulty` for what is no regular expression */
export function patternOf({
	text,
	isRegex,
	isCaseSensitive
}: SearchQuery): RegExp | 'faulty' | null {
	if (text === '') return null;
	const source = isRegex ? text : text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
	try {
		return new RegExp(source, isCaseSensitive ? 'gu' : 'giu');
	} catch (cause) {
		if (cause instanceof SyntaxError) return 'faulty';
		throw cause;
	}
}

export interface TextSearchOptions {
	readonly core: () => Pick<GridSource, 'grid'> | null;
	readonly rows: RowCount;
	/** Moves the view by rows, down when positive. */
	readonly scrollBy: (rows: number) => void;
	/** What is marked or told has changed. */
	readonly onChange: () => void;
	/** Runs in a later turn. @returns cancel */
	readonly later: (run: () => void, delayMs: number) => () => void;
	/** Runs regular expressions; without it they run here, and one that backtracks for ever does so here. */
	readonly runner?: PatternRunner;
}

export class TextSearch {
	readonly #options: TextSearchOptions;
	#query: SearchQuery | null = null;
	#finder: LineFinder | null = null;
	#isFaulty = false;
	#isTooSlow = false;
	/** The matches of the next rows are being looked for. */
	#isWaiting = false;
	/** Where to go when all matches are known. */
	#stepDue: 1 | -1 | null = null;
	#matches: Match[] = [];
	#chosen = -1;
	/** Number of the next row to read. */
	#next = 0;
	#epoch = 0;
	#cancel: (() => void) | null = null;
	/** The nearest match is chosen when all are known. */
	#isChoosing = false;
	#isWhole = true;
	#chosenCell: Cell | null = null;
	#state: SearchState = NO_SEARCH;

	constructor(options: TextSearchOptions) {
		this.#options = options;
	}

	get state(): SearchState {
		return this.#state;
	}

	get isOn(): boolean {
		return this.#query !== null;
	}

	/** Begins anew; matches of a former query are gone. */
	find(query: SearchQuery): void {
		this.#query = query;
		const pattern = patternOf(query);
		this.#isFaulty = pattern === 'faulty';
		this.#use(pattern === 'faulty' ? null : pattern, query.isRegex);
		this.#isChoosing = true;
		this.#begin();
	}

	stop(): void {
		this.#query = null;
		this.#use(null, false);
		this.#options.runner?.dispose();
		this.#isFaulty = false;
		this.#begin();
	}

	/** Text came, or moved to other rows. */
	changed(): void {
		if (this.#finder === null) return;
		if (this.#epoch !== this.#options.rows.epoch) {
			this.#isChoosing ||= this.#chosen >= 0;
			this.#begin();
		} else this.#schedule(OUTPUT_MS);
	}

	/** The program has another screen now: matches are of what is there. */
	anew(): void {
		if (this.#finder !== null) this.#begin();
	}

	/** Goes to the match after the chosen one, or to the one before it; around the ends. */
	step(by: 1 | -1): void {
		while (!this.#isWhole && !this.#isWaiting) {
			this.#unschedule();
			this.#slice();
		}
		if (this.#isWaiting) {
			this.#stepDue = by;
			return;
		}
		const { length } = this.#matches;
		if (length === 0) return;
		// Before one is chosen the next is the first, and the one before it the last.
		const from = this.#chosen < 0 && by > 0 ? -1 : Math.max(0, this.#chosen);
		this.#chosen = (from + by + length) % length;
		this.#show();
		this.#tell();
	}

	/** The matches in view, with rows as the view counts them. */
	inView(): readonly CellSpan[] {
		const grid = this.#options.core()?.grid() ?? null;
		const finder = this.#finder;
		if (grid === null || finder === null || grid.total === 0) return [];
		const last = Math.min(grid.total, grid.offset + grid.rows) - 1;
		const { dropped, epoch } = this.#options.rows;
		const chosen = epoch === this.#epoch ? this.#chosenCell : null;
		// Read anew: what is on the screen may have changed since it was searched.
		const lines = readLines(grid, lineStart(grid, grid.offset), lineEnd(grid, last));
		finder.ask(lines.map(({ text }) => text));
		return lines
			.flatMap((line) =>
				(finder.find(line.text) ?? []).flatMap((part) => {
					const spans = spansOf(grid, line, { ...part, isSelected: false });
					const [first] = spans;
					const isSelected =
						chosen !== null && first?.row === chosen.row - dropped && first.startCol === chosen.col;
					return isSelected ? spans.map((span) => ({ ...span, selected: true })) : spans;
				})
			)
			.map((span) => ({ ...span, row: span.row - grid.offset }))
			.filter(({ row }) => row >= 0 && row < grid.rows);
	}

	dispose(): void {
		this.#unschedule();
		this.#finder?.dispose();
		this.#options.runner?.dispose();
	}

	#unschedule(): void {
		this.#cancel?.();
		this.#cancel = null;
	}

	#use(pattern: RegExp | null, isRegex: boolean): void {
		this.#finder?.dispose();
		this.#isTooSlow = false;
		const { runner } = this.#options;
		this.#finder =
			pattern === null
				? null
				: isRegex && runner !== undefined
					? new RegexFinder({
							pattern,
							runner,
							onFound: () => {
								this.#found();
							},
							onTooLong: () => {
								this.#finder = null;
								this.#isTooSlow = true;
								this.#begin();
							}
						})
					: new PlainFinder(pattern);
	}

	/** The worker has answered. */
	#found(): void {
		if (this.#isWaiting) {
			this.#isWaiting = false;
			this.#unschedule();
			this.#slice(true);
		} else this.#options.onChange();
	}

	#begin(): void {
		this.#epoch = this.#options.rows.epoch;
		this.#matches = [];
		this.#chosen = -1;
		this.#chosenCell = null;
		this.#next = this.#options.rows.dropped;
		this.#unschedule();
		this.#isWaiting = false;
		this.#stepDue = null;
		this.#isWhole = this.#finder === null;
		if (this.#finder === null) this.#tell();
		else this.#slice();
	}

	#schedule(delayMs: number): void {
		this.#cancel ??= this.#options.later(() => {
			this.#cancel = null;
			this.#slice();
		}, delayMs);
	}

	/** @param isAnswered lines that came while the rest was looked at are left for the next time, or a flood
	 *  of output would be waited for without end */
	#slice(isAnswered = false): void {
		const grid = this.#options.core()?.grid() ?? null;
		const finder = this.#finder;
		if (grid === null || finder === null) {
			this.#isWhole = true;
			return;
		}
		const { dropped, epoch } = this.#options.rows;
		if (epoch !== this.#epoch) {
			this.#begin();
			return;
		}
		const from = lineStart(grid, Math.max(0, Math.min(this.#next - dropped, grid.total - 1)));
		const to = lineEnd(grid, Math.min(from + SLICE_ROWS, grid.total) - 1);
		const lines = readLines(grid, from, to);
		const unknown = lines.find(({ text }) => finder.find(text) === null);
		if (unknown !== undefined) finder.ask(lines.map(({ text }) => text));
		if (unknown !== undefined && !isAnswered) {
			this.#isWaiting = true;
			// What was told of the former text is no longer so.
			if (this.#state.isTooSlow || this.#state.isFaulty) this.#tell();
			return;
		}
		const wasChosen = this.#matches[this.#chosen];
		this.#matches = this.#matches.filter(({ row }) => row >= dropped && row < from + dropped);
		for (const line of lines)
			for (const part of finder.find(line.text) ?? [])
				this.#matches.push({ row: line.row + dropped, ...part });
		this.#choose(wasChosen);
		this.#isWhole = to >= grid.total - 1;
		// Programs write to the screen alone: what is above it stays as it was read.
		this.#next = (this.#isWhole ? Math.min(to + 1, grid.total - grid.rows) : to + 1) + dropped;
		if (unknown !== undefined) {
			this.#next = Math.min(this.#next, unknown.row + dropped);
			this.#schedule(OUTPUT_MS);
		}
		if (!this.#isWhole) this.#schedule(0);
		else if (this.#isChoosing) {
			this.#isChoosing = false;
			this.#chooseNearest(grid, dropped);
			this.#show();
		}
		this.#tell();
		const due = this.#isWhole ? this.#stepDue : null;
		if (due === null) return;
		this.#stepDue = null;
		this.step(due);
	}

	/** The chosen match stays chosen, wherever it is in the list now. */
	#choose(was: Match | undefined): void {
		if (was === undefined) return;
		const isAtOrAfter = ({ row, start }: Match) =>
			row > was.row || (row === was.row && start >= was.start);
		const at = this.#matches.findIndex(isAtOrAfter);
		this.#chosen = at < 0 ? this.#matches.length - 1 : at;
	}

	/** The last one that is in view or above it: what was written last is what is looked for. */
	#chooseNearest(grid: TextGrid, dropped: number): void {
		const last = grid.offset + grid.rows - 1 + dropped;
		const at = this.#matches.findLastIndex(({ row }) => row <= last);
		this.#chosen = at < 0 && this.#matches.length > 0 ? 0 : at;
	}

	/** Brings the chosen match into view when it is not. */
	#show(): void {
		const match = this.#matches[this.#chosen];
		const grid = this.#options.core()?.grid() ?? null;
		this.#chosenCell = null;
		if (match === undefined || grid === null) return;
		const { dropped } = this.#options.rows;
		const row = match.row - dropped;
		const end = lineEnd(grid, row);
		const [line] = readLines(grid, row, end);
		if (line === undefined) return;
		const cell = cellAt(grid, line, match.start);
		this.#chosenCell = { row: cell.row + dropped, col: cell.col };
		const first = grid.offset === 0 ? 0 : grid.offset + COVERED_ROWS;
		if (cell.row >= first && cell.row < grid.offset + grid.rows) return;
		const offset = Math.min(
			Math.max(0, cell.row - Math.floor(grid.rows / 2)),
			grid.total - grid.rows
		);
		this.#options.scrollBy(offset - grid.offset);
	}

	#tell(): void {
		const total = this.#matches.length;
		const grid = this.#options.core()?.grid() ?? null;
		const { dropped } = this.#options.rows;
		const place = ({ row }: Match) => Math.max(0, row - dropped) / Math.max(1, grid?.total ?? 1);
		const ticks = new Set<number>();
		for (const match of this.#matches) {
			ticks.add(Math.round(place(match) * TICKS_MAX) / TICKS_MAX);
			if (ticks.size > TICKS_MAX) break;
		}
		const chosen = this.#matches[this.#chosen];
		this.#state = {
			total,
			index: this.#chosen + 1,
			isFaulty: this.#isFaulty,
			isTooSlow: this.#isTooSlow,
			ticks: [...ticks],
			tick: chosen === undefined ? null : place(chosen)
		};
		this.#options.onChange();
	}
}
