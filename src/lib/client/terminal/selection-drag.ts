// Dragging a selection over a terminal: text by characters, words (two clicks before) or lines (three), or a
// rectangle; by the rows' numbers, so that output may scroll meanwhile. restty hears of presses that stay, not
// of drags. Above and below its box the drag scrolls. Window only; pointer.ts listens with it.
import { cellAtPoint, type ClientPoint } from './cell-at';
import type { CellGrid, Engine } from './engine';
import type { OwnSelection } from './own-selection';
import { isBefore, type Cell, type CellRange } from './scrollback';

export type DragKind = 'block' | 'flow';

export interface DragOptions {
	readonly engine: Engine;
	readonly selection: OwnSelection;
	readonly signal: AbortSignal;
	readonly grid: () => CellGrid;
	/** What a drag from this press selects; null when the press is for somebody else. */
	readonly kindOf: (event: PointerEvent) => DragKind | null;
	/** What is selected in another way ends. */
	readonly onBegin: () => void;
	readonly onEnd: () => void;
	/** The word at a point, rows as the view counts them. */
	readonly wordAt: (at: ClientPoint) => CellRange | null;
}

/** A row each time, as long as the pointer is outside. */
const SCROLL_MS = 50;

/** As restty counts clicks. */
const CLICK_MS = 700;

interface Drag {
	readonly id: number;
	readonly kind: DragKind;
	/** Clicks that it began with: one takes characters, two words, three lines. */
	readonly clicks: number;
	readonly anchor: Cell;
	/** Word or line of the anchor, from when on it moves. */
	first: CellRange;
	readonly start: ClientPoint;
	last: ClientPoint;
	/** It has left the cell of the press. */
	isMoving: boolean;
}

export function listenForDrag(options: DragOptions): void {
	const { engine, selection, signal } = options;
	const { box } = engine;
	const capture = { capture: true, signal };
	let drag: Drag | null = null;
	let timer: ReturnType<typeof setInterval> | null = null;
	let pressed = { atMs: 0, cell: { row: -1, col: -1 }, clicks: 0 };
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
	/** What a drag of so many clicks takes at a point. */
	const partAt = (at: ClientPoint, cell: Cell, clicks: number): CellRange => {
		if (clicks === 3) return selection.lineOf(cell) ?? { from: cell, to: cell };
		const word = clicks === 2 ? options.wordAt(at) : null;
		const from = word && selection.cellAt(word.from);
		const to = word && selection.cellAt(word.to);
		return { from: from ?? cell, to: to ?? cell };
	};
	/** It is a drag from now on: restty forgets the press that it has heard. */
	const begin = (begun: Drag, at: ClientPoint) => {
		if (begun.kind === 'flow') {
			const { id: pointerId, anchor, clicks } = begun;
			const canvas = engine.screen.querySelector('canvas');
			canvas?.dispatchEvent(new PointerEvent('pointercancel', { pointerId }));
			options.onBegin();
			box.setPointerCapture(pointerId);
			begun.first = partAt(at, anchor, clicks);
			drag = begun;
			selection.setAwaited(true);
		}
		begun.isMoving = true;
	};
	const extend = () => {
		const focus = drag && cellOf(drag.last);
		if (drag === null || focus === null) return;
		const { anchor, kind } = drag;
		const isStill = focus.row === anchor.row && focus.col === anchor.col;
		// A press that does not move selects nothing.
		if (!drag.isMoving && isStill) return;
		const { last } = drag;
		if (!drag.isMoving) begin(drag, drag.start);
		if (kind === 'block') {
			selection.block(anchor, focus);
			return;
		}
		const { first, clicks } = drag;
		const part = partAt(last, focus, clicks);
		if (isBefore(focus, anchor)) selection.flow(first.to, part.from);
		else selection.flow(first.from, part.to);
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
		selection.setAwaited(false);
		stopScrolling();
	};
	box.addEventListener(
		'pointerdown',
		(event) => {
			const kind = options.kindOf(event);
			if (kind === null) return;
			const { pointerId: id, clientX, clientY } = event;
			if (kind === 'block') {
				take(event);
				options.onBegin();
				engine.runtime.interaction.focus();
			}
			const last = { clientX, clientY };
			const cell = cellOf(last);
			if (cell === null) return;
			const isAgain =
				event.timeStamp - pressed.atMs <= CLICK_MS &&
				pressed.cell.row === cell.row &&
				pressed.cell.col === cell.col;
			selection.setAwaited(true);
			pressed = { atMs: event.timeStamp, cell, clicks: isAgain ? (pressed.clicks % 3) + 1 : 1 };
			const { clicks } = pressed;
			const kept = kind === 'flow' && event.shiftKey ? selection.endOpposite(cell) : null;
			const anchor = kept ?? cell;
			drag = {
				id,
				kind,
				clicks,
				anchor,
				first: { from: anchor, to: anchor },
				start: last,
				last,
				isMoving: kept !== null
			};
			if (kept !== null) {
				// What is selected reaches as far as the press from now on.
				take(event);
				engine.runtime.interaction.focus();
				extend();
			}
			if (kind === 'block' || kept !== null) box.setPointerCapture(id);
		},
		capture
	);
	box.addEventListener(
		'pointermove',
		(event) => {
			if (event.pointerId !== drag?.id) return;
			// The button was let go where nobody heard of it.
			if (event.buttons === 0) {
				end();
				return;
			}
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
			const { kind, isMoving } = drag;
			end();
			// A click is restty's: words, lines, links.
			if (kind === 'flow' && !isMoving) return;
			take(event);
			options.onEnd();
		},
		capture
	);
	box.addEventListener('pointercancel', end, capture);
	signal.addEventListener('abort', end);
}
