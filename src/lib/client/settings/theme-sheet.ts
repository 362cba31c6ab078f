// A theme on the page: the `--term-*` tokens of what stands in its colours. Window only; the layout puts
// the one in use on the body, the settings put others on their samples.
import {
	frameOf,
	HIGH_CONTRAST,
	hexOf,
	mixed,
	READABLE,
	schemeOf,
	withContrast
} from '../terminal/colors';
import { OWN_THEME_NAMES } from './fields';
import type { HexColor, TerminalTheme } from '$lib/storage/theme';
import type { SettingsRecord } from '$lib/storage/settings';

export type Scheme = 'light' | 'dark';

/** The theme of a scheme as it is to be seen; null for Headtab's own as the tokens have it. */
export function themeInUse(
	settings: SettingsRecord,
	scheme: Scheme,
	contrast: ContrastNeed
): TerminalTheme | null {
	const theme = scheme === 'dark' ? settings.themeDark : settings.themeLight;
	return asSeen(theme, scheme, contrast);
}

export interface ContrastNeed {
	/** The system asks for it, or the person does. */
	readonly isHigh: boolean;
	readonly isRaised: boolean;
}

/** A theme, or Headtab's own, with the contrast that the person wants. */
export function asSeen(
	theme: TerminalTheme | null,
	scheme: Scheme,
	{ isHigh, isRaised }: ContrastNeed
): TerminalTheme | null {
	if (isHigh) return withContrast(theme ?? ownTheme(scheme), HIGH_CONTRAST);
	return theme !== null && isRaised ? withContrast(theme, READABLE) : theme;
}

/** Headtab's own theme of a scheme, as the tokens have it. */
function ownTheme(scheme: Scheme): TerminalTheme {
	const probe = document.createElement('span');
	probe.hidden = true;
	probe.className = 'own-theme';
	probe.dataset['termScheme'] = scheme;
	document.body.append(probe);
	const read = (token: string): HexColor => {
		probe.style.color = `var(--term-${token})`;
		const [r = 0, g = 0, b = 0] = (getComputedStyle(probe).color.match(/\d+/g) ?? []).map(Number);
		return hexOf([r, g, b]);
	};
	const theme: TerminalTheme = {
		name: OWN_THEME_NAMES[scheme],
		background: read('bg'),
		foreground: read('fg'),
		cursor: read('cursor'),
		cursorText: read('cursor-text'),
		selection: read('selection'),
		selectionText: null,
		palette: Array.from({ length: 16 }, (_, at) => read(String(at)))
	};
	probe.remove();
	return theme;
}

/** The names of every token of a theme. */
const TOKENS = [
	...[
		'bg',
		'fg',
		'cursor',
		'cursor-text',
		'selection',
		'selection-fg',
		'match',
		'match-on',
		'frame'
	],
	...Array.from({ length: 16 }, (_, at) => String(at))
].map((name) => `--term-${name}`);

function themeTokens(theme: TerminalTheme): ReadonlyMap<string, string> {
	const tokens = new Map([
		['--term-bg', theme.background],
		['--term-fg', theme.foreground],
		['--term-cursor', theme.cursor],
		['--term-cursor-text', theme.cursorText],
		['--term-selection', theme.selection],
		['--term-match', mixed(theme.palette[3] ?? theme.foreground, theme.background, 0.4)],
		['--term-match-on', theme.palette[11] ?? theme.foreground],
		['--term-frame', frameOf(theme.background)]
	]);
	if (theme.selectionText !== null) tokens.set('--term-selection-fg', theme.selectionText);
	for (const [at, color] of theme.palette.entries()) tokens.set(`--term-${String(at)}`, color);
	return tokens;
}

/** Puts a theme on an element; null takes it away again. What stands in it knows its lightness, too. */
export function putTheme(element: HTMLElement, theme: TerminalTheme | null): void {
	const tokens = theme === null ? null : themeTokens(theme);
	for (const name of TOKENS) {
		const value = tokens?.get(name);
		if (value === undefined) element.style.removeProperty(name);
		else element.style.setProperty(name, value);
	}
	if (theme === null) delete element.dataset['termScheme'];
	else element.dataset['termScheme'] = schemeOf(theme.background);
}

/** Puts a theme on a sample, whatever the page has; null is Headtab's own for that scheme. */
export function putSample(element: HTMLElement, theme: TerminalTheme | null, scheme: Scheme): void {
	putTheme(element, theme);
	element.classList.toggle('own-theme', theme === null);
	if (theme === null) element.dataset['termScheme'] = scheme;
}
