// Draws selected cells as restty draws its own selection: their colours are other ones in the state that it
// draws from. Window only, pure; core.ts asks for it at each frame while something is selected.
import type { RenderState } from './core';
import type { ThemeColor } from './restty-types';
import type { CellSpan } from './scrollback';

/** The theme's; without a colour for text it keeps its own. */
export interface SelectionColors {
	readonly background: ThemeColor;
	readonly foreground: ThemeColor | undefined;
}

/** restty's mark of a cell whose two colours change places. */
const INVERSE = 1 << 4;
/** restty's marks of the two halves of a wide character. */
const WIDE_HEAD = 1;
const WIDE_TAIL = 2;

/** @param spans rows as the view counts them, columns whole characters or not
 *  @returns the state with those cells in the colours; the core's memory stays as it is */
export function paintSelection(
	state: RenderState,
	spans: readonly CellSpan[],
	{ background, foreground }: SelectionColors
): RenderState {
	const { cols, rows, wide, styleFlags } = state;
	if (spans.length === 0 || state.fgBytes === null) return state;
	const fgBytes = state.fgBytes.slice();
	const bgBytes = state.bgBytes?.slice() ?? new Uint8Array(fgBytes.length);
	for (const { row, startCol, endCol } of spans) {
		if (row < 0 || row >= rows) continue;
		const at = row * cols;
		const first = wide?.[at + startCol] === WIDE_TAIL ? startCol - 1 : startCol;
		const last = wide?.[at + endCol] === WIDE_HEAD ? endCol + 1 : endCol;
		for (let cell = at + first; cell <= at + Math.min(last, cols - 1); cell += 1) {
			const isInverse = ((styleFlags?.[cell] ?? 0) & INVERSE) !== 0;
			put(isInverse ? fgBytes : bgBytes, cell, background);
			if (foreground !== undefined) put(isInverse ? bgBytes : fgBytes, cell, foreground);
		}
	}
	return { ...state, fgBytes, bgBytes };
}

function put(bytes: Uint8Array, cell: number, { r, g, b }: ThemeColor): void {
	bytes.set([r, g, b, 255], cell * 4);
}
