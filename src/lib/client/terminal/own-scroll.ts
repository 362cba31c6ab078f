// Keeps the view at the end of a flood. restty 0.3.0 follows output by moving its scroll box, and takes
// the scroll events of that, which come late, for the person's: the view stays behind for good.
// Window only; terminal.ts calls it for each screen. Ends with a restty that tells the two apart.

/** A wheel or a finger goes on scrolling this long after its last event. */
const MOMENTUM_MS = 1_000;

/** Lets a scroll event through only where a person scrolls: wheel, touch, a held pointer. */
export function keepOutOwnScrolls(box: HTMLElement, signal: AbortSignal): void {
	let scrollsUntilMs = 0;
	let isHeld = false;
	const scrolls = (event?: Event) => {
		// Our own wheel (engine.ts) moves the core, which moves the box: nothing is to follow from that.
		if (event?.isTrusted !== false) scrollsUntilMs = performance.now() + MOMENTUM_MS;
	};
	const capture = { capture: true, passive: true, signal };
	for (const kind of ['wheel', 'touchmove']) box.addEventListener(kind, scrolls, capture);
	box.addEventListener('pointerdown', () => (isHeld = true), capture);
	for (const kind of ['pointerup', 'pointercancel'])
		addEventListener(
			kind,
			() => {
				if (isHeld) scrolls();
				isHeld = false;
			},
			capture
		);
	box.addEventListener(
		'scroll',
		(event) => {
			if (!isHeld && performance.now() > scrollsUntilMs) event.stopImmediatePropagation();
		},
		capture
	);
}
