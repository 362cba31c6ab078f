// A finger on a terminal, beside what restty does with it (a pan scrolls, a long press selects as it moves):
// a long press that stays selects the word, what is selected gets its menu, and a pan moves in a program
// on the alternate screen. Window only; pointer.ts listens with it.

export interface TouchOptions {
	readonly signal: AbortSignal;
	/** @returns whether something is selected there now */
	readonly selectWordAt: (x: number, y: number) => boolean;
	readonly hasSelection: () => boolean;
	/** A tap ends a selection. */
	readonly clearSelection: () => void;
	/** What can be done with what is selected. */
	readonly onSelected: (at: { readonly x: number; readonly y: number }) => void;
	/** A pan by so many px, as a wheel would turn. @returns whether it is used up */
	readonly pan: (deltaY: number) => boolean;
}

/** restty begins a selection after 450 ms. */
const LONG_PRESS_MS = 450;
/** A finger that stays moves so far, in px. */
const STAYS_PX = 10;

interface Finger {
	readonly id: number;
	readonly x: number;
	readonly y: number;
	readonly atMs: number;
	lastY: number;
	does: 'stay' | 'pan' | 'select';
}

export function listenForTouch(box: HTMLElement, options: TouchOptions): void {
	const { signal } = options;
	let finger: Finger | null = null;
	const isLong = (at: Finger) => performance.now() - at.atMs >= LONG_PRESS_MS;
	box.addEventListener(
		'pointerdown',
		(event) => {
			if (event.pointerType !== 'touch') return;
			// A second one makes a pinch of both: the first neither pans nor taps any more.
			if (!event.isPrimary) {
				finger = null;
				return;
			}
			const { pointerId: id, clientX: x, clientY: y } = event;
			finger = { id, x, y, atMs: performance.now(), lastY: y, does: 'stay' };
		},
		{ capture: true, passive: true, signal }
	);
	box.addEventListener(
		'pointermove',
		(event) => {
			if (event.pointerId !== finger?.id) return;
			const isFar = Math.hypot(event.clientX - finger.x, event.clientY - finger.y) > STAYS_PX;
			if (finger.does === 'stay' && isFar) finger.does = isLong(finger) ? 'select' : 'pan';
			if (finger.does !== 'pan') return;
			const deltaY = finger.lastY - event.clientY;
			finger.lastY = event.clientY;
			if (!options.pan(deltaY)) return;
			event.preventDefault();
			event.stopPropagation();
		},
		{ capture: true, signal }
	);
	// After restty.
	box.addEventListener(
		'pointerup',
		(event) => {
			if (event.pointerId !== finger?.id) return;
			const { clientX: x, clientY: y } = event;
			const { does } = finger;
			const stayedLong = does === 'stay' && isLong(finger);
			finger = null;
			if (stayedLong ? options.selectWordAt(x, y) : does === 'select' && options.hasSelection())
				options.onSelected({ x, y });
			else if (does === 'stay') options.clearSelection();
		},
		{ signal }
	);
	box.addEventListener(
		'pointercancel',
		() => {
			finger = null;
		},
		{ signal }
	);
}
