// Every key that a native terminal sends, as xterm and the kitty protocol document it.
import { describe, expect, it } from 'vitest';
import { encodeKey, type KeyModes, type KeyPress } from '$lib/client/terminal/encode-key';
import { keyAction, type KeyInput, type KeyOptions } from '$lib/client/terminal/keys';
import { Keyboard } from '$lib/client/terminal/keyboard';

const ESC = '\u001b';
const PLAIN: KeyModes = {
	kittyFlags: 0,
	hasAppCursor: false,
	hasAppKeypad: false,
	otherKeys: 0
};

/** `Ctrl+Shift+a`; the code is the US keyboard's. */
function press(text: string, more: Partial<KeyPress> = {}): KeyPress {
	const parts = text === '+' ? ['+'] : text.split('+');
	const key = parts.at(-1) === '' ? '+' : (parts.at(-1) ?? '');
	const name = key === 'Space' ? ' ' : key;
	const held = (word: string) => parts.slice(0, -1).includes(word);
	const code = /^[a-z]$/i.test(name)
		? `Key${name.toUpperCase()}`
		: /^\d$/.test(name)
			? `Digit${name}`
			: name === ' '
				? 'Space'
				: name;
	return {
		key: name,
		code,
		ctrl: held('Ctrl'),
		shift: held('Shift'),
		alt: held('Alt'),
		meta: held('Super'),
		isCapsLock: false,
		isNumLock: false,
		isKeypad: false,
		at: 'press',
		...more
	};
}
const legacy = (text: string, modes: Partial<KeyModes> = {}, more: Partial<KeyPress> = {}) =>
	encodeKey(press(text, more), { ...PLAIN, ...modes });
const kitty = (kittyFlags: number, text: string, more: Partial<KeyPress> = {}) =>
	encodeKey(press(text, more), { ...PLAIN, kittyFlags });

/** xterm's number for what is held. */
const HELD: readonly (readonly [string, number])[] = [
	['Shift+', 2],
	['Alt+', 3],
	['Shift+Alt+', 4],
	['Ctrl+', 5],
	['Shift+Ctrl+', 6],
	['Alt+Ctrl+', 7],
	['Shift+Alt+Ctrl+', 8]
];

