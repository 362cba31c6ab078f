// What a key sends: xterm's sequences, or the kitty keyboard protocol's where a program asks for it.
// Pure; restty 0.3.0 knows no application keys, no modifiers on most and only half of the protocol.
import { encodeKitty } from './encode-kitty';
import { encodeOther, type OtherKeys } from './encode-other';
import { usKey } from './us-keyboard';

/** A key and what is held with it, as a KeyboardEvent has it. */
export interface KeyPress {
	readonly key: string;
	readonly code: string;
	readonly ctrl: boolean;
	readonly shift: boolean;
	/** Alt, or Option where it acts as Alt. */
	readonly alt: boolean;
	/** Super, or Cmd. */
	readonly meta: boolean;
	readonly isCapsLock: boolean;
	readonly isNumLock: boolean;
	/** On the keypad, where its keys differ from the others. */
	readonly isKeypad: boolean;
	readonly at: 'press' | 'repeat' | 'release';
}

/** What the program has asked of the keyboard. */
export interface KeyModes {
	/** kitty keyboard protocol; 0 is off. */
	readonly kittyFlags: number;
	/** DECCKM: cursor keys as SS3. */
	readonly hasAppCursor: boolean;
	/** DECKPAM: keypad as SS3, where NumLock is off. */
	readonly hasAppKeypad: boolean;
	/** xterm's modifyOtherKeys; the kitty protocol goes before it. */
	readonly otherKeys: OtherKeys;
}

/** Keys that send `CSI number ~`. */
export const TILDE_KEYS: Readonly<Record<string, number>> = {
	Insert: 2,
	Delete: 3,
	PageUp: 5,
	PageDown: 6,
	F5: 15,
	F6: 17,
	F7: 18,
	F8: 19,
	F9: 20,
	F10: 21,
	F11: 23,
	F12: 24
};
/** As a VT220 has them, which xterm follows. */
const HIGH_FUNCTION_KEYS: Readonly<Record<string, number>> = {
	F13: 25,
	F14: 26,
	F15: 28,
	F16: 29,
	F17: 31,
	F18: 32,
	F19: 33,
	F20: 34,
	F21: 42,
	F22: 43,
	F23: 44,
	F24: 45
};
/** Keys that send `CSI letter`, or SS3 in application mode. */
export const CURSOR_KEYS: Readonly<Record<string, string>> = {
	ArrowUp: 'A',
	ArrowDown: 'B',
	ArrowRight: 'C',
	ArrowLeft: 'D',
	Clear: 'E',
	End: 'F',
	Home: 'H'
};
/** Keys that send `SS3 letter`. */
export const PF_KEYS: Readonly<Record<string, string>> = { F1: 'P', F2: 'Q', F3: 'R', F4: 'S' };
/** The keypad in application mode with NumLock off; its other keys are cursor keys then. */
const APP_KEYPAD: Readonly<Record<string, string>> = {
	NumpadEnter: 'M',
	NumpadMultiply: 'j',
	NumpadAdd: 'k',
	NumpadComma: 'l',
	NumpadSubtract: 'm',
	NumpadDivide: 'o',
	NumpadEqual: 'X'
};
/** Ctrl with a sign that is no letter, as kitty lists it; xterm does the same. */
const CTRL_SIGNS: Readonly<Record<string, number>> = {
	' ': 0,
	'@': 0,
	'2': 0,
	'[': 27,
	'3': 27,
	'\\': 28,
	'4': 28,
	']': 29,
	'5': 29,
	'^': 30,
	'~': 30,
	'6': 30,
	_: 31,
	'/': 31,
	'7': 31,
	'?': 127,
	'8': 127
};

/** 1, and xterm's bits of what is held. */
export const modifierNumber = ({ shift, alt, ctrl }: KeyPress): number =>
	1 + (shift ? 1 : 0) + (alt ? 2 : 0) + (ctrl ? 4 : 0);

/** @returns what is sent; empty for a key that sends nothing by itself */
export function encodeKey(press: KeyPress, modes: KeyModes): string {
	if (modes.kittyFlags !== 0) return encodeKitty(press, modes);
	if (press.at === 'release' || press.meta) return '';
	return encodeOther(press, modes.otherKeys) ?? encodeLegacy(press, modes);
}

/** The sequence of xterm, without any protocol. */
export function encodeLegacy(press: KeyPress, modes: KeyModes): string {
	const { key, ctrl, alt } = press;
	const escape = alt ? '\x1b' : '';
	const keypad = APP_KEYPAD[press.code];
	if (keypad !== undefined && modes.hasAppKeypad && !press.isNumLock) return `\x1bO${keypad}`;
	switch (key) {
		case 'Enter':
			return `${escape}\r`;
		case 'Escape':
			return `${escape}\x1b`;
		case 'Tab':
			return press.shift ? `${escape}\x1b[Z` : `${escape}\t`;
		case 'Backspace':
			return `${escape}${ctrl ? '\b' : '\x7f'}`;
	}
	const special = specialKey(press, modes.hasAppCursor);
	if (special !== null) return special;
	if (!isText(key)) return '';
	if (!ctrl) return `${escape}${key}`;
	return `${escape}${controlOf(press)}`;
}

/** Cursor, editing and function keys; null for others. */
function specialKey(press: KeyPress, hasAppCursor: boolean): string | null {
	const { key } = press;
	const number = modifierNumber(press);
	const cursor = CURSOR_KEYS[key];
	if (cursor !== undefined) {
		if (number > 1) return `\x1b[1;${String(number)}${cursor}`;
		return `\x1b${hasAppCursor ? 'O' : '['}${cursor}`;
	}
	const pf = PF_KEYS[key];
	if (pf !== undefined) return number > 1 ? `\x1b[1;${String(number)}${pf}` : `\x1bO${pf}`;
	const tilde = TILDE_KEYS[key] ?? HIGH_FUNCTION_KEYS[key];
	if (tilde === undefined) return null;
	return number > 1 ? `\x1b[${String(tilde)};${String(number)}~` : `\x1b[${String(tilde)}~`;
}

/** Ctrl with a letter or sign; one that has no control character is sent as it is. */
function controlOf(press: KeyPress): string {
	const key = latinKey(press);
	const sign = CTRL_SIGNS[key];
	if (sign !== undefined) return String.fromCharCode(sign);
	return /^[a-z]$/i.test(key) ? String.fromCharCode(key.toUpperCase().charCodeAt(0) & 0x1f) : key;
}

/** The key as Ctrl and Alt mean it: a Cyrillic or Greek layout has its Latin letters and signs by position. */
export function latinKey({ key, code, shift }: Pick<KeyPress, 'key' | 'code' | 'shift'>): string {
	const isOther = /^\p{L}$/u.test(key) && !/^\p{Script=Latin}$/u.test(key);
	const latin = isOther ? usKey(code, shift) : '';
	return latin === '' ? key : latin;
}

/** @returns whether a key's name is the text that it types */
export const isText = (key: string): boolean => /^.$/u.test(key);
