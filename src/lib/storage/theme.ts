// A terminal's colour theme as settings keep it: whole, so that a window opens in its colours before
// anything else is loaded, and a settings file needs nothing beside it. Window only, pure.
import { isRecord } from '$lib/contracts/parse';

/** `#rrggbb`, lower case. */
export type HexColor = string;

export interface TerminalTheme {
	readonly name: string;
	readonly background: HexColor;
	readonly foreground: HexColor;
	readonly cursor: HexColor;
	readonly cursorText: HexColor;
	readonly selection: HexColor;
	/** Null: text keeps its colours in a selection. */
	readonly selectionText: HexColor | null;
	/** The sixteen of ANSI. */
	readonly palette: readonly HexColor[];
}

export const THEME_NAME_MAX = 60;
/** Imported themes kept: a few hundred bytes each. */
export const THEMES_MAX = 24;
export const PALETTE_SIZE = 16;

const HEX = /^#[0-9a-f]{6}$/;
const isHex = (value: unknown): value is HexColor => typeof value === 'string' && HEX.test(value);

/** @returns whether a text can be a theme's name: short, on one line, not blank */
export const isThemeName = (name: string): boolean =>
	name.trim() === name && name !== '' && name.length <= THEME_NAME_MAX && !/\p{Cc}/u.test(name);

/** Any stored or imported value as a theme; null when anything of it is missing or wrong. */
export function parseTheme(value: unknown): TerminalTheme | null {
	if (!isRecord(value)) return null;
	const { name, background, foreground, cursor, cursorText, selection, selectionText, palette } =
		value;
	if (typeof name !== 'string' || !isThemeName(name)) return null;
	if (!isHex(background) || !isHex(foreground) || !isHex(cursor)) return null;
	if (!isHex(cursorText) || !isHex(selection)) return null;
	if (selectionText !== null && !isHex(selectionText)) return null;
	if (!Array.isArray(palette) || palette.length !== PALETTE_SIZE || !palette.every(isHex))
		return null;
	return {
		name,
		background,
		foreground,
		cursor,
		cursorText,
		selection,
		selectionText,
		palette: [...palette]
	};
}

/** A list of themes, each name once; what is none is left out. */
export function parseThemes(value: unknown): readonly TerminalTheme[] {
	if (!Array.isArray(value)) return [];
	const themes = new Map<string, TerminalTheme>();
	for (const entry of value) {
		const theme = parseTheme(entry);
		if (theme !== null) themes.set(theme.name, theme);
	}
	return [...themes.values()].slice(0, THEMES_MAX);
}
