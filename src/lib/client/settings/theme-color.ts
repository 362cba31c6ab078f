// The colour that the browser paints the window's frame in: the manifest has one, the page two, for the
// system's light and dark; a scheme that the person chose overrides both. Window only; the layout calls it.

/** Puts the scheme's frame colour into every `theme-color`; `system` gives back what the page came with.
 *  @param frame of the terminal in front, when its theme has one of its own */
export function followScheme(
	root: Document,
	scheme: 'system' | 'light' | 'dark',
	frame: string | null = null
): void {
	const metas = [...root.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')];
	// Before any is changed: the scheme may have been another one.
	for (const meta of metas) meta.dataset['own'] ??= meta.content;
	const chosen = metas.find((meta) => meta.getAttribute('media')?.includes(scheme));
	for (const meta of metas) meta.content = frame ?? (chosen ?? meta).dataset['own'] ?? '';
}
