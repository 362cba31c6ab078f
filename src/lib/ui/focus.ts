// The keyboard when what had it goes away: browsers leave it nowhere. Window only.

/** No element has it, as after the one that had it has gone. */
export const isKeyboardNowhere = ({ activeElement, body }: Document): boolean =>
	activeElement === null || activeElement === body;

/** Whether giving the keyboard to something in this element takes it from nothing else: it is there already,
 *  nowhere, or in what is out of view. */
export function isKeyboardFree(element: Element): boolean {
	const { activeElement } = element.ownerDocument;
	return (
		isKeyboardNowhere(element.ownerDocument) ||
		element.contains(activeElement) ||
		Boolean(activeElement?.closest('[inert]'))
	);
}

/** Tells that what had the keyboard in an element is gone from it or disabled, and nothing else has
 *  taken it. @returns stop */
export function watchFocus(element: HTMLElement, onLost: () => void): () => void {
	const { ownerDocument: document } = element;
	let focused: Element | null = null;
	const stop = new AbortController();
	const { signal } = stop;
	element.addEventListener(
		'focusin',
		({ target }) => {
			focused = target instanceof Element && target !== element ? target : null;
		},
		{ signal }
	);
	element.addEventListener(
		'focusout',
		({ target, relatedTarget }) => {
			// Without a next one it may have gone with its element: the observer sees that.
			if (relatedTarget !== null && target === focused) focused = null;
		},
		{ signal }
	);
	const observer = new MutationObserver(() => {
		if (focused === null || (element.contains(focused) && !focused.matches(':disabled'))) return;
		const lost = focused;
		focused = null;
		// One that is disabled lets go of it some frames later.
		if (isKeyboardNowhere(document) || document.activeElement === lost) onLost();
	});
	observer.observe(element, {
		childList: true,
		subtree: true,
		attributes: true,
		attributeFilter: ['disabled']
	});
	return () => {
		stop.abort();
		observer.disconnect();
	};
}
