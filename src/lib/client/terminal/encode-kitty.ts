// The kitty keyboard protocol: what a key sends while a program has asked for some of its flags. Pure;
// encode-key.ts calls it.
import {
	CURSOR_KEYS,
	encodeLegacy,
	isText,
	modifierNumber,
	PF_KEYS,
	TILDE_KEYS,
	type KeyModes,
	type KeyPress
} from './encode-key';
import { usKey } from './us-keyboard';

const DISAMBIGUATE = 1;
const EVENT_TYPES = 2;
const ALTERNATES = 4;
const ALL_KEYS = 8;
const ASSOCIATED_TEXT = 16;

/** Numbers of functional keys that end in `u`. */
const NUMBERS: Readonly<Record<string, number>> = {
	Escape: 27,
	Enter: 13,
	Tab: 9,
	Backspace: 127,
	CapsLock: 57358,
	ScrollLock: 57359,
	NumLock: 57360,
	PrintScreen: 57361,
	Pause: 57362,
	ContextMenu: 57363
};
const FIRST_HIGH_FUNCTION = 57376; // F13
const KEYPAD_BY_KEY: Readonly<Record<string, number>> = {
	Enter: 57414,
	ArrowLeft: 57417,
	ArrowRight: 57418,
	ArrowUp: 57419,
	ArrowDown: 57420,
	PageUp: 57421,
	PageDown: 57422,
	Home: 57423,
	End: 57424,
	Insert: 57425,
	Delete: 57426,
	Clear: 57427
};
/** Keypad keys that type: named by their number only when every key is reported. */
const KEYPAD_BY_CODE: Readonly<Record<string, number>> = {
	Numpad0: 57399,
	Numpad1: 57400,
	Numpad2: 57401,
	Numpad3: 57402,
	Numpad4: 57403,
	Numpad5: 57404,
	Numpad6: 57405,
	Numpad7: 57406,
	Numpad8: 57407,
	Numpad9: 57408,
	NumpadDecimal: 57409,
	NumpadDivide: 57410,
	NumpadMultiply: 57411,
	NumpadSubtract: 57412,
	NumpadAdd: 57413,
	NumpadEqual: 57415,
	NumpadComma: 57416
};
const MODIFIER_KEYS: Readonly<Record<string, number>> = {
	ShiftLeft: 57441,
	ControlLeft: 57442,
	AltLeft: 57443,
	MetaLeft: 57444,
	ShiftRight: 57447,
	ControlRight: 57448,
	AltRight: 57449,
	MetaRight: 57450
};

/** Before its last letter: the key, the modifiers with the kind of event, the text. */
interface Sequence {
	readonly number: number;
	readonly final: string;
	readonly alternates?: string;
	readonly text?: string;
}

/** @returns what is sent; empty for a key or event that the flags leave out */
export function encodeKitty(press: KeyPress, modes: KeyModes): string {
	const has = (flag: number) => (modes.kittyFlags & flag) !== 0;
	const { key } = press;
	if (press.at === 'release' && !has(EVENT_TYPES)) return '';
	const isTyping = isText(key) && !press.ctrl && !press.alt && !press.meta;
	// Shells must stay usable after a program that has left the protocol on.
	const isPlainControl =
		(key === 'Enter' || key === 'Tab' || key === 'Backspace') && !press.isKeypad;
	if (!has(ALL_KEYS)) {
		const isRelease = press.at === 'release';
		if (isTyping && !isRelease) return key;
		if (isPlainControl && isRelease) return '';
		if (isPlainControl && modifierNumber(press) === 1 && !press.meta)
			return encodeLegacy(press, modes);
		const isAmbiguous = isText(key) || key === 'Escape' || isPlainControl;
		if (isAmbiguous && !has(DISAMBIGUATE)) {
			if (press.meta) return '';
			// A release has no other form, whatever the press was sent as.
			if (!isRelease) return encodeLegacy(press, modes);
		}
	}
	const functional = functionalKey(press, has(ALL_KEYS));
	const sequence = functional ?? (isText(key) ? textKey(press, has) : null);
	if (sequence === null) return '';
	// Who types must not notice a lock, unless the program wants every key.
	const hasLocks = functional !== null || has(ALL_KEYS);
	return format(sequence, modifiers(press, hasLocks), has(EVENT_TYPES) ? press.at : 'press');
}

