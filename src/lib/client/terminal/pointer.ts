// What a pointer does in a terminal before or after restty has it: links, middle click, menu, drops, wheel,
// fingers, and copying at once. Window only; terminal.ts listens with it for each engine.
import { LINK_SCHEME } from './byte-filter';
import type { CellGrid, Engine } from './engine';
import { hyperlinkAt, lineAt } from './screen';
import { plainLinkAt, safeLink } from './text';
import { listenForTouch } from './touch';
import type { Wheel } from './wheel';

/** In the window, in px. */
export interface Point {
	readonly x: number;
	readonly y: number;
}

export interface PointerOptions {
	readonly engine: Engine;
	readonly isMac: boolean;
	readonly signal: AbortSignal;
	readonly wheel: Wheel;
	readonly grid: () => CellGrid;
	readonly isCopyOnSelect: () => boolean;
	readonly copy: () => void;
	readonly clearSelection: () => void;
	readonly paste: (text: string) => void;
	readonly pasteFromClipboard: () => void;
	/** Where a menu opens that no pointer asks for. */
	readonly cursorPoint: () => Point;
	readonly onMenu: (at: Point) => void;
	readonly openLink: (url: string) => void;
}

export function listenForPointer(options: PointerOptions): void {
	const { engine, signal, wheel } = options;
	const { box } = engine;
	const { interaction } = engine.runtime;
	const capture = { capture: true, signal };
	const hasSelection = () => engine.selectedText() !== '';
	const hasLinkModifier = (event: MouseEvent) => (options.isMac ? event.metaKey : event.ctrlKey);
	const linkOf = (event: MouseEvent) => (hasLinkModifier(event) ? linkAt(event, options) : null);
	/** With Shift the mouse is the terminal's, whoever has it. */
	const isTaken = (event: MouseEvent) => !event.shiftKey && interaction.getMouseStatus().active;
	const take = (event: Event) => {
		event.preventDefault();
		event.stopImmediatePropagation();
	};
	box.addEventListener(
		'paste',
		(event) => {
			take(event);
			options.paste(event.clipboardData?.getData('text/plain') ?? '');
		},
		capture
	);
	box.addEventListener(
		'dragover',
		(event) => {
			if (event.dataTransfer?.types.includes('text/plain') === true) event.preventDefault();
		},
		capture
	);
	box.addEventListener(
		'drop',
		(event) => {
			take(event);
			options.paste(event.dataTransfer?.getData('text/plain') ?? '');
		},
		capture
	);
	box.addEventListener(
		'pointerdown',
		(event) => {
			if (event.button === 1 && !isTaken(event)) {
				take(event);
				options.pasteFromClipboard();
				// The click is the link's: no selection begins, no program hears of it.
			} else if (event.button === 0 && linkOf(event) !== null) take(event);
		},
		capture
	);
	box.addEventListener(
		'pointerup',
		(event) => {
			const link = event.button === 0 ? linkOf(event) : null;
			if (link === null) return;
			take(event);
			options.openLink(link);
		},
		capture
	);
	box.addEventListener(
		'pointermove',
		(event) => {
			box.toggleAttribute('data-link', linkOf(event) !== null);
		},
		{ passive: true, signal }
	);
	// After restty has taken what is selected.
	box.addEventListener(
		'pointerup',
		(event) => {
			if (event.button === 0 && options.isCopyOnSelect() && hasSelection()) options.copy();
		},
		{ signal }
	);
	box.addEventListener(
		'contextmenu',
		(event) => {
			event.preventDefault();
			const isTouch = event instanceof PointerEvent && event.pointerType === 'touch';
			const isPointer = event.button === 2 || (options.isMac && event.ctrlKey);
			// A long press selects; what follows is asked for when the finger leaves.
			if (isTouch || (isPointer && isTaken(event))) return;
			event.stopImmediatePropagation();
			options.onMenu(isPointer ? { x: event.clientX, y: event.clientY } : options.cursorPoint());
		},
		capture
	);
	box.addEventListener(
		'wheel',
		(event) => {
			if (!wheel.begin(event)) return;
			event.preventDefault();
			event.stopPropagation();
		},
		{ capture: true, passive: false, signal }
	);
	box.addEventListener(
		'wheel',
		() => {
			wheel.end();
		},
		{ passive: true, signal }
	);
	listenForTouch(box, {
		signal,
		selectWordAt: (x, y) => interaction.selectWordAtClientPoint(x, y),
		hasSelection,
		clearSelection: options.clearSelection,
		onSelected: options.onMenu,
		pan: (deltaY) => wheel.turn(deltaY)
	});
}

/** The address under the pointer: what the program marked, else plain text that reads as one. */
function linkAt(event: MouseEvent, options: PointerOptions): string | null {
	const { engine } = options;
	const grid = options.grid();
	const canvas = engine.screen.querySelector('canvas');
	if (canvas === null || grid.width === 0) return null;
	const state = engine.core.renderState();
	if (state === null) return null;
	const rect = canvas.getBoundingClientRect();
	const col = Math.floor(((event.clientX - rect.left) * (canvas.width / rect.width)) / grid.width);
	const row = Math.floor(
		((event.clientY - rect.top) * (canvas.height / rect.height)) / grid.height
	);
	if (col < 0 || row < 0 || col >= state.cols || row >= state.rows) return null;
	const marked = hyperlinkAt(state, row, col);
	if (marked?.startsWith(LINK_SCHEME) === true)
		return safeLink(marked.slice(LINK_SCHEME.length), location.origin);
	const line = lineAt(state, row);
	const at = line.columns.indexOf(col);
	return at < 0 ? null : plainLinkAt(line.text, at, location.origin);
}