describe('keys as xterm sends them', () => {
	it.each([
		['ArrowUp', 'A'],
		['ArrowDown', 'B'],
		['ArrowRight', 'C'],
		['ArrowLeft', 'D'],
		['Home', 'H'],
		['End', 'F']
	])('%s', (key, letter) => {
		expect(legacy(key)).toBe(`${ESC}[${letter}`);
		expect(legacy(key, { hasAppCursor: true })).toBe(`${ESC}O${letter}`);
		for (const [held, number] of HELD) {
			expect(legacy(held + key)).toBe(`${ESC}[1;${String(number)}${letter}`);
			expect(legacy(held + key, { hasAppCursor: true })).toBe(
				`${ESC}[1;${String(number)}${letter}`
			);
		}
	});

	it.each([
		['F1', 'P'],
		['F2', 'Q'],
		['F3', 'R'],
		['F4', 'S']
	])('%s', (key, letter) => {
		expect(legacy(key)).toBe(`${ESC}O${letter}`);
		for (const [held, number] of HELD)
			expect(legacy(held + key)).toBe(`${ESC}[1;${String(number)}${letter}`);
	});

	it.each([
		['Insert', 2],
		['Delete', 3],
		['PageUp', 5],
		['PageDown', 6],
		['F5', 15],
		['F6', 17],
		['F7', 18],
		['F8', 19],
		['F9', 20],
		['F10', 21],
		['F11', 23],
		['F12', 24],
		['F13', 25],
		['F14', 26],
		['F15', 28],
		['F16', 29],
		['F17', 31],
		['F18', 32],
		['F19', 33],
		['F20', 34],
		['F21', 42],
		['F22', 43],
		['F23', 44],
		['F24', 45]
	])('%s', (key, code) => {
		expect(legacy(key)).toBe(`${ESC}[${String(code)}~`);
		expect(legacy(key, { hasAppCursor: true })).toBe(`${ESC}[${String(code)}~`);
		for (const [held, number] of HELD)
			expect(legacy(held + key)).toBe(`${ESC}[${String(code)};${String(number)}~`);
	});

	it.each([
		['Enter', '\r'],
		['Shift+Enter', '\r'],
		['Ctrl+Enter', '\r'],
		['Alt+Enter', `${ESC}\r`],
		['Tab', '\t'],
		['Shift+Tab', `${ESC}[Z`],
		['Alt+Tab', `${ESC}\t`],
		['Escape', ESC],
		['Alt+Escape', `${ESC}${ESC}`],
		['Backspace', '\u007f'],
		['Shift+Backspace', '\u007f'],
		['Ctrl+Backspace', '\b'],
		['Alt+Backspace', `${ESC}\u007f`],
		['Ctrl+Alt+Backspace', `${ESC}\b`],
		['Space', ' '],
		['Shift+Space', ' '],
		['Ctrl+Space', '\u0000'],
		['Alt+Space', `${ESC} `],
		['Ctrl+Alt+Space', `${ESC}\u0000`],
		['a', 'a'],
		['Shift+A', 'A'],
		['é', 'é'],
		['€', '€'],
		['😀', '😀'],
		['Alt+b', `${ESC}b`],
		['Alt+Shift+B', `${ESC}B`],
		['Alt+é', `${ESC}é`],
		['Alt+.', `${ESC}.`],
		['Ctrl+Alt+b', `${ESC}\u0002`],
		['Super+a', ''],
		['Shift', ''],
		['Control', ''],
		['AudioVolumeUp', '']
	])('%s', (key, sent) => {
		expect(legacy(key)).toBe(sent);
	});

	it('Ctrl with each letter', () => {
		for (let at = 0; at < 26; at += 1) {
			const letter = String.fromCharCode(0x61 + at);
			expect(legacy(`Ctrl+${letter}`)).toBe(String.fromCharCode(1 + at));
			expect(legacy(`Ctrl+${letter.toUpperCase()}`)).toBe(String.fromCharCode(1 + at));
		}
	});

	it.each([
		['@', 0],
		['2', 0],
		['[', 27],
		['3', 27],
		['\\', 28],
		['4', 28],
		[']', 29],
		['5', 29],
		['^', 30],
		['~', 30],
		['6', 30],
		['_', 31],
		['/', 31],
		['7', 31],
		['?', 127],
		['8', 127]
	])('Ctrl+%s', (sign, code) => {
		expect(legacy(`Ctrl+${sign}`)).toBe(String.fromCharCode(code));
	});

	it.each(['0', '1', '9', '-', '=', ';', ',', '.', 'é'])(
		'Ctrl+%s, which has no control',
		(sign) => {
			expect(legacy(`Ctrl+${sign}`)).toBe(sign);
		}
	);

	it('Ctrl with the letter of the same place in a layout of another script', () => {
		expect(legacy('Ctrl+с', {}, { code: 'KeyC' })).toBe('\u0003');
	});

	// Russian х, ъ and ё, Bulgarian б, Arabic ظ.
	it.each([
		['х', 'BracketLeft', '\u001b'],
		['Х', 'BracketLeft', '\u001b'],
		['ъ', 'BracketRight', '\u001d'],
		['ё', 'Backslash', '\u001c'],
		['б', 'Slash', '\u001f'],
		['ظ', 'Slash', '\u001f'],
		['ж', 'Semicolon', ';']
	])('Ctrl with the sign of the same place: %s at %s', (key, code, sent) => {
		expect(legacy(`Ctrl+${key}`, {}, { code })).toBe(sent);
		expect(legacy(`Ctrl+Alt+${key}`, {}, { code })).toBe(`${ESC}${sent}`);
	});

	it('Ctrl and Shift with a sign of the same place', () => {
		expect(legacy('Ctrl+Shift+Б', {}, { code: 'Slash' })).toBe('\u007f');
	});

	it('Ctrl with a Latin letter or a sign stays what the layout has', () => {
		expect(legacy('Ctrl+ü', {}, { code: 'BracketLeft' })).toBe('ü');
		expect(legacy('Ctrl+-', {}, { code: 'Slash' })).toBe('-');
	});

	it('the keypad: digits with NumLock whatever is asked for, application keys without', () => {
		const onKeypad = (code: string, isNumLock: boolean) => ({ code, isNumLock, isKeypad: true });
		const modes = { hasAppKeypad: true };
		expect(legacy('5', {}, onKeypad('Numpad5', true))).toBe('5');
		expect(legacy('5', modes, onKeypad('Numpad5', true))).toBe('5');
		expect(legacy('Enter', modes, onKeypad('NumpadEnter', true))).toBe('\r');
		expect(legacy('Enter', modes, onKeypad('NumpadEnter', false))).toBe(`${ESC}OM`);
		expect(legacy('+', modes, onKeypad('NumpadAdd', false))).toBe(`${ESC}Ok`);
		expect(legacy('*', modes, onKeypad('NumpadMultiply', false))).toBe(`${ESC}Oj`);
		expect(legacy('-', modes, onKeypad('NumpadSubtract', false))).toBe(`${ESC}Om`);
		expect(legacy('/', modes, onKeypad('NumpadDivide', false))).toBe(`${ESC}Oo`);
		expect(legacy('ArrowUp', modes, onKeypad('Numpad8', false))).toBe(`${ESC}[A`);
		expect(legacy('Clear', modes, onKeypad('Numpad5', false))).toBe(`${ESC}[E`);
		expect(legacy('Insert', modes, onKeypad('Numpad0', false))).toBe(`${ESC}[2~`);
	});

	it('nothing when a key is let go', () => {
		expect(legacy('a', {}, { at: 'release' })).toBe('');
		expect(legacy('a', {}, { at: 'repeat' })).toBe('a');
	});
});

