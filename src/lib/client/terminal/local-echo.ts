// Keys shown before the machine answers, over a terminal's canvas: they never touch what the core holds, so that
// taking them away is all that a correction needs. Window only; terminal.ts has one for each terminal.
import type { RenderState } from './core';
import type { CellGrid } from './engine';
import type { FontLook } from './look';
import {
	PredictedEcho,
	PREDICTION_MAX_MS,
	type EchoScreen,
	type PredictedText
} from './predicted-echo';
import { lineAt } from './screen';

export interface LocalEchoOptions {
	/** The way is slow, and the person wants it. */
	readonly isWanted: () => boolean;
	/** A full-screen program has the screen, or the screen cannot be read. */
	readonly state: () => RenderState | null;
	/** Where the canvas lies; null while there is none. */
	readonly screen: () => HTMLElement | null;
	readonly grid: () => CellGrid;
	readonly look: () => Pick<FontLook, 'fontSizePx' | 'localFamily'>;
}

export class LocalEcho {
	readonly #options: LocalEchoOptions;
	readonly #echo = new PredictedEcho();
	#box: HTMLElement | null = null;
	#timer: ReturnType<typeof setTimeout> | null = null;

	constructor(options: LocalEchoOptions) {
		this.#options = options;
	}

	/** A key, before it is sent. */
	key(text: string): void {
		const isWanted = this.#options.isWanted();
		if (!isWanted && this.#echo.isIdle) return;
		this.#echo.key(text, isWanted ? this.#look() : null, performance.now());
		this.#draw();
	}

	/** Output has been fed to the core. */
	output(): void {
		if (this.#echo.isIdle) return;
		this.#echo.output(this.#look(), performance.now());
		this.#draw();
	}

	/** The screen is another one, or has another size. */
	reset(): void {
		this.#echo.reset();
		this.#draw();
	}

	dispose(): void {
		this.reset();
		if (this.#timer !== null) clearTimeout(this.#timer);
	}

	#look(): EchoScreen | null {
		const state = this.#options.state();
		const cursor = state?.cursor ?? null;
		if (state === null || cursor === null || cursor.visible === 0) return null;
		return {
			row: cursor.row,
			col: cursor.col,
			cols: state.cols,
			cellsFrom: (col) => {
				const { text, columns } = lineAt(state, cursor.row);
				const cells = Array.from({ length: state.cols - col }, () => '');
				for (const [at, column] of columns.entries())
					if (column >= col) cells[column - col] = (cells[column - col] ?? '') + (text[at] ?? '');
				return cells;
			}
		};
	}

	#draw(): void {
		const { shown } = this.#echo;
		const screen = shown === null ? null : this.#options.screen();
		if (shown === null || screen === null) {
			this.#box?.remove();
			this.#box = null;
			return;
		}
		if (this.#box?.parentElement !== screen) {
			this.#box?.remove();
			this.#box = screen.ownerDocument.createElement('div');
			this.#box.className = 'headtab-predicted';
			this.#box.ariaHidden = 'true';
			screen.append(this.#box);
		}
		this.#place(this.#box, screen, shown);
		this.#timer ??= setTimeout(() => {
			this.#timer = null;
			this.#echo.expire(performance.now());
			this.#draw();
		}, PREDICTION_MAX_MS);
	}

	#place(box: HTMLElement, screen: HTMLElement, shown: PredictedText): void {
		const canvas = screen.querySelector('canvas');
		const grid = this.#options.grid();
		if (canvas === null || canvas.width === 0) return;
		const [inside, outside] = [canvas.getBoundingClientRect(), screen.getBoundingClientRect()];
		const scale = inside.width / canvas.width;
		const width = grid.width * scale;
		box.style.left = `${String(inside.left - outside.left + shown.col * width)}px`;
		box.style.top = `${String(inside.top - outside.top + shown.row * grid.height * scale)}px`;
		const { fontSizePx, localFamily } = this.#options.look();
		box.style.fontSize = `${String(fontSizePx)}px`;
		box.style.fontFamily =
			localFamily === null ? '' : `${JSON.stringify(localFamily)}, var(--font-mono)`;
		box.style.lineHeight = `${String(grid.height * scale)}px`;
		box.style.height = box.style.lineHeight;
		const line = (shown.text + shown.tail).padEnd(shown.covers + 1);
		const cells = Array.from(line, (char, at) => {
			const cell = screen.ownerDocument.createElement('span');
			cell.style.width = `${String(width)}px`;
			cell.textContent = char;
			if (at < shown.text.length) cell.className = 'key';
			else if (at === shown.text.length) cell.className = 'cursor';
			return cell;
		});
		box.replaceChildren(...cells);
	}
}
