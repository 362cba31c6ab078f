// Keeps the window above the keyboard of a touch screen, where that covers the page instead of shrinking
// it (iPhone, iPad). Window only; Workspace attaches it to its box.

/** Zoomed in by two fingers, a smaller view is what the person wants to see. */
const ZOOMED = 1.01;

/** @returns stop */
export function aboveKeyboard(element: HTMLElement): () => void {
	const view = window.visualViewport;
	if (view === null) return () => undefined;
	const fit = () => {
		const isCovered = view.scale < ZOOMED && window.innerHeight - view.height > 1;
		element.style.height = isCovered ? `${String(view.height)}px` : '';
		// The browser has moved the page so that the cursor is seen.
		element.style.translate =
			isCovered && view.offsetTop > 0 ? `0 ${String(view.offsetTop)}px` : '';
	};
	const kinds = ['resize', 'scroll'];
	for (const kind of kinds) view.addEventListener(kind, fit);
	fit();
	return () => {
		for (const kind of kinds) view.removeEventListener(kind, fit);
	};
}