describe('keys in the kitty protocol', () => {
	it.each([
		['a', 'a'],
		['Shift+A', 'A'],
		['é', 'é'],
		['Escape', `${ESC}[27u`],
		['Enter', '\r'],
		['Shift+Enter', `${ESC}[13;2u`],
		['Ctrl+Enter', `${ESC}[13;5u`],
		['Tab', '\t'],
		['Shift+Tab', `${ESC}[9;2u`],
		['Ctrl+Tab', `${ESC}[9;5u`],
		['Backspace', '\u007f'],
		['Ctrl+Backspace', `${ESC}[127;5u`],
		['Ctrl+c', `${ESC}[99;5u`],
		['Ctrl+Shift+C', `${ESC}[99;6u`],
		['Alt+b', `${ESC}[98;3u`],
		['Alt+Shift+B', `${ESC}[98;4u`],
		['Ctrl+Alt+b', `${ESC}[98;7u`],
		['Super+a', `${ESC}[97;9u`],
		['Ctrl+Space', `${ESC}[32;5u`],
		['Ctrl+é', `${ESC}[233;5u`],
		['ArrowUp', `${ESC}[A`],
		['Ctrl+ArrowUp', `${ESC}[1;5A`],
		['Home', `${ESC}[H`],
		['Delete', `${ESC}[3~`],
		['Shift+Delete', `${ESC}[3;2~`],
		['F1', `${ESC}[P`],
		['F3', `${ESC}[13~`],
		['Shift+F3', `${ESC}[13;2~`],
		['F12', `${ESC}[24~`],
		['F13', `${ESC}[57376u`],
		['F24', `${ESC}[57387u`],
		['ContextMenu', `${ESC}[57363u`],
		['Shift', ''],
		['CapsLock', '']
	])('that tells keys apart (1): %s', (key, sent) => {
		expect(kitty(1, key)).toBe(sent);
	});

	it('names no application cursor keys', () => {
		expect(encodeKey(press('ArrowUp'), { ...PLAIN, kittyFlags: 1, hasAppCursor: true })).toBe(
			`${ESC}[A`
		);
	});

	it('names keypad keys that type nothing, and lets the others type', () => {
		const five = { code: 'Numpad5', isKeypad: true };
		expect(kitty(1, '5', five)).toBe('5');
		expect(kitty(8, '5', five)).toBe(`${ESC}[57404u`);
		expect(kitty(1, 'Enter', { code: 'NumpadEnter', isKeypad: true })).toBe(`${ESC}[57414u`);
		expect(kitty(1, 'ArrowLeft', { code: 'Numpad4', isKeypad: true })).toBe(`${ESC}[57417u`);
		expect(kitty(1, 'Clear', five)).toBe(`${ESC}[57427u`);
	});

	it('tells repeats and releases (2)', () => {
		expect(kitty(3, 'ArrowUp', { at: 'repeat' })).toBe(`${ESC}[1;1:2A`);
		expect(kitty(3, 'ArrowUp', { at: 'release' })).toBe(`${ESC}[1;1:3A`);
		expect(kitty(3, 'Ctrl+a', { at: 'release' })).toBe(`${ESC}[97;5:3u`);
		expect(kitty(3, 'Delete', { at: 'release' })).toBe(`${ESC}[3;1:3~`);
		expect(kitty(3, 'a', { at: 'repeat' })).toBe('a');
		expect(kitty(3, 'a', { at: 'release' })).toBe(`${ESC}[97;1:3u`);
		expect(kitty(3, 'Shift+A', { at: 'release' })).toBe(`${ESC}[97;2:3u`);
		expect(kitty(2, 'a', { at: 'release' })).toBe(`${ESC}[97;1:3u`);
		expect(kitty(2, 'Ctrl+a', { at: 'release' })).toBe(`${ESC}[97;5:3u`);
		expect(kitty(1, 'a', { at: 'release' })).toBe('');
		for (const key of ['Enter', 'Tab', 'Backspace'])
			expect(kitty(3, key, { at: 'release' })).toBe('');
		expect(kitty(1, 'ArrowUp', { at: 'release' })).toBe('');
		expect(kitty(10, 'Enter', { at: 'release' })).toBe(`${ESC}[13;1:3u`);
		expect(kitty(2, 'Ctrl+a')).toBe('\u0001');
		expect(kitty(2, 'Escape')).toBe(ESC);
	});

	it('tells the other keys of a place (4)', () => {
		expect(kitty(5, 'Ctrl+Shift+A')).toBe(`${ESC}[97:65;6u`);
		expect(kitty(5, 'Ctrl+с', { code: 'KeyC' })).toBe(`${ESC}[1089::99;5u`);
		expect(kitty(5, 'Ctrl+a', { code: 'KeyQ' })).toBe(`${ESC}[97::113;5u`);
		expect(kitty(5, 'Ctrl+c')).toBe(`${ESC}[99;5u`);
	});

	it('tells every key (8), and its text (16)', () => {
		expect(kitty(8, 'a')).toBe(`${ESC}[97u`);
		expect(kitty(8, 'Shift+A')).toBe(`${ESC}[97;2u`);
		expect(kitty(8, 'Enter')).toBe(`${ESC}[13u`);
		expect(kitty(8, 'Shift+!', { code: 'Digit1' })).toBe(`${ESC}[49;2u`);
		expect(kitty(8, 'Shift', { code: 'ShiftLeft', shift: true })).toBe(`${ESC}[57441;2u`);
		expect(kitty(8, 'Control', { code: 'ControlRight', ctrl: true })).toBe(`${ESC}[57448;5u`);
		expect(kitty(24, 'a')).toBe(`${ESC}[97;;97u`);
		expect(kitty(24, 'Shift+A')).toBe(`${ESC}[97;2;65u`);
		expect(kitty(24, 'Ctrl+a')).toBe(`${ESC}[97;5u`);
	});

	it('tells locks where nobody types', () => {
		expect(kitty(1, 'ArrowUp', { isNumLock: true })).toBe(`${ESC}[1;129A`);
		expect(kitty(1, 'a', { isNumLock: true })).toBe('a');
		expect(kitty(1, 'Ctrl+c', { isNumLock: true })).toBe(`${ESC}[99;5u`);
		expect(kitty(8, 'A', { isCapsLock: true })).toBe(`${ESC}[97;65u`);
	});
});

