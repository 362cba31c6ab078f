// Theme files of others: Ghostty's `key = value` lines and iTerm2's property lists (.itermcolors), read
// strictly, with every fault by its line. Nothing is changed by reading. Pure; the settings page loads it.
import {
	isThemeName,
	PALETTE_SIZE,
	THEME_NAME_MAX,
	type HexColor,
	type TerminalTheme
} from '$lib/storage/theme';
import { hexOf } from './colors';

/** The largest of 458 Ghostty themes has 600 bytes, an .itermcolors about 12 kB. */
export const THEME_FILE_MAX_BYTES = 64 * 1024;
/** Faults shown; the first ones explain the rest. */
const FAULTS_MAX = 20;

export type { TerminalTheme };

export interface ThemeFault {
	/** 1 for the first; null for the file as a whole. */
	readonly line: number | null;
	readonly text: string;
}

export type ThemeFile =
	| { readonly isValid: true; readonly theme: TerminalTheme }
	| { readonly isValid: false; readonly faults: readonly ThemeFault[] };

/** What either format says, before what is missing is filled in. */
interface Found {
	readonly colors: Partial<Record<ColorName, HexColor>>;
	readonly palette: (HexColor | undefined)[];
	readonly faults: ThemeFault[];
}
type ColorName =
	'background' | 'foreground' | 'cursor' | 'cursorText' | 'selection' | 'selectionText';

/** @param text of the file, as decoded UTF-8
 *  @param fileName gives the theme its name, without the ending */
export function readThemeFile(text: string, fileName: string): ThemeFile {
	if (text.length > THEME_FILE_MAX_BYTES)
		return { isValid: false, faults: [{ line: null, text: 'The file is too large for a theme.' }] };
	const plain = text.replace(/^\uFEFF/, '');
	const found = /^\s*</.test(plain) ? readPropertyList(plain) : readGhostty(plain);
	const { colors, palette, faults } = found;
	const missing = [
		...(colors.background === undefined ? ['background'] : []),
		...(colors.foreground === undefined ? ['foreground'] : []),
		...Array.from({ length: PALETTE_SIZE }, (_, at) => at)
			.filter((at) => palette[at] === undefined)
			.map((at) => `colour ${String(at)}`)
	];
	if (faults.length === 0 && missing.length > 0)
		faults.push({ line: null, text: `The theme has no ${missing.join(', no ')}.` });
	const { background, foreground } = colors;
	if (faults.length > 0 || background === undefined || foreground === undefined)
		return { isValid: false, faults: faults.slice(0, FAULTS_MAX) };
	return {
		isValid: true,
		theme: {
			name: nameOf(fileName),
			background,
			foreground,
			cursor: colors.cursor ?? foreground,
			cursorText: colors.cursorText ?? background,
			// As Ghostty does it: a selection without colours of its own is the text's, turned round.
			selection: colors.selection ?? foreground,
			selectionText: colors.selectionText ?? (colors.selection === undefined ? background : null),
			palette: palette.map((color) => color ?? foreground).slice(0, PALETTE_SIZE)
		}
	};
}

function nameOf(fileName: string): string {
	const bare = fileName
		.replace(/\.(itermcolors|conf|theme|txt|ghostty)$/i, '')
		.replace(/\p{Cc}/gu, '')
		.trim()
		.slice(0, THEME_NAME_MAX)
		.trim();
	return isThemeName(bare) ? bare : 'Imported theme';
}

const GHOSTTY_KEYS: Readonly<Record<string, ColorName>> = {
	background: 'background',
	foreground: 'foreground',
	'cursor-color': 'cursor',
	'cursor-text': 'cursorText',
	'selection-background': 'selection',
	'selection-foreground': 'selectionText'
};
/** Words of Ghostty for a selection that keeps the cells' own colours. */
const CELL_COLOR = /^cell-(foreground|background)$/;

