// What may be pasted and when a person is asked first (H12). Window only, pure; terminal.ts sends.
import { PASTE_CONFIRM_BYTES } from '$lib/contracts/limits';
import { hasUnseen } from './text';

export type PasteReason = 'lines' | 'size' | 'hidden' | 'control';

/** What a person is asked before a risky paste. */
export interface PasteQuestion {
	/** What would be sent, cleaned. */
	readonly text: string;
	readonly sizeBytes: number;
	readonly lines: number;
	/** Why it asks; the first is the one to say. */
	readonly reasons: readonly PasteReason[];
}

export interface PastePlan {
	/** What is sent: lines end in CR, as keys would; no control characters but TAB. */
	readonly bytes: Uint8Array;
	/** null: nothing to ask. */
	readonly question: PasteQuestion | null;
}

const encoder = new TextEncoder();
const START = encoder.encode('\x1b[200~');
const END = encoder.encode('\x1b[201~');

/** Marks that a program puts around pasted text; in the text itself they would end the paste early. */
const PASTE_MARKS = /(?:\u001b\[|\u009b)20[01]~/g; // eslint-disable-line no-control-regex -- ESC and CSI begin the marks
/** Control characters but TAB and line ends. */
const CONTROLS = /[^\P{Cc}\t\n\r]/gu;

/** Cleans a text and says whether to ask.
 *  @param isBracketed the program asked to be told what is pasted: lines run nothing by themselves */
export function planPaste(text: string, isBracketed: boolean): PastePlan {
	// Removing one mark can join the halves of another.
	let unmarked = text;
	for (let next = unmarked.replaceAll(PASTE_MARKS, ''); next !== unmarked;) {
		unmarked = next;
		next = unmarked.replaceAll(PASTE_MARKS, '');
	}
	const clean = unmarked.replaceAll(/\r\n?/g, '\n').replaceAll(CONTROLS, '').toWellFormed();
	const body = encoder.encode(clean.replaceAll('\n', '\r'));
	const breaks = clean.split('\n').length - 1;
	const reasons: PasteReason[] = [];
	if (unmarked !== text || unmarked.search(CONTROLS) >= 0) reasons.push('control');
	if (hasUnseen(clean)) reasons.push('hidden');
	if (!isBracketed && breaks > 0) reasons.push('lines');
	if (body.length > PASTE_CONFIRM_BYTES) reasons.push('size');
	return {
		bytes: isBracketed ? join(START, body, END) : body,
		question:
			reasons.length === 0
				? null
				: { text: clean, sizeBytes: body.length, lines: breaks + 1, reasons }
	};
}

/** Ends a bracketed paste that is broken off. */
export const PASTE_END: Uint8Array = END;

function join(...parts: readonly Uint8Array[]): Uint8Array {
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}
