// The commands of one terminal as its shell marks them (OSC 133): where each prompt and each output is, how
// long it ran, how it ended. Window only, pure; reading.ts feeds it.
import type { CommandMark } from './byte-filter';
import type { Cell } from './scrollback';

export interface Command {
	/** Row of its prompt, as RowCount numbers rows. */
	readonly promptRow: number;
	/** Where its output begins; null while it is being typed. */
	readonly output: Cell | null;
	/** Where its output has ended; null while it runs. */
	readonly end: Cell | null;
	/** Null when the times are not known: it was drawn anew. */
	readonly tookMs: number | null;
	/** What the shell told; null when it told nothing. */
	readonly status: number | null;
}

/** What a status line tells of a command. */
export interface CommandEnd {
	readonly tookMs: number;
	readonly status: number | null;
}

/** More prompts than lines of the scrollback cannot be. */
const COMMANDS_MAX = 10_000;

export class CommandLog {
	#commands: Command[] = [];
	#startedAtMs: number | null = null;

	/** Oldest first. */
	get all(): readonly Command[] {
		return this.#commands;
	}

	/** @param atMs null when it is drawn anew */
	mark(mark: CommandMark, cell: Cell, status: number | null, atMs: number | null): void {
		const last = this.#commands.at(-1);
		switch (mark) {
			case 'A':
				// What stood here is overwritten: a prompt that was drawn again, a screen that was cleared.
				this.#commands = this.#commands.filter(
					({ promptRow, output }) =>
						promptRow < cell.row && (output === null || output.row <= cell.row)
				);
				if (this.#commands.at(-1)?.output === null) this.#commands.pop();
				this.#push({ promptRow: cell.row, output: null, end: null, tookMs: null, status: null });
				return;
			case 'B':
				return;
			case 'C':
				this.#startedAtMs = atMs;
				if (last?.output === null) this.#commands.splice(-1, 1, { ...last, output: cell });
				else
					this.#push({ promptRow: cell.row, output: cell, end: null, tookMs: null, status: null });
				return;
			case 'D':
				if (last === undefined || last.output === null || last.end !== null) return;
				this.#commands.splice(-1, 1, {
					...last,
					end: cell,
					status,
					tookMs: atMs === null || this.#startedAtMs === null ? null : atMs - this.#startedAtMs
				});
				this.#startedAtMs = null;
		}
	}

	/** Rows before this one are gone. */
	dropBefore(row: number): void {
		if ((this.#commands[0]?.promptRow ?? row) < row)
			this.#commands = this.#commands.filter(({ promptRow }) => promptRow >= row);
	}

	/** Text has moved to other rows. */
	move(cellOf: (cell: Cell) => Cell): void {
		this.#commands = this.#commands.map((command) => ({
			...command,
			promptRow: cellOf({ row: command.promptRow, col: 0 }).row,
			output: command.output && cellOf(command.output),
			end: command.end && cellOf(command.end)
		}));
	}

	/** The shell is gone: what ran in it has no end that anybody has seen. */
	lost(cell: Cell): void {
		const last = this.#commands.at(-1);
		this.#startedAtMs = null;
		if (last === undefined || last.output === null || last.end !== null) return;
		this.#commands.splice(-1, 1, { ...last, end: cell });
	}

	forget(): void {
		this.#commands = [];
		this.#startedAtMs = null;
	}

	/** The prompt before a row or after it; null when there is none. */
	promptFrom(row: number, by: 1 | -1): number | null {
		const rows = this.#commands.map(({ promptRow }) => promptRow);
		return (
			(by < 0 ? rows.findLast((prompt) => prompt < row) : rows.find((prompt) => prompt > row)) ??
			null
		);
	}

	#push(command: Command): void {
		this.#commands.push(command);
		if (this.#commands.length > COMMANDS_MAX) this.#commands.shift();
	}
}
