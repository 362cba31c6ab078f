// F6: the keyboard goes from the tabs to what is in view, to a question over it, to the status bar, and
// round. Window only.

/** @param intoView puts it into the terminal or the list */
export function focusNextPart(intoView: () => void): void {
	const now = document.activeElement;
	if (now?.closest('header')) {
		intoView();
	} else if (now?.closest('footer')) {
		const tab = document.querySelector<HTMLElement>('[role="tab"][tabindex="0"]');
		(tab ?? document.querySelector<HTMLElement>('header button'))?.focus();
	} else {
		const asked = document.querySelector<HTMLElement>('section:not([inert]) [data-asks] button');
		if (asked !== null && now?.closest('[data-asks]') === null) {
			asked.focus();
			return;
		}
		const item = document.querySelector<HTMLElement>('footer button');
		(item ?? document.querySelector<HTMLElement>('header button'))?.focus();
	}
}
