// Which cell of a terminal a point of the window is in. Window only.
import type { CellGrid, Engine } from './engine';
import type { Cell } from './scrollback';

/** In the window, in px. */
export interface ClientPoint {
	readonly clientX: number;
	readonly clientY: number;
}

/** @returns row and column as the view counts them, also outside of it; null while nothing is drawn */
export function cellAtPoint(at: ClientPoint, engine: Engine, grid: CellGrid): Cell | null {
	const canvas = engine.screen.querySelector('canvas');
	if (canvas === null || grid.width === 0 || grid.height === 0) return null;
	const rect = canvas.getBoundingClientRect();
	if (rect.width === 0 || rect.height === 0) return null;
	return {
		col: Math.floor(((at.clientX - rect.left) * (canvas.width / rect.width)) / grid.width),
		row: Math.floor(((at.clientY - rect.top) * (canvas.height / rect.height)) / grid.height)
	};
}
