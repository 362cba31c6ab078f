// What a pointer does in a terminal before or after restty has it: links, middle click, menu, drops, wheel,
// fingers, and copying at once. Window only; terminal.ts listens with it for each engine.
import type { ClientPoint } from './cell-at';
import type { CellGrid, Engine } from './engine';
import { linkAt, listenForLinkHover, type LinkHover } from './link-hover';
import type { OwnSelection } from './own-selection';
import type { CellRange } from './scrollback';
import { listenForDrag } from './selection-drag';
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
	readonly selection: OwnSelection;
	readonly copy: () => void;
	readonly clearSelection: () => void;
	/** Ends what restty has selected by itself. */
	readonly endResttySelection: () => void;
	/** A button is down in the terminal, whoever it is for. */
	readonly onPressed: () => void;
	/** What the pointer is over would open; null when it is over nothing that does. */
	readonly onLink: (hover: LinkHover | null) => void;
	readonly paste: (text: string) => void;
	readonly pasteFromClipboard: () => void;
	/** Where a menu opens that no pointer asks for. */
	readonly cursorPoint: () => Point;
	/** @param link what the point is on would open */
	readonly onMenu: (at: Point, link: string | null) => void;
	readonly openLink: (url: string) => void;
}

/** restty's (0.3.0) scrollbar lies over the cells, but a press on it scrolls. */
const isOnScrollbar = ({ target }: Event): boolean =>
	target instanceof Element && target.closest('.restty-native-scroll-thumb') !== null;

/** @returns what has to be asked after each frame */
export function listenForPointer(options: PointerOptions): { readonly drawn: () => void } {
	const { engine, selection, signal, wheel } = options;
	const { box } = engine;
	const { interaction } = engine.runtime;
	const capture = { capture: true, signal };
	const hasLinkModifier = (event: MouseEvent) => (options.isMac ? event.metaKey : event.ctrlKey);
	const linkOf = (event: MouseEvent) =>
		hasLinkModifier(event) && !isOnScrollbar(event) ? linkAt(event, engine, options.grid()) : null;
	/** With Shift the mouse is the terminal's, whoever has it. */
	const isTaken = (event: MouseEvent) => !event.shiftKey && interaction.getMouseStatus().active;
	const take = (event: Event) => {
		event.preventDefault();
		event.stopImmediatePropagation();
	};
	// Browsers on Linux paste what is selected anywhere after a middle click, beside what it does here.
	let isAfterMiddle = false;
	for (const kind of ['pointerdown', 'keydown'] as const)
		box.addEventListener(
			kind,
			(event) => {
				isAfterMiddle = event instanceof PointerEvent && event.button === 1;
			},
			capture
		);
	box.addEventListener(
		'paste',
		(event) => {
			take(event);
			if (!isAfterMiddle) options.paste(event.clipboardData?.getData('text/plain') ?? '');
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
	const openMenu = (at: Point) => {
		const place = { clientX: at.x, clientY: at.y };
		options.onMenu(at, linkAt(place, engine, options.grid()));
	};
	/** A word, a line, or what a finger has drawn is restty's only until it is there. */
	const takeOver = () => {
		const found = engine.resttySelection();
		if (found !== null) options.endResttySelection();
		return found;
	};
	const adopt = (): boolean => {
		const found = takeOver();
		if (found === null) return false;
		selection.adopt(found.anchor, found.focus);
		return selection.hasText;
	};
	const wordAt = ({ clientX, clientY }: ClientPoint): CellRange | null => {
		const found = interaction.selectWordAtClientPoint(clientX, clientY) ? takeOver() : null;
		return found && { from: found.anchor, to: found.focus };
	};
	const copyIfWanted = () => {
		if (options.isCopyOnSelect() && selection.hasText) options.copy();
	};
	listenForDrag({
		engine,
		selection,
		signal,
		grid: options.grid,
		kindOf: (event) => {
			// A finger scrolls; restty knows how long it has been pressed.
			if (event.button !== 0 || event.pointerType === 'touch') return null;
			if (isOnScrollbar(event)) return null;
			if (isTaken(event) || linkOf(event) !== null) return null;
			return event.altKey ? 'block' : 'flow';
		},
		onBegin: () => {
			options.onPressed();
			options.clearSelection();
		},
		onEnd: copyIfWanted,
		wordAt
	});
	box.addEventListener(
		'pointerdown',
		(event) => {
			options.onPressed();
			// A finger scrolls first, and what it selects is known when it leaves.
			const isFinger = event.pointerType === 'touch';
			if (event.button === 0 && !isFinger && !isOnScrollbar(event)) selection.drop();
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
			if (event.button === 0 && adopt()) copyIfWanted();
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
			if (!isPointer) options.onMenu(options.cursorPoint(), null);
			else openMenu({ x: event.clientX, y: event.clientY });
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
		// A long press on what is selected brings its menu.
		selectWordAt: (x, y) =>
			selection.hasText || (interaction.selectWordAtClientPoint(x, y) && adopt()),
		hasSelection: () => selection.hasText,
		clearSelection: options.clearSelection,
		onSelected: openMenu,
		pan: (deltaY) => wheel.turn(deltaY)
	});
	return listenForLinkHover(options);
}