describe('other keys with what is held (modifyOtherKeys)', () => {
	const other = (level: 1 | 2, text: string, more: Partial<KeyPress> = {}) =>
		legacy(text, { otherKeys: level }, more);

	// By xterm's tables: level 1 leaves alone what has a meaning, and Alt is an ESC before the key.
	it.each([
		['Shift+Enter', `${ESC}[27;2;13~`],
		['Ctrl+Enter', `${ESC}[27;5;13~`],
		['Shift+Alt+Enter', `${ESC}[27;4;13~`],
		['Ctrl+Tab', `${ESC}[27;5;9~`],
		['Ctrl+Shift+Tab', `${ESC}[27;6;9~`],
		['Ctrl+,', `${ESC}[27;5;44~`],
		['Ctrl+Shift+?', `${ESC}[27;6;63~`],
		['Ctrl+1', `${ESC}[27;5;49~`],
		['Ctrl+Alt+,', `${ESC}[27;7;44~`],
		['Ctrl+é', `${ESC}[27;5;233~`],
		['Enter', '\r'],
		['Alt+Enter', `${ESC}\r`],
		['Shift+Tab', `${ESC}[Z`],
		['Ctrl+i', '\t'],
		['Ctrl+Shift+I', '\t'],
		['Ctrl+Space', '\0'],
		['Ctrl+2', '\0'],
		['Ctrl+/', '\u001f'],
		['Alt+a', `${ESC}a`],
		['Ctrl+Alt+a', `${ESC}\u0001`],
		['Shift+A', 'A'],
		['Escape', ESC],
		['Ctrl+Escape', ESC],
		['Ctrl+Backspace', '\b'],
		['Shift+Backspace', '\u007f'],
		['Ctrl+ArrowUp', `${ESC}[1;5A`]
	])('1: %s', (key, sent) => {
		expect(other(1, key)).toBe(sent);
	});

	it.each([
		['Ctrl+i', `${ESC}[27;5;105~`],
		['Ctrl+Shift+I', `${ESC}[27;6;73~`],
		['Ctrl+Space', `${ESC}[27;5;32~`],
		['Shift+Space', `${ESC}[27;2;32~`],
		['Ctrl+2', `${ESC}[27;5;50~`],
		['Ctrl+,', `${ESC}[27;5;44~`],
		['Alt+a', `${ESC}[27;3;97~`],
		['Ctrl+Alt+a', `${ESC}[27;7;97~`],
		['Shift+A', `${ESC}[27;2;65~`],
		['Shift+Enter', `${ESC}[27;2;13~`],
		['Alt+Enter', `${ESC}[27;3;13~`],
		['Ctrl+Tab', `${ESC}[27;5;9~`],
		['Ctrl+Escape', `${ESC}[27;5;27~`],
		['Shift+Backspace', `${ESC}[27;2;127~`],
		['Alt+Backspace', `${ESC}[27;3;127~`],
		['Enter', '\r'],
		['Tab', '\t'],
		['Escape', ESC],
		['a', 'a'],
		['Shift+!', '!'],
		['Shift+Ö', 'Ö'],
		['Shift+Tab', `${ESC}[Z`],
		['Shift+Escape', ESC],
		['Ctrl+Backspace', '\b'],
		['Shift+F5', `${ESC}[15;2~`],
		['Delete', `${ESC}[3~`]
	])('2: %s', (key, sent) => {
		expect(other(2, key)).toBe(sent);
	});

	it('means the Latin letter of the place, leaves the keypad out, and says nothing of releases', () => {
		expect(other(2, 'Ctrl+с', { code: 'KeyC' })).toBe(`${ESC}[27;5;99~`);
		expect(other(1, 'Ctrl+б', { code: 'Comma' })).toBe(`${ESC}[27;5;44~`);
		expect(other(1, 'Ctrl+х', { code: 'BracketLeft' })).toBe(ESC);
		expect(other(2, 'Ctrl+Enter', { code: 'NumpadEnter', isKeypad: true })).toBe('\r');
		expect(other(2, 'Ctrl+a', { at: 'release' })).toBe('');
		expect(other(2, 'Super+a')).toBe('');
	});

	it('gives way to the kitty protocol', () => {
		expect(legacy('Ctrl+i', { otherKeys: 2, kittyFlags: 1 })).toBe(`${ESC}[105;5u`);
	});
});

