// What a US keyboard has at a place: the key that Ctrl, Alt and programs mean where a layout has none of its own.
// Pure; the encoders and keys.ts ask.

/** Without and with Shift. */
const SIGNS: Readonly<Record<string, string>> = {
	Backquote: '`~',
	Minus: '-_',
	Equal: '=+',
	BracketLeft: '[{',
	BracketRight: ']}',
	Backslash: '\\|',
	Semicolon: ';:',
	Quote: '\'"',
	Comma: ',<',
	Period: '.>',
	Slash: '/?',
	Space: '  ',
	Digit1: '1!',
	Digit2: '2@',
	Digit3: '3#',
	Digit4: '4$',
	Digit5: '5%',
	Digit6: '6^',
	Digit7: '7&',
	Digit8: '8*',
	Digit9: '9(',
	Digit0: '0)'
};

/** @param code of a KeyboardEvent
 *  @returns a small letter, or the sign; empty for a key that types nothing */
export function usKey(code: string, hasShift = false): string {
	if (/^Key[A-Z]$/.test(code)) return code.slice(3).toLowerCase();
	return SIGNS[code]?.charAt(hasShift ? 1 : 0) ?? '';
}
