// What may be pasted and when a person is asked first (H12). Window only, pure; paster.ts reads a text
// piece by piece, so that 10 MB hold nothing up.
import { PASTE_CONFIRM_BYTES } from '$lib/contracts/limits';
import { hasUnseen } from './text';

export type PasteReason = 'lines' | 'size' | 'hidden' | 'control';

/** Reasons that a person may wave through for good: what hides or acts by itself is asked of each time. */
export type LastingReason = Extract<PasteReason, 'lines' | 'size'>;

/** What a person is asked before a risky paste. */
export interface PasteQuestion {
	/** The beginning of what would be sent, cleaned: enough to look at. */
	readonly preview: string;
	readonly sizeBytes: number;
	readonly lines: number;
	/** Why it asks; the first is the one to say. */
	readonly reasons: readonly PasteReason[];
}

/** @returns whether nobody has to be asked about this ever again, once they have said so */
export const isLasting = (reason: PasteReason): reason is LastingReason =>
	reason === 'lines' || reason === 'size';

const encoder = new TextEncoder();
/** Around what is pasted, for a program that asked to be told. */
export const PASTE_START: Uint8Array = encoder.encode('\x1b[200~');
export const PASTE_END: Uint8Array = encoder.encode('\x1b[201~');

/** Marks that a program puts around pasted text; in the text itself they would end the paste early. */
const PASTE_MARKS = /(?:\u001b\[|\u009b)20[01]~/g; // eslint-disable-line no-control-regex -- ESC and CSI begin the marks
/** Control characters but TAB and line ends. */
const CONTROLS = /[^\P{Cc}\t\n\r]/gu;

/** Longest piece that is read at once, in UTF-16 units: a millisecond's work. */
const PIECE_CHARS = 16 * 1024;
/** What is kept to be shown. */
const PREVIEW_CHARS = 64 * 1024;

/** Reads a text from its beginning to its end. */
export class PasteText {
	readonly #text: string;
	#at = 0;
	#preview = '';
	#sizeBytes = 0;
	#breaks = 0;
	#isLineOpen = false;
	#hasControl = false;
	#hasHidden = false;
	/** What is sent: lines end in CR, as keys would; no control characters but TAB. */
	readonly pieces: Uint8Array[] = [];

	constructor(text: string) {
		this.#text = text;
	}

	get sizeBytes(): number {
		return this.#sizeBytes;
	}

	/** Cleans the next piece. @returns whether all of it is known now */
	read(): boolean {
		const end = cutAfter(this.#text, this.#at);
		const piece = this.#text.slice(this.#at, end);
		this.#at = end;
		// Removing one mark can join the halves of another.
		let unmarked = piece;
		for (let next = unmarked.replaceAll(PASTE_MARKS, ''); next !== unmarked;) {
			unmarked = next;
			next = unmarked.replaceAll(PASTE_MARKS, '');
		}
		const lined = unmarked.replaceAll(/\r\n?/g, '\n');
		const clean = lined.replaceAll(CONTROLS, '').toWellFormed();
		this.#hasControl ||= unmarked.length !== piece.length || clean.length !== lined.length;
		this.#hasHidden ||= hasUnseen(clean);
		this.#preview += clean.slice(0, Math.max(0, PREVIEW_CHARS - this.#preview.length));
		this.#breaks += clean.split('\n').length - 1;
		if (clean !== '') this.#isLineOpen = !clean.endsWith('\n');
		const bytes = encoder.encode(clean.replaceAll('\n', '\r'));
		this.#sizeBytes += bytes.length;
		if (bytes.length > 0) this.pieces.push(bytes);
		return this.#at >= this.#text.length;
	}

	/** Why a person should be asked; null when there is no reason.
	 *  @param isBracketed the program asked to be told what is pasted: lines run nothing by themselves */
	question(isBracketed: boolean): PasteQuestion | null {
		const reasons: PasteReason[] = [];
		if (this.#hasControl) reasons.push('control');
		if (this.#hasHidden) reasons.push('hidden');
		if (!isBracketed && this.#breaks > 0) reasons.push('lines');
		if (this.#sizeBytes > PASTE_CONFIRM_BYTES) reasons.push('size');
		if (reasons.length === 0) return null;
		return {
			preview: this.#preview,
			sizeBytes: this.#sizeBytes,
			lines: this.#breaks + (this.#isLineOpen ? 1 : 0),
			reasons
		};
	}
}

/** Where a piece may end: not inside a mark, a joined picture, a line end or a pair of surrogates. A text
 *  that has no such place for long is cut anyhow: its controls are taken out of each piece all the same. */
function cutAfter(text: string, from: number): number {
	const most = from + PIECE_CHARS;
	if (most >= text.length) return text.length;
	for (let at = most; at > from + PIECE_CHARS / 2; at -= 1)
		if (isSafeEnd(text.charCodeAt(at - 1))) return at;
	// Never between two surrogates: they would become two U+FFFD.
	return (text.charCodeAt(most - 1) & 0xfc00) === 0xd800 ? most - 1 : most;
}

/** Line feeds, spaces, letters: no mark holds one, and no picture is joined to one. */
const isSafeEnd = (code: number): boolean =>
	code === 0x0a ||
	code === 0x20 ||
	(code >= 0x41 && code <= 0x5a) ||
	(code >= 0x61 && code <= 0x7a) ||
	(code >= 0x3040 && code <= 0xd7a3 && code !== 0x3297 && code !== 0x3299);