function readGhostty(text: string): Found {
	const found: Found = { colors: {}, palette: [], faults: [] };
	for (const [index, line] of text.split(/\r?\n/).entries()) {
		const said = ghosttyLine(line.trim(), found);
		if (said !== null) found.faults.push({ line: index + 1, text: said });
	}
	return found;
}

/** Takes one line. @returns what is wrong with it; null when nothing is */
function ghosttyLine(line: string, { colors, palette }: Found): string | null {
	if (line === '' || line.startsWith('#')) return null;
	const at = line.indexOf('=');
	if (at < 0) return 'has no = between a key and its value';
	const key = line.slice(0, at).trim();
	const value = unquoted(line.slice(at + 1).trim());
	if (key === 'palette') {
		const entry = /^(\d{1,3})\s*=\s*(.+)$/.exec(value);
		const place = Number(entry?.[1]);
		if (entry === null || place > 255) return 'takes a number from 0 to 255, = and a colour';
		const color = hexColor(entry[2] ?? '');
		if (color === null) return `“${shown(entry[2] ?? '')}” is no colour like #1a2b3c`;
		// The other 240 are computed by every terminal alike.
		if (place < PALETTE_SIZE) {
			if (palette[place] !== undefined) return `colour ${String(place)} stands here a second time`;
			palette[place] = color;
		}
		return null;
	}
	const name = Object.hasOwn(GHOSTTY_KEYS, key) ? GHOSTTY_KEYS[key] : undefined;
	if (name === undefined) return `“${shown(key)}” is no colour of a theme`;
	if (colors[name] !== undefined) return `“${key}” stands here a second time`;
	if (CELL_COLOR.test(value) && name !== 'background' && name !== 'foreground') return null;
	const color = hexColor(value);
	if (color === null) return `“${shown(value)}” is no colour like #1a2b3c`;
	colors[name] = color;
	return null;
}

const unquoted = (value: string): string => /^"(.*)"$/.exec(value)?.[1] ?? value;
const shown = (value: string): string => value.slice(0, 40);

function hexColor(value: string): HexColor | null {
	const digits = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(value.trim())?.[1]?.toLowerCase();
	if (digits === undefined) return null;
	return digits.length === 6 ? `#${digits}` : `#${digits.replace(/./g, '$&$&')}`;
}

const ITERM_KEYS: Readonly<Record<string, ColorName>> = {
	'Background Color': 'background',
	'Foreground Color': 'foreground',
	'Cursor Color': 'cursor',
	'Cursor Text Color': 'cursorText',
	'Selection Color': 'selection',
	'Selected Text Color': 'selectionText'
};
/** What iTerm2 has besides, and (Light) and (Dark) variants of a whole set: read over. */
const ITERM_OTHERS =
	/^(Bold|Link|Badge|Tab|Underline|Cursor Guide|Match Background) Color$|\((Light|Dark)\)$/;
const COMPONENT = /^(Red|Green|Blue|Alpha) Component$/;

interface Token {
	readonly tag: string;
	readonly text: string;
	readonly line: number;
}

function readPropertyList(text: string): Found {
	const found: Found = { colors: {}, palette: [], faults: [] };
	const fault = (line: number | null, said: string) => {
		found.faults.push({ line, text: said });
	};
	const tokens = tokensOf(text);
	if (tokens === null) {
		fault(null, 'The file is no property list of iTerm2: it holds something else than colours.');
		return found;
	}
	let at = 0;
	const is = (tag: string) => tokens[at]?.tag === tag;
	if (!is('<dict>')) {
		fault(tokens[0]?.line ?? null, 'The property list begins with no <dict>.');
		return found;
	}
	at += 1;
	while (at < tokens.length && !is('</dict>')) {
		const key = tokens[at];
		if (key?.tag !== 'key' || tokens[at + 1]?.tag !== '<dict>') {
			fault(key?.line ?? null, 'takes a key and a <dict> with its colour');
			return found;
		}
		at += 2;
		const parts = new Map<string, number>();
		let space = 'sRGB';
		while (at < tokens.length && !is('</dict>')) {
			const part = tokens[at];
			const value = tokens[at + 1];
			if (part?.tag !== 'key' || value === undefined) {
				fault(part?.line ?? null, 'takes a component and its number');
				return found;
			}
			if (part.text === 'Color Space') space = value.text;
			else if (!COMPONENT.test(part.text))
				fault(part.line, `“${shown(part.text)}” is no component`);
			else if (!/^(real|integer)$/.test(value.tag) || !isShare(value.text))
				fault(value.line, `${part.text} takes a number from 0 to 1`);
			else if (parts.has(part.text)) fault(part.line, `${part.text} stands here a second time`);
			else parts.set(part.text, Number(value.text));
			at += 2;
		}
		at += 1;
		takeItermColor(found, { key, parts, space });
	}
	if (at + 1 !== tokens.length) fault(null, 'The property list does not end with its </dict>.');
	return found;
}

