// The keyboard of one terminal: what the program asked of it, and what the last keys leave to the next.
// Window only; terminal.ts has one.
import { encodeKey, type KeyModes, type KeyPress } from './encode-key';
import type { OtherKeys } from './encode-other';
import { keyAction, type KeyAction, type OptionAsAlt } from './keys';

export interface KeyboardOptions {
	readonly isMac: boolean;
	readonly optionAsAlt: () => OptionAsAlt;
	/** Flags of the kitty keyboard protocol that the program has set. */
	readonly kittyFlags: () => number;
}

/** What an input method that is at work names each key. */
const KEY_OF_INPUT_METHOD = 229;

/** A key without a keyboard, e.g. one that the browser keeps for itself. */
export type PlainKey = Pick<KeyPress, 'key' | 'code'> &
	Partial<Pick<KeyPress, 'ctrl' | 'shift' | 'alt'>>;

export class Keyboard {
	readonly #options: KeyboardOptions;
	#hasAppCursor = false;
	#hasAppKeypad = false;
	#otherKeys: OtherKeys = 0;
	#isAfterDeadKey = false;
	#optionSide: 'left' | 'right' | null = null;

	constructor(options: KeyboardOptions) {
		this.#options = options;
	}

	/** The program asks for application sequences, or wants them no more. */
	setAppKeys(of: 'cursor' | 'keypad', isOn: boolean): void {
		if (of === 'cursor') this.#hasAppCursor = isOn;
		else this.#hasAppKeypad = isOn;
	}

	/** xterm's modifyOtherKeys. */
	get otherKeys(): OtherKeys {
		return this.#otherKeys;
	}

	setOtherKeys(level: OtherKeys): void {
		this.#otherKeys = level;
	}

	/** What becomes of a keydown or keyup; null while an input method has it. */
	action(event: KeyboardEvent): KeyAction | null {
		if (event.key === 'Alt' && event.type === 'keydown')
			this.#optionSide = event.code === 'AltRight' ? 'right' : 'left';
		const isAfterDeadKey = this.#isAfterDeadKey;
		// Shift on the way to the letter does not end it.
		if (event.type === 'keydown' && !/^(Shift|AltGraph|Alt|Control|Meta)$/.test(event.key))
			this.#isAfterDeadKey = event.key === 'Dead';
		// eslint-disable-next-line @typescript-eslint/no-deprecated -- Safari tells of an input method by this alone
		if (event.isComposing || (event.keyCode === KEY_OF_INPUT_METHOD && event.key !== 'Dead'))
			return null;
		return keyAction(event, {
			isMac: this.#options.isMac,
			modes: this.#modes(),
			isAfterDeadKey,
			optionAsAlt: this.#options.optionAsAlt(),
			optionSide: this.#optionSide
		});
	}

	/** What a key sends now. */
	encode({ key, code, ctrl = false, shift = false, alt = false }: PlainKey): string {
		const held = { ctrl, shift, alt, meta: false, isCapsLock: false, isNumLock: false };
		return encodeKey({ key, code, ...held, isKeypad: false, at: 'press' }, this.#modes());
	}

	#modes(): KeyModes {
		return {
			kittyFlags: this.#options.kittyFlags(),
			hasAppCursor: this.#hasAppCursor,
			hasAppKeypad: this.#hasAppKeypad,
			otherKeys: this.#otherKeys
		};
	}
}