function functionalKey(press: KeyPress, isAll: boolean): Sequence | null {
	const { key, code } = press;
	if (press.isKeypad) {
		const number = KEYPAD_BY_KEY[key] ?? (isAll || !isText(key) ? KEYPAD_BY_CODE[code] : undefined);
		if (number !== undefined) return { number, final: 'u' };
	}
	if (isText(key)) return null;
	const modifier = /^(Shift|Control|Alt|AltGraph|Meta)$/.test(key)
		? MODIFIER_KEYS[code]
		: undefined;
	if (modifier !== undefined) return isAll ? { number: modifier, final: 'u' } : null;
	if (key.endsWith('Lock') && !isAll) return null;
	const cursor = CURSOR_KEYS[key];
	if (cursor !== undefined) return { number: 1, final: cursor };
	// F3 would be an answer about the cursor's place.
	if (key === 'F3') return { number: 13, final: '~' };
	const pf = PF_KEYS[key];
	if (pf !== undefined) return { number: 1, final: pf };
	const tilde = TILDE_KEYS[key];
	if (tilde !== undefined) return { number: tilde, final: '~' };
	const high = /^F(1[3-9]|2[0-4])$/.exec(key)?.[1];
	const number = high === undefined ? NUMBERS[key] : FIRST_HIGH_FUNCTION + Number(high) - 13;
	return number === undefined ? null : { number, final: 'u' };
}

function textKey(press: KeyPress, has: (flag: number) => boolean): Sequence {
	const own = unshifted(press);
	const number = own.codePointAt(0) ?? 0;
	const base = usKey(press.code);
	const shifted = press.shift && press.key !== own ? String(press.key.codePointAt(0)) : '';
	const baseNumber = base !== '' && base !== own ? `:${String(base.codePointAt(0))}` : '';
	const alternates = shifted === '' && baseNumber === '' ? '' : `:${shifted}${baseNumber}`;
	const isTyped = !press.ctrl && !press.alt && !press.meta && press.at !== 'release';
	return {
		number,
		final: 'u',
		...(has(ALTERNATES) ? { alternates } : {}),
		...(has(ALL_KEYS) && has(ASSOCIATED_TEXT) && isTyped
			? { text: String(press.key.codePointAt(0)) }
			: {})
	};
}

/** The key's own sign, as it is without Shift: letters by themselves, signs as a US keyboard has them,
 *  for a browser does not tell what Shift has changed. */
function unshifted(press: KeyPress): string {
	const lower = press.key.toLowerCase();
	if (lower !== press.key.toUpperCase()) return isText(lower) ? lower : press.key;
	if (!press.shift) return press.key;
	return usKey(press.code) === '' ? press.key : usKey(press.code);
}

function modifiers(press: KeyPress, hasLocks: boolean): number {
	const locks = (press.isCapsLock ? 64 : 0) + (press.isNumLock ? 128 : 0);
	return modifierNumber(press) + (press.meta ? 8 : 0) + (hasLocks ? locks : 0);
}

function format(sequence: Sequence, held: number, at: KeyPress['at']): string {
	const { number, final, alternates = '', text } = sequence;
	const kind = at === 'press' ? '' : at === 'repeat' ? ':2' : ':3';
	const second = held > 1 || kind !== '' ? `${String(held)}${kind}` : '';
	const first = number === 1 && second === '' ? '' : `${String(number)}${alternates}`;
	const parts = text === undefined ? [first, second] : [first, second, text];
	while (parts.at(-1) === '') parts.pop();
	return `\x1b[${parts.join(';')}${final}`;
}
