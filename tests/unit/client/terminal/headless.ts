// restty's real core without a window, as core.ts shows it: what a program writes, as rows. Unit tests only.
import { createHeadlessTerminal } from 'restty/headless';
import type { RenderState } from '$lib/client/terminal/core';
import { SCROLLBACK_BYTES } from '$lib/client/terminal/engine';
import type { GridSource, TextGrid } from '$lib/client/terminal/scrollback';

export interface Headless extends GridSource {
	grid(): TextGrid;
	write(text: string): void;
	resize(cols: number, rows: number): void;
	cursor(): { readonly row: number; readonly col: number };
	/** What is in view. */
	renderState(): RenderState | null;
}

export async function headless(
	cols: number,
	rows: number,
	maxScrollbackBytes = SCROLLBACK_BYTES
): Promise<Headless> {
	const terminal = await createHeadlessTerminal({ cols, rows, maxScrollbackBytes, replay: false });
	const { wasm, handle } = terminal;
	const { exports } = wasm;
	return {
		grid: () => {
			const offset = exports.restty_scrollbar_offset?.(handle) ?? 0;
			return {
				total: exports.restty_scrollbar_total?.(handle) ?? 0,
				rows: exports.restty_scrollbar_len?.(handle) ?? 0,
				cols: exports.restty_cols?.(handle) ?? 0,
				offset,
				read: (fromRow, fromCol, toRow, toCol) =>
					wasm.getSelectionText(handle, fromRow - offset, fromCol, toRow - offset, toCol)
			};
		},
		moveView: (by) => {
			wasm.scrollViewport(handle, by);
		},
		write: (text) => {
			terminal.write(text);
		},
		resize: (toCols, toRows) => {
			terminal.resize(toCols, toRows);
		},
		renderState: () => {
			wasm.renderUpdate(handle);
			return wasm.getRenderState(handle);
		},
		cursor: () => ({
			row: exports.restty_active_cursor_y?.(handle) ?? 0,
			col: exports.restty_active_cursor_x?.(handle) ?? 0
		})
	};
}

/** `from` to `to` as lines, each with its number. */
export const numbered = (from: number, to: number, word = 'line'): string =>
	Array.from({ length: to - from + 1 }, (_, index) => `${word} ${String(from + index)}\r\n`).join(
		''
	);
