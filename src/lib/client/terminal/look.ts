// How terminals look, as the settings say: what an engine is made with and changed to. Window only, pure.
import type { CursorLook } from './cursor';
import type { SettingsRecord } from '$lib/storage/settings';

export interface FontLook {
	readonly fontSizePx: number;
	/** Of the text size. */
	readonly lineHeightPercent: number;
	readonly hasLigatures: boolean;
	/** A family of this computer's; null for the face that comes with Headtab. */
	readonly localFamily: string | null;
}

export type Look = FontLook & CursorLook;

export const lookOf = (settings: SettingsRecord): Look => ({
	fontSizePx: settings.fontSizePx,
	lineHeightPercent: settings.lineHeightPercent,
	hasLigatures: settings.hasLigatures,
	localFamily: settings.localFont,
	cursorShape: settings.cursorShape,
	isCursorBlinking: settings.isCursorBlinking
});

/** @returns whether two looks need the same faces */
export const hasSameFaces = (a: FontLook, b: FontLook): boolean =>
	a.fontSizePx === b.fontSizePx &&
	a.lineHeightPercent === b.lineHeightPercent &&
	a.hasLigatures === b.hasLigatures &&
	a.localFamily === b.localFamily;
