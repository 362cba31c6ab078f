// Draws selected cells as restty draws its own selection: their colours are other ones in the state that it
// draws from. Window only, pure; core.ts asks for it at each frame while something is selected.
import { contrast, hexOf, raised, READABLE, rgbOf } from './colors';
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
/** Text that was chosen for another background may vanish in a selection: under this it has another colour. */
const LEAST_CONTRAST = 3;
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
	const seen = readableOn(background);
	for (const { row, startCol, endCol } of spans) {
		if (row < 0 || row >= rows) continue;
		const at = row * cols;
		const first = wide?.[at + startCol] === WIDE_TAIL ? startCol - 1 : startCol;
		const last = wide?.[at + endCol] === WIDE_HEAD ? endCol + 1 : endCol;
		for (let cell = at + first; cell <= at + Math.min(last, cols - 1); cell += 1) {
			const isInverse = ((styleFlags?.[cell] ?? 0) & INVERSE) !== 0;
			const [text, behind] = isInverse ? [bgBytes, fgBytes] : [fgBytes, bgBytes];
			put(behind, cell, background);
			put(text, cell, foreground ?? seen(colorAt(text, cell)));
		}
	}
	return { ...state, fgBytes, bgBytes };
}

/** @returns for a colour of text the one that it is drawn in */
function readableOn({ r, g, b }: ThemeColor): (color: ThemeColor) => ThemeColor {
	const behind = hexOf([r, g, b]);
	const known = new Map<string, ThemeColor>();
	return (color) => {
		const text = hexOf([color.r, color.g, color.b]);
		let drawn = known.get(text);
		if (drawn === undefined) {
			const isSeen = contrast(text, behind) >= LEAST_CONTRAST;
			const [red, green, blue] = rgbOf(isSeen ? text : raised(text, behind, READABLE));
			known.set(text, (drawn = { r: red, g: green, b: blue }));
		}
		return drawn;
	};
}

const colorAt = (bytes: Uint8Array, cell: number): ThemeColor => ({
	r: bytes[cell * 4] ?? 0,
	g: bytes[cell * 4 + 1] ?? 0,
	b: bytes[cell * 4 + 2] ?? 0
});

function put(bytes: Uint8Array, cell: number, { r, g, b }: ThemeColor): void {
	bytes.set([r, g, b, 255], cell * 4);
}