describe('what becomes of a key', () => {
	const act = (
		key: string,
		event: Partial<KeyInput> = {},
		options: Partial<Omit<KeyOptions, 'modes'>> & Partial<KeyModes> = {},
		locks: readonly string[] = []
	) => {
		const { kittyFlags, hasAppCursor, hasAppKeypad, otherKeys, ...more } = { ...PLAIN, ...options };
		return keyAction(
			{
				key,
				code: /^[a-z]$/i.test(key) ? `Key${key.toUpperCase()}` : key,
				location: 0,
				type: 'keydown',
				repeat: false,
				ctrlKey: false,
				shiftKey: false,
				altKey: false,
				metaKey: false,
				defaultPrevented: false,
				getModifierState: (name) => locks.includes(name),
				...event
			},
			{
				isMac: false,
				isAfterDeadKey: false,
				optionAsAlt: 'off',
				optionSide: null,
				...more,
				modes: { kittyFlags, hasAppCursor, hasAppKeypad, otherKeys }
			}
		);
	};
	const send = (text: string) => ({ kind: 'send', text });

	it('copy and paste with Ctrl+Shift, or Cmd on a Mac', () => {
		expect(act('C', { ctrlKey: true, shiftKey: true })).toEqual({ kind: 'copy' });
		expect(act('V', { ctrlKey: true, shiftKey: true })).toEqual({ kind: 'paste' });
		expect(act('c', { metaKey: true }, { isMac: true })).toEqual({ kind: 'copy' });
		expect(act('c', { metaKey: true, type: 'keyup' }, { isMac: true })).toEqual({ kind: 'leave' });
	});

	it('Ctrl+C, Ctrl+V, Ctrl+W, Ctrl+T and Ctrl+N are the shell’s where the browser lets us', () => {
		expect(act('c', { ctrlKey: true })).toEqual(send('\u0003'));
		expect(act('v', { ctrlKey: true })).toEqual(send('\u0016'));
		expect(act('w', { ctrlKey: true })).toEqual(send('\u0017'));
		expect(act('t', { ctrlKey: true })).toEqual(send('\u0014'));
		expect(act('n', { ctrlKey: true })).toEqual(send('\u000e'));
	});

	it('the app and the browser have their shortcuts, unless a program tells Shift apart', () => {
		expect(act('T', { ctrlKey: true, shiftKey: true })).toEqual({ kind: 'leave' });
		expect(act('I', { ctrlKey: true, shiftKey: true })).toEqual({ kind: 'leave' });
		expect(act('I', { ctrlKey: true, shiftKey: true }, { kittyFlags: 1 })).toEqual(
			send(`${ESC}[105;6u`)
		);
		expect(act('I', { ctrlKey: true, shiftKey: true }, { otherKeys: 1 })).toEqual({
			kind: 'leave'
		});
		expect(act('I', { ctrlKey: true, shiftKey: true }, { otherKeys: 2 })).toEqual(
			send(`${ESC}[27;6;73~`)
		);
		expect(act('_', { code: 'Minus', ctrlKey: true, shiftKey: true })).toEqual(send('\u001f'));
		expect(act('^', { code: 'Digit6', ctrlKey: true, shiftKey: true })).toEqual(send('\u001e'));
		expect(act('k', { metaKey: true }, { isMac: true })).toEqual({ kind: 'leave' });
		expect(act('Tab', { ctrlKey: true, defaultPrevented: true })).toEqual({ kind: 'leave' });
		expect(act('ArrowLeft', { ctrlKey: true, shiftKey: true })).toEqual(send(`${ESC}[1;6D`));
	});

	it('AltGr types its character, however the system tells of it', () => {
		expect(act('@', { code: 'KeyQ' }, {}, ['AltGraph'])).toEqual(send('@'));
		expect(act('@', { code: 'KeyQ', ctrlKey: true, altKey: true }, {}, ['AltGraph'])).toEqual(
			send('@')
		);
		expect(act('€', { code: 'KeyE', ctrlKey: true, altKey: true })).toEqual(send('€'));
		expect(act('q', { ctrlKey: true, altKey: true })).toEqual(send(`${ESC}\u0011`));
		expect(act('{', { code: 'Digit7' }, { kittyFlags: 1 }, ['AltGraph'])).toEqual(send('{'));
	});

	it('dead keys and input methods are the browser’s', () => {
		expect(act('Dead', { code: 'Quote' })).toEqual({ kind: 'type' });
		expect(act('e', {}, { isAfterDeadKey: true })).toEqual({ kind: 'type' });
		expect(act('Enter', {}, { isAfterDeadKey: true })).toEqual(send('\r'));
		expect(act('Process', { code: 'KeyA' })).toEqual({ kind: 'type' });
		expect(act('Unidentified', { code: '' })).toEqual({ kind: 'type' });
	});

	it('a Mac’s letters go through the text field, which offers accents, unless all keys are asked for', () => {
		expect(act('e', {}, { isMac: true })).toEqual({ kind: 'type' });
		expect(act('e', {}, { isMac: true, kittyFlags: 8 })).toEqual(send(`${ESC}[101u`));
		const up = { type: 'keyup' };
		expect(act('e', up, { isMac: true, kittyFlags: 3 })).toEqual(send(`${ESC}[101;1:3u`));
		expect(act('e', up, { isMac: true })).toEqual({ kind: 'leave' });
		expect(act('ArrowLeft', { altKey: true }, { isMac: true })).toEqual(send(`${ESC}[1;3D`));
	});

	it.each([
		['off', 'left', false],
		['left', 'left', true],
		['left', 'right', false],
		['right', 'right', true],
		['both', 'left', true],
		['both', 'right', true]
	] as const)('Option as Alt: %s, with the %s one held', (optionAsAlt, optionSide, isAlt) => {
		const options = { isMac: true, optionAsAlt, optionSide };
		expect(act('∫', { code: 'KeyB', altKey: true }, options)).toEqual(
			isAlt ? send(`${ESC}b`) : { kind: 'type' }
		);
		expect(act('Dead', { code: 'KeyE', altKey: true }, options)).toEqual(
			isAlt ? send(`${ESC}e`) : { kind: 'type' }
		);
		expect(act('ı', { code: 'KeyB', altKey: true, shiftKey: true }, options)).toEqual(
			isAlt ? send(`${ESC}B`) : { kind: 'type' }
		);
	});
});

describe('Keyboard', () => {
	it('sends keys that have not been pressed as the program wants them', () => {
		let kittyFlags = 0;
		const keyboard = new Keyboard({
			isMac: false,
			optionAsAlt: () => 'off',
			kittyFlags: () => kittyFlags
		});
		const w = { key: 'w', code: 'KeyW', ctrl: true };
		expect(keyboard.encode(w)).toBe('\u0017');
		keyboard.setAppKeys('cursor', true);
		expect(keyboard.encode({ key: 'ArrowUp', code: 'ArrowUp' })).toBe(`${ESC}OA`);
		keyboard.setAppKeys('cursor', false);
		expect(keyboard.encode({ key: 'ArrowUp', code: 'ArrowUp' })).toBe(`${ESC}[A`);
		kittyFlags = 1;
		expect(keyboard.encode(w)).toBe(`${ESC}[119;5u`);
	});
});
