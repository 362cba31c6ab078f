// The text size by Ctrl+wheel and by two fingers. A pinch on a touchpad comes as Ctrl+wheel, one on glass as
// touches. Window only; TerminalPane listens on its terminal, before restty scrolls or a program hears.

/** A notch of a wheel is a step; a touchpad's small deltas add up to one. */
const STEP_PX = 60;
/** Lines and pages of a wheel that counts in them (Firefox). */
const LINE_PX = 40;

export interface ZoomOptions {
	readonly sizePx: () => number;
	readonly resize: (px: number) => void;
}

/** Adds up wheel deltas. @returns whole steps, positive for larger */
export class WheelSteps {
	#rest = 0;

	take(event: Pick<WheelEvent, 'deltaY' | 'deltaMode'>): number {
		const px = event.deltaMode === 0 ? event.deltaY : event.deltaY * LINE_PX;
		// Turning round begins anew.
		if (Math.sign(px) !== Math.sign(this.#rest)) this.#rest = 0;
		this.#rest += px;
		const steps = Math.trunc(this.#rest / STEP_PX);
		this.#rest -= steps * STEP_PX;
		return steps === 0 ? 0 : -steps;
	}
}

/** @returns stop */
export function listenForZoom(element: HTMLElement, options: ZoomOptions): () => void {
	const stop = new AbortController();
	const capture = { capture: true, passive: false, signal: stop.signal };
	const wheel = new WheelSteps();
	element.addEventListener(
		'wheel',
		(event) => {
			if (!event.ctrlKey) return;
			// The page would be zoomed.
			event.preventDefault();
			event.stopImmediatePropagation();
			const steps = wheel.take(event);
			if (steps !== 0) options.resize(options.sizePx() + steps);
		},
		capture
	);

	let pinch: { readonly gap: number; readonly sizePx: number } | null = null;
	element.addEventListener(
		'touchstart',
		(event) => {
			const gap = gapOf(event.touches);
			pinch = gap === null ? null : { gap, sizePx: options.sizePx() };
		},
		capture
	);
	element.addEventListener(
		'touchmove',
		(event) => {
			const gap = gapOf(event.touches);
			if (pinch === null || gap === null) return;
			if (event.cancelable) event.preventDefault();
			const px = Math.round((pinch.sizePx * gap) / pinch.gap);
			if (px !== options.sizePx()) options.resize(px);
		},
		capture
	);
	const end = () => {
		pinch = null;
	};
	element.addEventListener('touchend', end, capture);
	element.addEventListener('touchcancel', end, capture);
	return () => {
		stop.abort();
	};
}

/** How far two fingers are apart; null for fewer or more. */
function gapOf(touches: TouchList): number | null {
	const [a, b, c] = touches;
	if (a === undefined || b === undefined || c !== undefined) return null;
	return Math.max(1, Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY));
}
