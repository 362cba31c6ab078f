// The terminal's colours, read from the page's `--term-*` tokens. Window only.
import { hexOf, rgbOf, textOn } from './colors';
import type { GhosttyTheme, Palette, ThemeColor } from './restty-types';

/** Colours as they resolve on `element` now (light or dark). */
export function readTheme(element: HTMLElement): GhosttyTheme {
	const probe = element.ownerDocument.createElement('span');
	probe.hidden = true;
	element.append(probe);
	const read = (token: string): ThemeColor | undefined => {
		// A custom property keeps `light-dark()` as text; only a real property resolves it.
		probe.style.color = `var(--term-${token})`;
		return parseColor(getComputedStyle(probe).color);
	};
	const has = (token: string) => getComputedStyle(probe).getPropertyValue(`--term-${token}`) !== '';
	const colors: GhosttyTheme['colors'] = {
		palette: Array.from({ length: 16 }, (_, index) => read(String(index)))
	};
	const set = (name: Exclude<keyof GhosttyTheme['colors'], 'palette'>, token: string) => {
		const color = read(token);
		if (color !== undefined) colors[name] = color;
	};
	set('background', 'bg');
	set('foreground', 'fg');
	set('cursor', 'cursor');
	set('cursorText', has('cursor-text') ? 'cursor-text' : 'bg');
	set('selectionBackground', 'selection');
	if (has('selection-fg')) set('selectionForeground', 'selection-fg');
	set('searchBackground', 'match');
	set('searchSelectedBackground', 'match-on');
	// restty's own is black on whatever it is.
	const [text, behind] = [read('fg'), read('bg')];
	const match = (token: string): ThemeColor | undefined => {
		const color = read(token);
		if (color === undefined || text === undefined || behind === undefined) return undefined;
		const hex = ({ r, g, b }: ThemeColor) => hexOf([r, g, b]);
		const [r, g, b] = rgbOf(textOn(hex(color), [hex(text), hex(behind)]));
		return { r, g, b };
	};
	const [found, chosen] = [match('match'), match('match-on')];
	if (found !== undefined) colors.searchForeground = found;
	if (chosen !== undefined) colors.searchSelectedForeground = chosen;
	probe.remove();
	return { name: 'Headtab', colors, raw: {} };
}

/** What a computed colour looks like: `rgb(1, 2, 3)`, `rgba(…)` or `color(srgb 0.1 0.2 0.3)`. */
function parseColor(text: string): ThemeColor | undefined {
	const numbers = text.match(/-?\d*\.?\d+(?:e-?\d+)?/g)?.map(Number) ?? [];
	const scale = text.startsWith('color(') ? 255 : 1;
	const [r, g, b] = numbers.map((value) => Math.round(value * scale));
	if (r === undefined || g === undefined || b === undefined) return undefined;
	return { r, g, b };
}

/** What gives colours of the palette to restty's core, which has others built in.
 *  @param indices null for all of them; one that the theme has no colour for is left out */
export function paletteSequence(palette: Palette, indices: readonly number[] | null): string {
	return (indices ?? Array.from(palette, (_, index) => index))
		.flatMap((index) => {
			const color = palette[index];
			if (color === undefined) return [];
			return [`\x1b]4;${String(index)};${hexOf([color.r, color.g, color.b])}\x1b\\`];
		})
		.join('');
}

/** Calls back when the scheme may have changed, by the system or by the page.
 *  @returns stop */
export function onSchemeChange(element: HTMLElement, changed: () => void): () => void {
	const query = matchMedia('(prefers-color-scheme: dark)');
	query.addEventListener('change', changed);
	const observer = new MutationObserver(changed);
	const { documentElement, body } = element.ownerDocument;
	observer.observe(documentElement, { attributes: true, attributeFilter: ['data-scheme'] });
	// A theme lies on the body.
	observer.observe(body, { attributes: true, attributeFilter: ['style'] });
	return () => {
		query.removeEventListener('change', changed);
		observer.disconnect();
	};
}
