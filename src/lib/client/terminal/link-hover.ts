// The address under the pointer: found for a click, and told while the pointer rests on it, as browsers do.
// Window only; pointer.ts listens with it.
import { LINK_SCHEME } from './byte-filter';
import { cellAtPoint, type ClientPoint } from './cell-at';
import type { CellGrid, Engine } from './engine';
import { lineEnd, lineStart, type Cell } from './scrollback';
import { hyperlinkAt, lineAt } from './screen';
import { plainLinkAt, safeLink } from './text';

/** What a click would open, and where the pointer is. */
export interface LinkHover {
	readonly url: string;
	readonly at: ClientPoint;
	/** What is held for the click. */
	readonly modifier: 'Ctrl' | 'Cmd';
}

/** What the program marked, else plain text that reads as an address; null for what is not followed. */
export function linkAt(at: ClientPoint, engine: Engine, grid: CellGrid): string | null {
	const cell = cellAtPoint(at, engine, grid);
	const state = cell === null ? null : engine.core.renderState();
	if (cell === null || state === null) return null;
	const { row, col } = cell;
	if (col < 0 || row < 0 || col >= state.cols || row >= state.rows) return null;
	const marked = hyperlinkAt(state, row, col);
	if (marked?.startsWith(LINK_SCHEME) === true)
		return safeLink(marked.slice(LINK_SCHEME.length), location.origin);
	return plainLink(engine.core, cell, location.origin);
}

/** In the whole line, which may take several rows; null where it goes on below the view. */
export function plainLink(
	core: Pick<Engine['core'], 'grid' | 'renderState'>,
	cell: Cell,
	ownOrigin: string
): string | null {
	const grid = core.grid();
	if (grid === null) return null;
	const first = Math.max(0, lineStart(grid, cell.row + grid.offset) - grid.offset);
	const end = lineEnd(grid, cell.row + grid.offset) - grid.offset;
	// After the grid was read, which moves the core's memory.
	const state = core.renderState();
	if (state === null) return null;
	let text = '';
	let column = -1;
	for (let row = first; row <= Math.min(end, state.rows - 1); row += 1) {
		const line = lineAt(state, row);
		const at = row === cell.row ? line.columns.indexOf(cell.col) : -1;
		if (at >= 0) column = text.length + at;
		text += line.text;
	}
	if (column < 0) return null;
	const isCut = end >= state.rows && !/\s/.test(text.slice(column));
	return isCut ? null : plainLinkAt(text, column, ownOrigin);
}

export interface LinkHoverOptions {
	readonly engine: Engine;
	readonly isMac: boolean;
	readonly signal: AbortSignal;
	readonly grid: () => CellGrid;
	readonly onLink: (hover: LinkHover | null) => void;
}

/** @returns `drawn`, to be called after each frame: what is under a pointer that rests may be another text */
export function listenForLinkHover(options: LinkHoverOptions): { readonly drawn: () => void } {
	const { engine, signal, onLink } = options;
	const modifier = options.isMac ? 'Cmd' : 'Ctrl';
	const { box } = engine;
	let at: ClientPoint | null = null;
	let isMoved = false;
	let shown: LinkHover | null = null;
	const tell = (hover: LinkHover | null) => {
		if (hover?.url === shown?.url) return;
		shown = hover;
		onLink(hover);
	};
	const look = () => {
		isMoved = false;
		const url = at === null ? null : linkAt(at, engine, options.grid());
		tell(url === null || at === null ? null : { url, at, modifier });
	};
	const leave = () => {
		at = null;
		tell(null);
	};
	box.addEventListener(
		'pointermove',
		(event) => {
			// A finger has nowhere to rest, and a drag selects.
			if (event.pointerType === 'touch' || event.buttons !== 0) {
				leave();
				return;
			}
			at = { clientX: event.clientX, clientY: event.clientY };
			// Asked once a frame, which a move brings.
			isMoved = true;
		},
		{ capture: true, passive: true, signal }
	);
	for (const kind of ['pointerleave', 'pointercancel'] as const)
		box.addEventListener(kind, leave, { signal });
	signal.addEventListener('abort', leave);
	return {
		drawn: () => {
			if (isMoved || shown !== null) look();
		}
	};
}
