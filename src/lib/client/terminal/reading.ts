// Reading back in one terminal: search, the prompts and outputs of its commands, its text for a file. Lives
// as long as its terminal, whose engine may be another one after a trap. Window only; terminal.ts feeds it.
import type { CommandMark } from './byte-filter';
import { CommandLog, type Command, type CommandEnd } from './commands';
import { CopiedRows } from './copied-rows';
import type { Engine } from './engine';
import { LinePlaces } from './line-places';
import { OwnSelection } from './own-selection';
import { createPatternWorker, PatternRunner } from './pattern';
import { RowCount, wholeText, type Cell, type CellSpan, type TextGrid } from './scrollback';
import { NO_SEARCH, TextSearch, type SearchQuery, type SearchState } from './search';

/** A command whose prompt is in view. */
export interface PromptMark {
	/** Tells it from others while it is kept. */
	readonly id: number;
	/** From the first row in view. */
	readonly row: number;
	readonly status: number | null;
	readonly tookMs: number | null;
	readonly hasOutput: boolean;
	/** The person has gone to it by key. */
	readonly isChosen: boolean;
}

export interface ReadingState {
	readonly search: SearchState;
	readonly marks: readonly PromptMark[];
	/** Height of a row in the page. */
	readonly rowPx: number;
}

export const NOTHING_READ: ReadingState = { search: NO_SEARCH, marks: [], rowPx: 0 };

