// Keys that must not reach restty as it would take them: copy, paste, the app's own shortcuts.
// Window only, pure; terminal.ts asks for each keydown.

export type KeyAction =
	/** restty encodes it. */
	| { readonly kind: 'pass' }
	/** The app's or the browser's; the shell does not get it. */
	| { readonly kind: 'leave' }
	| { readonly kind: 'copy' }
	/** The browser pastes by itself: its event has the text without a permission prompt. */
	| { readonly kind: 'paste' }
	/** Sent as it is: restty would copy or paste on these keys. */
	| { readonly kind: 'send'; readonly text: string };

type Key = Pick<
	KeyboardEvent,
	'key' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey' | 'defaultPrevented'
>;

/** kitty keyboard protocol: every key that is ambiguous otherwise comes as CSI u. */
const KITTY_DISAMBIGUATE = 1;

export function keyAction(
	event: Key,
	options: {
		readonly isMac: boolean;
		readonly kittyFlags: number;
		readonly isAfterDeadKey?: boolean;
	}
): KeyAction {
	const key = event.key.toLowerCase();
	const isApp = options.isMac
		? event.metaKey && !event.ctrlKey
		: event.ctrlKey && event.shiftKey && !event.altKey;
	if (isApp && key === 'c') return { kind: 'copy' };
	if (isApp && key === 'v') return { kind: 'paste' };
	if (event.defaultPrevented) return { kind: 'leave' };
	if (options.isMac ? event.metaKey : isApp && key.length === 1) return { kind: 'leave' };
	const isKitty = (options.kittyFlags & KITTY_DISAMBIGUATE) !== 0;
	const isPlainCtrl = event.ctrlKey && !event.shiftKey && !event.altKey && !event.metaKey;
	if (isPlainCtrl && (key === 'c' || key === 'v')) {
		const code = key.charCodeAt(0);
		return { kind: 'send', text: isKitty ? `\x1b[${code};5u` : String.fromCharCode(code & 0x1f) };
	}
	// restty leaves Alt with a letter to the browser, which writes nothing then. On macOS Option composes.
	const isPlainAlt = event.altKey && !event.ctrlKey && !event.metaKey && !options.isMac;
	if (isPlainAlt && event.key.length === 1) {
		if (!isKitty) return { kind: 'send', text: `\x1b${event.key}` };
		const modifiers = event.shiftKey ? 4 : 3;
		return { kind: 'send', text: `\x1b[${key.charCodeAt(0)};${modifiers}u` };
	}
	// A character goes at once: through the text field it would change the page, and Chromium would hold
	// its echo back until that is drawn. macOS offers accents while a letter is held, in the field.
	const isPlain = !event.ctrlKey && !event.altKey && !event.metaKey && !options.isMac;
	const isCharacter = event.key.length === 1 && options.isAfterDeadKey !== true;
	if (isPlain && isCharacter && options.kittyFlags === 0) return { kind: 'send', text: event.key };
	return { kind: 'pass' };
}
