// xterm's modifyOtherKeys: keys that have a meaning of their own (letters, Enter, Tab) sent with what is held,
// while a program has asked for it. Pure; encode-key.ts and the byte filter call it.
import { isText, latinKey, modifierNumber, type KeyPress } from './encode-key';

/** 0 is off; 1 reports what had no meaning, such as Ctrl+, and Shift+Enter; 2 also what has one, such as Ctrl+I. */
export type OtherKeys = 0 | 1 | 2;

/** What a program asks of it: a level, or which one it is. */
export type OtherKeysEvent =
	| { readonly kind: 'other-keys'; readonly level: OtherKeys }
	| { readonly kind: 'other-keys-asked' };

const TAB = 9;
const ENTER = 13;
const ESCAPE = 27;
const BACKSPACE = 127;
/** Signs below `@` that Ctrl makes control characters of. */
const CONTROL_ALIASES = ' /2345678';

/** XTMODKEYS and XTQMODKEYS.
 *  @param params of `CSI params m` or `n`
 *  @returns null when it is neither; `none` where it is of other keys, which send their modifiers anyhow */
export function otherKeysOf(params: string, final: 'm' | 'n'): OtherKeysEvent | 'none' | null {
	if (params === '?4' && final === 'm') return { kind: 'other-keys-asked' };
	const [, of, value = ''] = /^>(\d*)(?:;(\d*))?$/.exec(params) ?? [];
	if (of === undefined) return null;
	// Without a number all of them go back.
	if (of !== '4' && (of !== '' || final === 'n')) return 'none';
	const level = of === '' || final === 'n' ? 0 : Math.min(2, Number(value));
	return { kind: 'other-keys', level: level === 0 ? 0 : level === 1 ? 1 : 2 };
}

/** @returns what is sent; null for a key that is sent as without the mode */
export function encodeOther(press: KeyPress, level: OtherKeys): string | null {
	// The keypad's keys are modified by their own modes.
	if (level === 0 || press.isKeypad || modifierNumber(press) === 1) return null;
	const code = level === 1 ? newMeaning(press) : anyMeaning(press);
	return code === null ? null : `\x1b[27;${String(modifierNumber(press))};${String(code)}~`;
}

/** Level 1: what Ctrl makes no control character of. Alt is an ESC before the key. */
function newMeaning(press: KeyPress): number | null {
	const { key, ctrl, shift, alt } = press;
	if (key === 'Tab') return ctrl && !alt ? TAB : null;
	if (key === 'Enter') return shift || (ctrl && !alt) ? ENTER : null;
	if (!ctrl || !isText(key)) return null;
	const sign = latinKey(press);
	return isControlInput(sign) || CONTROL_ALIASES.includes(sign) ? null : codeOf(sign);
}

/** Level 2: everything but what Shift alone makes another character of, and the usual Shift+Tab and Ctrl+Backspace. */
function anyMeaning(press: KeyPress): number | null {
	const { key, ctrl, shift, alt } = press;
	switch (key) {
		case 'Tab':
			return ctrl || alt ? TAB : null;
		case 'Enter':
			return ENTER;
		case 'Escape':
			return ctrl || alt ? ESCAPE : null;
		case 'Backspace':
			return shift || alt ? BACKSPACE : null;
	}
	if (!isText(key)) return null;
	const sign = latinKey(press);
	return ctrl || alt || isControlInput(sign) || sign === ' ' ? codeOf(sign) : null;
}

/** `@` to `~`: characters that Ctrl makes control characters of. */
const isControlInput = (sign: string): boolean => sign >= '@' && sign <= '~';
const codeOf = (sign: string): number => sign.codePointAt(0) ?? 0;
