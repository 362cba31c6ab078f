// A theme on the page: the `--term-*` tokens of what stands in its colours. Window only; the layout puts
// the one in use on the body, the settings put others on their samples.
import { frameOf, READABLE, schemeOf, withContrast } from '../terminal/colors';
import type { TerminalTheme } from '$lib/storage/theme';
import type { SettingsRecord } from '$lib/storage/settings';

export type Scheme = 'light' | 'dark';

/** The theme of a scheme as it is to be seen; null for Headtab's own. */
export function themeInUse(settings: SettingsRecord, scheme: Scheme): TerminalTheme | null {
	const theme = scheme === 'dark' ? settings.themeDark : settings.themeLight;
	return theme === null ? null : asSeen(theme, settings);
}

/** A theme with the contrast that the person wants. */
export const asSeen = (
	theme: TerminalTheme,
	{ isContrastRaised }: Pick<SettingsRecord, 'isContrastRaised'>
): TerminalTheme => (isContrastRaised ? withContrast(theme, READABLE) : theme);

/** The names of every token of a theme. */
const TOKENS = [
	...['bg', 'fg', 'cursor', 'cursor-text', 'selection', 'selection-fg', 'frame', 'scheme'],
	...Array.from({ length: 16 }, (_, at) => String(at))
].map((name) => `--term-${name}`);

/** The tokens of a theme. */
export function themeTokens(theme: TerminalTheme): ReadonlyMap<string, string> {
	const tokens = new Map([
		['--term-bg', theme.background],
		['--term-fg', theme.foreground],
		['--term-cursor', theme.cursor],
		['--term-cursor-text', theme.cursorText],
		['--term-selection', theme.selection],
		['--term-frame', frameOf(theme.background)],
		['--term-scheme', schemeOf(theme.background)]
	]);
	if (theme.selectionText !== null) tokens.set('--term-selection-fg', theme.selectionText);
	for (const [at, color] of theme.palette.entries()) tokens.set(`--term-${String(at)}`, color);
	return tokens;
}

/** Headtab's own theme for a scheme: the page's tokens, where no theme has replaced them. */
export function ownTokens(document: Document, scheme: Scheme): ReadonlyMap<string, string> {
	const root = getComputedStyle(document.documentElement);
	const tokens = new Map<string, string>();
	for (const name of TOKENS) {
		const value = root.getPropertyValue(name);
		if (value !== '') tokens.set(name, value);
	}
	return tokens.set('--term-scheme', scheme);
}

/** Puts a theme's tokens on an element; null takes them away again. */
export function putTokens(element: HTMLElement, tokens: ReadonlyMap<string, string> | null): void {
	for (const name of TOKENS) {
		const value = tokens?.get(name);
		if (value === undefined) element.style.removeProperty(name);
		else element.style.setProperty(name, value);
	}
}
