// The arithmetic of a theme's colours: lightness, contrast (WCAG 2), and the frame around it. Pure.
import type { HexColor, TerminalTheme } from '$lib/storage/theme';

type Rgb = readonly [number, number, number];

/** Text is readable from here on (WCAG AA). */
export const READABLE = 4.5;
/** What somebody needs who asks for more contrast (WCAG AAA). */
export const HIGH_CONTRAST = 7;
const DARK_FRAME = 0.26;
const LIGHT_FRAME = 0.09;

/** Palette places in words, for what is said about them. */
const COLOR_WORDS = 'black red green yellow blue magenta cyan white'.split(' ');

export function rgbOf(hex: HexColor): Rgb {
	const at = (from: number) => parseInt(hex.slice(from, from + 2), 16);
	return [at(1), at(3), at(5)];
}

export const hexOf = (rgb: Rgb): HexColor =>
	`#${rgb
		.map((part) =>
			Math.round(Math.min(255, Math.max(0, part)))
				.toString(16)
				.padStart(2, '0')
		)
		.join('')}`;

const linear = (part: number): number => {
	const share = part / 255;
	return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};
const gamma = (share: number): number =>
	255 * (share <= 0.0031308 ? share * 12.92 : 1.055 * share ** (1 / 2.4) - 0.055);

/** Relative luminance, 0 to 1. */
export function luminance(hex: HexColor): number {
	const [r, g, b] = rgbOf(hex);
	return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** 1 to 21. */
export function contrast(a: HexColor, b: HexColor): number {
	const x = luminance(a) + 0.05;
	const y = luminance(b) + 0.05;
	return x > y ? x / y : y / x;
}

/** The scheme that bars and menus over this background need. */
export const schemeOf = (background: HexColor): 'light' | 'dark' =>
	contrast(background, '#ffffff') < contrast(background, '#000000') ? 'light' : 'dark';

/** The frame around a terminal: its background, darker. CSS: `color-mix(in oklab, BG, black 26%)`. */
export function frameOf(background: HexColor): HexColor {
	const keep = 1 - (schemeOf(background) === 'dark' ? DARK_FRAME : LIGHT_FRAME);
	// Black is the origin of oklab, whose axes are cube roots of linear light: a share there is its cube here.
	const [r, g, b] = rgbOf(background);
	const dim = (part: number) => gamma(linear(part) * keep ** 3);
	return hexOf([dim(r), dim(g), dim(b)]);
}

/** The colour itself when it reaches the contrast, else the nearest of its hue that does. */
export function raised(color: HexColor, background: HexColor, least: number): HexColor {
	if (contrast(color, background) >= least) return color;
	const end = schemeOf(background) === 'dark' ? 255 : 0;
	const from = rgbOf(color);
	const moved = (share: number) => {
		const mix = (part: number) => part + (end - part) * share;
		return hexOf([mix(from[0]), mix(from[1]), mix(from[2])]);
	};
	let low = 0;
	let high = 1;
	for (let step = 0; step < 12; step += 1) {
		const middle = (low + high) / 2;
		if (contrast(moved(middle), background) >= least) high = middle;
		else low = middle;
	}
	return moved(high);
}

/** Of colours for text the one that is read best on another, moved until it can be read. */
export function textOn(background: HexColor, texts: readonly [HexColor, HexColor]): HexColor {
	const [one, other] = texts;
	const best = contrast(one, background) >= contrast(other, background) ? one : other;
	return raised(best, background, READABLE);
}

/** `share` of the first colour in the second. */
export function mixed(color: HexColor, into: HexColor, share: number): HexColor {
	const [r, g, b] = rgbOf(into);
	const [toR, toG, toB] = rgbOf(color);
	return hexOf([r + (toR - r) * share, g + (toG - g) * share, b + (toB - b) * share]);
}

/** A theme whose text colours reach a contrast. Black stays: it is a background, not text. */
export function withContrast(theme: TerminalTheme, least: number): TerminalTheme {
	const on = (color: HexColor) => raised(color, theme.background, least);
	return {
		...theme,
		foreground: on(theme.foreground),
		cursor: raised(theme.cursor, theme.background, 3),
		cursorText: raised(theme.cursorText, raised(theme.cursor, theme.background, 3), READABLE),
		palette: theme.palette.map((color, at) => (at === 0 ? color : on(color)))
	};
}

/** A colour of a theme that is hard to read on its background. */
export interface FaintColor {
	/** `text`, `red`, `bright black`. */
	readonly word: string;
	readonly contrast: number;
}

/** Text and palette colours under a contrast, the faintest first. Black is not counted. */
export function faintColors(theme: TerminalTheme, least = READABLE): readonly FaintColor[] {
	const all = [
		{ word: 'text', color: theme.foreground },
		...theme.palette.map((color, at) => ({
			word: `${at >= 8 ? 'bright ' : ''}${COLOR_WORDS[at % 8] ?? ''}`,
			color
		}))
	];
	return all
		.filter((_, at) => at !== 1)
		.map(({ word, color }) => ({ word, contrast: contrast(color, theme.background) }))
		.filter((found) => found.contrast < least)
		.sort((a, b) => a.contrast - b.contrast);
}

/** One sentence on how readable a theme is. */
export function contrastWords(theme: TerminalTheme): string {
	const faint = faintColors(theme);
	const [first] = faint;
	if (first === undefined) return 'All colours reach 4.5 : 1.';
	// Never rounded up to what it does not reach.
	const ratio = (Math.floor(first.contrast * 10) / 10).toFixed(1);
	const [second] = faint.slice(1);
	if (second === undefined) return `All colours reach 4.5 : 1 but ${first.word}, ${ratio} : 1.`;
	return `${String(faint.length)} of 16 colours are under 4.5 : 1, ${first.word} least with ${ratio} : 1.`;
}