export class Reading {
	/** What restty cannot select by itself. */
	readonly selection: OwnSelection;
	readonly #onChange: (state: ReadingState) => void;
	/** The view has been moved, or what is in it. */
	readonly #onScrolled: () => void;
	readonly #rows = new RowCount();
	readonly #commands = new CommandLog();
	readonly #search: TextSearch;
	#engine: Engine | null = null;
	#isAlternate = false;
	#epoch = 0;
	/** Number of the prompt's row that the person went to. */
	#chosen: number | null = null;
	readonly #copied = new CopiedRows(() => {
		this.#markCells();
	});
	/** The shell's lines, while a program's own screen hides them and commands are known. */
	#hidden: LinePlaces | null = null;
	/** They have taken other rows since. */
	#hasHiddenMoved = false;
	#told = '';
	#offset = 0;

	constructor(onChange: (state: ReadingState) => void, onScrolled: () => void) {
		this.#onChange = onChange;
		this.#onScrolled = onScrolled;
		this.selection = new OwnSelection({
			core: () => this.#engine?.core ?? null,
			rows: this.#rows,
			onChange: () => {
				const { isActive } = this.selection;
				this.#engine?.select(isActive ? () => this.selection.inView() : null);
			}
		});
		const later = (run: () => void, delayMs: number) => {
			const timer = setTimeout(run, delayMs);
			return () => {
				clearTimeout(timer);
			};
		};
		this.#search = new TextSearch({
			core: () => this.#engine?.core ?? null,
			rows: this.#rows,
			scrollBy: (rows) => this.#engine?.scrollBy(rows),
			onChange: () => {
				this.#markCells();
				this.#tell();
			},
			later,
			runner: new PatternRunner({ create: createPatternWorker, later })
		});
	}

	/** Another engine, or none; what comes is written anew. */
	use(engine: Engine | null): void {
		this.#engine = engine;
		this.#rows.forget();
		this.#commands.forget();
		this.#isAlternate = false;
		this.#hidden = null;
		this.#chosen = null;
		this.#copied.forget();
		this.selection.drop();
		engine?.core.onResize((resize) => {
			this.#resize(resize);
		});
		this.#search.changed();
	}

	/** Runs what writes to the core. */
	around(write: () => void): void {
		const core = this.#engine?.core;
		const isCounting =
			this.#search.isOn || this.#commands.all.length > 0 || this.selection.needsRows;
		const before = this.#copied.rows === null ? null : (core?.grid() ?? null);
		if (core === undefined || !isCounting) write();
		else this.#rows.around(core, write);
		if (before !== null && core?.grid()?.total !== before.total) this.#copied.left();
		this.selection.written();
		this.#search.changed();
	}

	/** A mode that a program switches; its screen of its own has no rows of the shell's.
	 *  @param run takes it to the core */
	mode(sequence: string, run: () => void): void {
		const match = /\[\?(?:47|1047|1049)([hl])$/.exec(sequence);
		const isAlternate = match === null ? this.#isAlternate : match[1] === 'h';
		if (isAlternate === this.#isAlternate) {
			run();
			return;
		}
		this.selection.drop();
		this.#forgetLost();
		const grid = this.#engine?.core.grid() ?? null;
		if (isAlternate && grid !== null && this.#commands.all.length > 0)
			this.#hidden = new LinePlaces(grid);
		run();
		this.#isAlternate = isAlternate;
		if (!isAlternate) this.#comeBack();
		this.#search.anew();
	}

	/** OSC 133; all before it has been written. @param atMs null when it is drawn anew
	 *  @returns the command that has ended by it */
	mark(mark: CommandMark, status: number | null, atMs: number | null): CommandEnd | null {
		const core = this.#engine?.core;
		const grid = core?.grid() ?? null;
		const cursor = core?.cursor() ?? null;
		if (grid === null || cursor === null || this.#isAlternate) return null;
		this.#forgetLost();
		const before = this.#commands.all.at(-1);
		this.#commands.mark(mark, this.#cellOf(grid, cursor), status, atMs);
		const last = this.#commands.all.at(-1);
		if (mark !== 'D' || last === before || last === undefined || last.tookMs === null) return null;
		return { tookMs: last.tookMs, status: last.status };
	}

	/** Another shell begins below: the command that ran in the last one did not finish. */
	newShell(): void {
		const grid = this.#engine?.core.grid() ?? null;
		const cursor = this.#engine?.core.cursor() ?? null;
		if (grid === null || cursor === null) return;
		this.#forgetLost();
		this.#commands.lost(this.#cellOf(grid, cursor));
	}

	/** A frame has been drawn. */
	drawn(): void {
		const before = this.#offset;
		this.mirrored();
		if (this.#offset !== before) this.#onScrolled();
		this.#tell();
	}

	/** The mirror was written, maybe between two frames: where it was then is what the next one is told apart from. */
	mirrored(): void {
		this.#offset = this.#engine?.core.grid()?.offset ?? 0;
	}

	find(query: SearchQuery): void {
		this.#search.find(query);
	}

	/** To the next match or the one before. */
	step(by: 1 | -1): void {
		this.#search.step(by);
	}

	/** No search any more; the view stays where it is. */
	stopSearch(): void {
		this.#search.stop();
	}

	/** Brings the prompt before the one that was chosen last to the top of the view, or the one after it.
	 *  @returns false when there is none */
	toPrompt(by: 1 | -1): boolean {
		this.#forgetLost();
		const grid = this.#engine?.core.grid() ?? null;
		if (grid === null || this.#isAlternate) return false;
		const { dropped } = this.#rows;
		// At the end stands the prompt of what is being typed.
		const typed = this.#commands.all.findLast(({ output }) => output === null)?.promptRow;
		const isAtEnd = grid.offset + grid.rows >= grid.total;
		const from =
			this.#chosen ?? (isAtEnd ? (typed ?? grid.total + dropped) : grid.offset + dropped);
		const row = this.#commands.promptFrom(from, by);
		if (row === null) return false;
		this.#chosen = row;
		const offset = Math.min(row - dropped, grid.total - grid.rows);
		this.#engine?.scrollBy(offset - grid.offset);
		this.#engine?.changed();
		this.#tell();
		return true;
	}

	/** The shell marks its commands. */
	get hasPrompts(): boolean {
		return this.#commands.all.length > 0;
	}

	/** Keys go to the shell: the next jump begins at the end again. */
	typed(): void {
		this.#chosen = null;
		this.selection.drop();
		this.#copied.left();
	}

	/** A pointer has been pressed in the terminal. */
	pressed(): void {
		this.#copied.left();
	}

	/** What a command wrote, the last one without `id`; it stands out until the person
	 *  goes on.
	 *  @returns null when no command is known, or it wrote nothing */
	output(id?: number): string | null {
		this.#forgetLost();
		const core = this.#engine?.core;
		const grid = core?.grid() ?? null;
		const cursor = core?.cursor() ?? null;
		const command = this.#commands.all.findLast(
			({ promptRow, output }) => output !== null && (id === undefined || promptRow === id)
		);
		if (grid === null || cursor === null || command === undefined || this.#isAlternate) return null;
		const { output } = command;
		if (output === null) return null;
		const { dropped } = this.#rows;
		const next = this.#commands.promptFrom(command.promptRow, 1);
		// It still runs: up to where it is.
		const end = command.end ?? {
			row: next ?? grid.total - grid.rows + cursor.row + dropped,
			col: next === null ? cursor.col : 0
		};
		const last = end.col > 0 ? end : { row: end.row - 1, col: grid.cols };
		if (last.row < output.row) return null;
		const text = grid
			.read(output.row - dropped, output.col, last.row - dropped, last.col - 1)
			.trimEnd();
		if (text === '') return null;
		this.#copied.show({ from: output.row, to: last.row });
		return `${text}\n`;
	}

	/** Screen and scrollback. */
	text(): string {
		const grid = this.#engine?.core.grid() ?? null;
		return grid === null ? '' : wholeText(grid);
	}

	dispose(): void {
		this.#search.dispose();
		this.#copied.dispose();
		this.#engine = null;
	}

	/** Lines take other rows in another width; which line a prompt is in stays as it is. */
	#resize(resize: () => void): void {
		this.selection.drop();
		const before = this.#engine?.core.grid() ?? null;
		this.#forgetLost();
		const { dropped } = this.#rows;
		const isKnown = before !== null && this.#commands.all.length > 0;
		const places = isKnown && !this.#isAlternate ? new LinePlaces(before) : null;
		resize();
		this.#rows.forget();
		this.#epoch = this.#rows.epoch;
		this.#commands.move(({ row, col }) => ({ row: row - dropped, col }));
		// What a program's own screen hides can be asked when that is left.
		if (places === null) this.#hasHiddenMoved = true;
		else this.#moveCommands(places);
		this.#chosen = null;
		this.#copied.forget();
		this.#search.changed();
	}

	/** The shell's screen is in view again, in whatever width. */
	#comeBack(): void {
		const places = this.#hidden;
		this.#hidden = null;
		if (places !== null && this.#hasHiddenMoved) this.#moveCommands(places);
		this.#hasHiddenMoved = false;
	}

	/** From rows of one width to those of another, none of them dropped. */
	#moveCommands(places: LinePlaces): void {
		const grid = this.#engine?.core.grid() ?? null;
		const cellOf = grid && places.in(grid);
		if (cellOf === null) this.#commands.forget();
		else this.#commands.move(cellOf);
	}

	/** Where the cursor stands, by a row number that stays the same while the scrollback drops others. */
	#cellOf({ total, rows }: TextGrid, cursor: Cell): Cell {
		return { row: total - rows + cursor.row + this.#rows.dropped, col: cursor.col };
	}

	/** A screen that was cleared, or rows that the scrollback has dropped. */
	#forgetLost(): void {
		if (this.#epoch !== this.#rows.epoch) {
			this.#epoch = this.#rows.epoch;
			this.#commands.forget();
			this.#chosen = null;
			this.#copied.forget();
		}
		this.#commands.dropBefore(this.#rows.dropped);
	}

	#markCells(): void {
		const isMarking = this.#search.isOn || this.#copied.rows !== null;
		this.#engine?.mark(
			isMarking ? () => [...this.#search.inView(), ...this.#copiedInView()] : null
		);
	}

	#copiedInView(): readonly CellSpan[] {
		const grid = this.#engine?.core.grid() ?? null;
		const { rows } = this.#copied;
		if (rows === null || grid === null || this.#epoch !== this.#rows.epoch) return [];
		const first = grid.offset + this.#rows.dropped;
		const spans: CellSpan[] = [];
		const last = Math.min(rows.to - first, grid.rows - 1);
		for (let row = Math.max(0, rows.from - first); row <= last; row += 1)
			spans.push({ row, startCol: 0, endCol: grid.cols - 1, selected: false });
		return spans;
	}

	#inView(): readonly PromptMark[] {
		const grid = this.#engine?.core.grid() ?? null;
		if (grid === null || this.#isAlternate || this.#epoch !== this.#rows.epoch) return [];
		const first = grid.offset + this.#rows.dropped;
		const mark = ({ promptRow, output, status, tookMs }: Command): PromptMark => ({
			id: promptRow,
			row: promptRow - first,
			status,
			tookMs,
			hasOutput: output !== null,
			isChosen: promptRow === this.#chosen
		});
		return this.#commands.all
			.filter(({ promptRow }) => promptRow >= first && promptRow < first + grid.rows)
			.map(mark);
	}

	#tell(): void {
		const state: ReadingState = {
			search: this.#search.state,
			marks: this.#inView(),
			rowPx: this.#engine?.rowPx ?? 0
		};
		// Asked for after every frame.
		const told = JSON.stringify([state.search, state.marks, state.rowPx]);
		if (told === this.#told) return;
		this.#told = told;
		this.#onChange(state);
	}
}