function takeItermColor(
	{ colors, palette, faults }: Found,
	given: {
		readonly key: Token;
		readonly parts: ReadonlyMap<string, number>;
		readonly space: string;
	}
): void {
	const { key, parts, space } = given;
	const place = /^Ansi (\d{1,2}) Color$/.exec(key.text)?.[1];
	const name = Object.hasOwn(ITERM_KEYS, key.text) ? ITERM_KEYS[key.text] : undefined;
	const fault = (text: string) => {
		faults.push({ line: key.line, text: `${shown(key.text)} ${text}` });
	};
	if (place === undefined && name === undefined) {
		if (!ITERM_OTHERS.test(key.text)) fault('is no colour of a theme');
		return;
	}
	const [red, green, blue] = ['Red', 'Green', 'Blue'].map((part) => parts.get(`${part} Component`));
	if (red === undefined || green === undefined || blue === undefined) {
		fault('takes a red, a green and a blue component');
		return;
	}
	// Colours of a wider space are drawn as if they were sRGB: nearer than refusing the file.
	if (!/^(sRGB|P3|Calibrated)$/.test(space)) {
		fault(`is in a colour space that is not known: ${shown(space)}`);
		return;
	}
	const color = hexOf([red * 255, green * 255, blue * 255]);
	if (place !== undefined && Number(place) < PALETTE_SIZE) {
		if (palette[Number(place)] !== undefined) fault('stands here a second time');
		else palette[Number(place)] = color;
	} else if (name === undefined) fault('is none of the 16 colours');
	else if (colors[name] !== undefined) fault('stands here a second time');
	else colors[name] = color;
}

const isShare = (text: string): boolean => {
	const value = Number(text);
	return /^[-+.0-9e]{1,40}$/i.test(text) && value >= 0 && value <= 1;
};

/** Head, root and end of a property list; between them only keys, dictionaries and plain values. */
const HEAD = /^\s*(?:<\?xml[^<>]*\?>\s*)?(?:<!DOCTYPE plist[^<>[\]]*>\s*)?<plist[^<>]*>/;
const TOKEN = /\s*(?:(<\/?dict>)|<(key|real|integer|string)>([^<>&]{0,200})<\/\2>)/y;

/** One pass, nothing nested, no entities, no comments. @returns null when there is anything else in it */
function tokensOf(text: string): readonly Token[] | null {
	const head = HEAD.exec(text)?.[0];
	if (head === undefined) return null;
	const tokens: Token[] = [];
	let line = 1;
	let counted = 0;
	TOKEN.lastIndex = head.length;
	let end = head.length;
	for (let match = TOKEN.exec(text); match !== null; match = TOKEN.exec(text)) {
		const start = TOKEN.lastIndex - match[0].trimStart().length;
		line += text.slice(counted, start).split('\n').length - 1;
		counted = start;
		tokens.push({ tag: match[1] ?? match[2] ?? '', text: (match[3] ?? '').trim(), line });
		end = TOKEN.lastIndex;
	}
	return /^\s*<\/plist>\s*$/.test(text.slice(end)) ? tokens : null;
}
