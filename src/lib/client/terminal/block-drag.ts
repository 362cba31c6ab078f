// Dragging a rectangle over a terminal, which restty cannot select: it hears nothing of such a drag. Above and
// below its box the drag scrolls. Window only; pointer.ts listens with it.
import { cellAtPoint, type ClientPoint } from './cell-at';
import type { CellGrid, Engine } from './engine';
import type { OwnSelection } from './own-selection';
import type { Cell } from './scrollback';

export interface BlockDragOptions {
	readonly engine: Engine;
	readonly selection: OwnSelection;
	readonly signal: AbortSignal;
	readonly grid: () => CellGrid;
	/** The press begins a rectangle. */
	readonly isWanted: (event: PointerEvent) => boolean;
	/** What is selected in another way ends. */
	readonly onBegin: () => void;
	readonly onEnd: () => void;
}

/** A row each time, as long as the pointer is outside. */
const SCROLL_MS = 50;

export function listenForBlock(options: BlockDragOptions): void {
	const { engine, selection, signal } = options;
	const { box } = engine;
	const capture = { capture: true, signal };
	let drag: { readonly id: number; readonly anchor: Cell; last: ClientPoint } | null = null;
	let timer: ReturnType<typeof setInterval> | null = null;
	const take = (event: Event) => {
		event.preventDefault();
		event.stopImmediatePropagation();
	};
	const stopScrolling = () => {
		if (timer !== null) clearInterval(timer);
		timer = null;
	};
	/** In view, with its row by number. */
	const cellOf = (point: ClientPoint): Cell | null => {
		const { cols, rows } = options.grid();
		const cell = cellAtPoint(point, engine, options.grid());
		return (
			cell &&
			selection.cellAt({
				row: Math.min(Math.max(cell.row, 0), rows - 1),
				col: Math.min(Math.max(cell.col, 0), cols - 1)
			})
		);
	};
	const extend = () => {
		const focus = drag && cellOf(drag.last);
		if (drag === null || focus === null) return;
		const { anchor } = drag;
		// A press that does not move selects nothing.
		if (!selection.isActive && focus.row === anchor.row && focus.col === anchor.col) return;
		selection.block(anchor, focus);
	};
	const scroll = () => {
		const row = drag && cellAtPoint(drag.last, engine, options.grid())?.row;
		const by =
			row === null || row === undefined ? 0 : row < 0 ? -1 : row >= options.grid().rows ? 1 : 0;
		if (by === 0) {
			stopScrolling();
			return;
		}
		engine.scrollBy(by);
		extend();
	};
	const end = () => {
		drag = null;
		stopScrolling();
	};
	box.addEventListener(
		'pointerdown',
		(event) => {
			if (!options.isWanted(event)) return;
			take(event);
			options.onBegin();
			engine.runtime.interaction.focus();
			const { pointerId: id, clientX, clientY } = event;
			const last = { clientX, clientY };
			const anchor = cellOf(last);
			if (anchor === null) return;
			drag = { id, anchor, last };
			box.setPointerCapture(id);
		},
		capture
	);
	box.addEventListener(
		'pointermove',
		(event) => {
			if (event.pointerId !== drag?.id) return;
			take(event);
			drag.last = { clientX: event.clientX, clientY: event.clientY };
			extend();
			timer ??= setInterval(scroll, SCROLL_MS);
		},
		capture
	);
	box.addEventListener(
		'pointerup',
		(event) => {
			if (event.pointerId !== drag?.id) return;
			take(event);
			end();
			options.onEnd();
		},
		capture
	);
	box.addEventListener('pointercancel', end, capture);
	signal.addEventListener('abort', end);
}
