// What becomes of a key in a terminal: copied, pasted, the app's, the browser's, or sent. Window only,
// pure; keyboard.ts asks for each keydown and keyup.
import { encodeKey, isText, type KeyModes, type KeyPress } from './encode-key';
import { usKey } from './us-keyboard';

export type KeyAction =
	/** The app's or the browser's; the shell does not get it. */
	| { readonly kind: 'leave' }
	| { readonly kind: 'copy' }
	/** The browser pastes by itself: its event has the text without a permission prompt. */
	| { readonly kind: 'paste' }
	/** The browser alone knows the character that it makes: it comes from the text field. */
	| { readonly kind: 'type' }
	| { readonly kind: 'send'; readonly text: string };

/** Which Option keys of a Mac act as Alt; the others type what the layout has there. */
export type OptionAsAlt = 'off' | 'left' | 'right' | 'both';

/** What of a KeyboardEvent counts. */
export type KeyInput = Pick<
	KeyboardEvent,
	| 'key'
	| 'code'
	| 'location'
	| 'type'
	| 'repeat'
	| 'ctrlKey'
	| 'shiftKey'
	| 'altKey'
	| 'metaKey'
	| 'defaultPrevented'
	| 'getModifierState'
>;

export interface KeyOptions {
	readonly isMac: boolean;
	readonly modes: KeyModes;
	/** The key before was a dead one. */
	readonly isAfterDeadKey: boolean;
	readonly optionAsAlt: OptionAsAlt;
	/** The Option key that is held; null when it is not known. */
	readonly optionSide: 'left' | 'right' | null;
}

const KEYPAD = 3;
/** Flags with which a program tells Ctrl+Shift+letter from Ctrl+letter. */
const KITTY_TELLS_SHIFT = 1 | 8;
const OTHER_KEYS_TELL_SHIFT = 2;
const KITTY_ALL_KEYS = 8;

export function keyAction(event: KeyInput, options: KeyOptions): KeyAction {
	const { isMac, modes } = options;
	const key = event.key.toLowerCase();
	const isDown = event.type === 'keydown';
	const isApp = isMac
		? event.metaKey && !event.ctrlKey
		: event.ctrlKey && event.shiftKey && !event.altKey;
	if (isApp && (key === 'c' || key === 'v')) {
		if (!isDown) return { kind: 'leave' };
		return key === 'c' ? { kind: 'copy' } : { kind: 'paste' };
	}
	if (event.defaultPrevented) return { kind: 'leave' };
	if (isMac && event.metaKey) return { kind: 'leave' };
	const tellsShift =
		(modes.kittyFlags & KITTY_TELLS_SHIFT) !== 0 || modes.otherKeys === OTHER_KEYS_TELL_SHIFT;
	// Letters are shortcuts; Ctrl+_ and Ctrl+^ need Shift themselves.
	if (isApp && /^\p{L}$/u.test(event.key) && !tellsShift) return { kind: 'leave' };
	// Dead keys and input methods: Android's keyboards name no key at all.
	const isOption = isMac && event.altKey && optionActs(options);
	const isUnnamed = /^(Dead|Process|Unidentified|Compose|)$/.test(event.key);
	if (isUnnamed && !(isOption && usKey(event.code) !== '')) return { kind: 'type' };
	const press = pressOf(event, options);
	const isCharacter = isText(press.key) && !press.ctrl && !press.alt && !press.meta;
	if (isCharacter && options.isAfterDeadKey) return { kind: 'type' };
	// macOS offers accents while a letter is held, in the field. Elsewhere a character goes at once: through
	// the field it would change the page, and Chromium would hold its echo back until that is drawn.
	const isForField = isDown && isCharacter && isMac;
	if (isForField && (modes.kittyFlags & KITTY_ALL_KEYS) === 0) return { kind: 'type' };
	const text = encodeKey(press, modes);
	return text === '' ? { kind: 'leave' } : { kind: 'send', text };
}

function pressOf(event: KeyInput, options: KeyOptions): KeyPress {
	const { isMac } = options;
	const isTyped = isText(event.key);
	// AltGr makes a character of its own; Windows tells it as Ctrl and Alt.
	const isAltGr =
		!isMac &&
		isTyped &&
		(event.getModifierState('AltGraph') ||
			(event.ctrlKey && event.altKey && event.key.charCodeAt(0) > 0x7e));
	const isOption = isMac && event.altKey && optionActs(options);
	const makesSign = isMac && isTyped && !isOption;
	// What Option has changed is known by its place.
	const sign = isOption ? usKey(event.code) : '';
	return {
		key: sign === '' ? event.key : event.shiftKey ? sign.toUpperCase() : sign,
		code: event.code,
		ctrl: event.ctrlKey && !isAltGr,
		shift: event.shiftKey,
		alt: event.altKey && !isAltGr && !makesSign,
		meta: event.metaKey,
		isCapsLock: event.getModifierState('CapsLock'),
		isNumLock: event.getModifierState('NumLock'),
		isKeypad: event.location === KEYPAD,
		at: event.type === 'keyup' ? 'release' : event.repeat ? 'repeat' : 'press'
	};
}

function optionActs({ optionAsAlt, optionSide }: KeyOptions): boolean {
	return optionAsAlt === 'both' || (optionAsAlt !== 'off' && optionAsAlt === optionSide);
}
