// Keys of the window: what each means on each platform, with the person's own, and as words.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from '$lib/client/keymap/actions';
import {
	ACTION_IDS,
	actionOf,
	chordFromEvent,
	chordLabel,
	chordOf,
	conflicts,
	holderOf,
	isChord,
	isShellKey,
	type ChordKey,
	type KeyContext
} from '$lib/client/keymap/keymap';

const press = (code: string, held: string, key = ''): ChordKey => ({
	key: key === '' ? code.replace(/^(Key|Digit)/, '') : key,
	code,
	ctrlKey: held.includes('c'),
	shiftKey: held.includes('s'),
	altKey: held.includes('a'),
	metaKey: held.includes('m')
});
const linux: KeyContext = { isMac: false, hasTerminal: true, keys: {} };
const mac: KeyContext = { isMac: true, hasTerminal: true, keys: {} };
const outside = { hasTerminal: false };

describe('actionOf', () => {
	it('takes Ctrl+Shift, never plain Ctrl, from a terminal', () => {
		expect(actionOf(press('KeyT', 'cs'), linux)).toBe('new-tab');
		expect(actionOf(press('Digit3', 'cs', '#'), linux)).toBe('tab-3');
		expect(actionOf(press('Equal', 'cs', '+'), linux)).toBe('larger');
		for (const code of ['KeyT', 'KeyK', 'KeyC', 'KeyW', 'KeyP', 'KeyR']) {
			expect(actionOf(press(code, 'c'), linux)).toBeNull();
		}
		for (const held of ['', 's', 'a']) expect(actionOf(press('KeyT', held), linux)).toBeNull();
	});

	it('takes Cmd on macOS, and leaves Ctrl+Shift to the terminal there', () => {
		expect(actionOf(press('KeyW', 'm'), mac)).toBe('close-pane');
		expect(actionOf(press('KeyK', 'm'), mac)).toBe('palette');
		expect(actionOf(press('KeyT', 'cs'), mac)).toBeNull();
		expect(actionOf(press('Comma', 'm', ','), mac)).toBe('settings');
		expect(actionOf(press('KeyT', 'sm'), mac)).toBe('reopen-closed');
		expect(actionOf(press('KeyZ', 'm'), mac)).toBeNull();
	});

	it('knows the keys that are the same everywhere', () => {
		for (const context of [linux, mac]) {
			expect(actionOf(press('F6', ''), context)).toBe('next-part');
			expect(actionOf(press('Tab', 'c'), context)).toBe('next-tab');
			expect(actionOf(press('Tab', 'cs'), context)).toBe('previous-tab');
		}
	});

	it('takes Ctrl+K only where no terminal has the keyboard', () => {
		expect(actionOf(press('KeyK', 'c'), { ...linux, ...outside })).toBe('search');
		expect(actionOf(press('KeyK', 'c'), linux)).toBeNull();
	});

	it('leaves copy and paste outside of a terminal to the browser', () => {
		expect(actionOf(press('KeyC', 'cs'), linux)).toBe('copy');
		expect(actionOf(press('KeyC', 'm'), { ...mac, ...outside })).toBeNull();
		expect(actionOf(press('KeyV', 'cs'), { ...linux, ...outside })).toBeNull();
	});

	it('leaves the words of a text field to the field', () => {
		const key = press('ArrowLeft', 'cs');
		expect(actionOf(key, { ...linux, ...outside, isTyping: true })).toBeNull();
		expect(actionOf(key, { ...linux, ...outside })).toBe('focus-left');
	});

	it('leaves redo to a field that holds text, and reopens from an empty one', () => {
		const typing = { ...outside, isTyping: true };
		const redo = press('KeyZ', 'cs');
		expect(actionOf(redo, { ...linux, ...typing, hasText: true })).toBeNull();
		expect(actionOf(redo, { ...linux, ...typing, hasText: false })).toBe('reopen-closed');
		expect(actionOf(redo, linux)).toBe('reopen-closed');
		// On a Mac it is another key, which edits nothing: the browser would reopen a tab of its own.
		const reopen = press('KeyT', 'sm');
		expect(actionOf(reopen, { ...mac, ...typing, hasText: true })).toBe('reopen-closed');
	});

	it('leaves a Mac’s selection of lines to a text field, not to a terminal’s own', () => {
		const typing = { ...outside, isTyping: true };
		for (const [code, id] of [
			['ArrowUp', 'previous-prompt'],
			['ArrowDown', 'next-prompt']
		] as const) {
			expect(actionOf(press(code, 'sm'), { ...mac, ...typing })).toBeNull();
			expect(actionOf(press(code, 'sm'), mac)).toBe(id);
		}
		// Elsewhere the key of a prompt edits nothing, and works from the search of a terminal.
		expect(actionOf(press('Comma', 'cs', '<'), { ...linux, ...typing, hasText: true })).toBe(
			'previous-prompt'
		);
	});

	it('leaves the machines their keys while they are in view, and no others', () => {
		const atMachines = { ...outside, isTyping: true, isAtMachines: true };
		for (const [context, command] of [
			[mac, 'm'],
			[linux, 'c']
		] as const) {
			const here = { ...context, ...atMachines };
			for (const code of ['KeyD', 'Enter']) expect(actionOf(press(code, command), here)).toBeNull();
			for (const code of ['ArrowUp', 'PageDown', 'Enter', 'Escape', 'ContextMenu']) {
				expect(actionOf(press(code, ''), here)).toBeNull();
			}
			expect(actionOf(press('F10', 's'), here)).toBeNull();
		}
		// The browser would close its tab.
		expect(actionOf(press('KeyW', 'm'), { ...mac, ...atMachines })).toBe('close-pane');
		expect(actionOf(press('KeyD', 'm'), mac)).toBe('split-right');
		expect(actionOf(press('Enter', 'm'), mac)).toBe('zoom-split');
		const keys = { diagnose: 'Mod+KeyD' };
		expect(actionOf(press('KeyD', 'm'), { ...mac, ...atMachines, keys })).toBe('diagnose');
	});

	it('goes by the letter of the layout, and by the place where that has none', () => {
		// A French keyboard: the letter W is where others have Z.
		expect(actionOf(press('KeyZ', 'cs', 'W'), linux)).toBe('close-pane');
		// A Russian one: no Latin letter at all.
		expect(actionOf(press('KeyW', 'cs', 'Ц'), linux)).toBe('close-pane');
	});

	it('takes no key that types by AltGr', () => {
		const keys = { palette: 'Ctrl+Alt+KeyQ' };
		expect(actionOf(press('KeyQ', 'ca', '@'), { ...linux, keys })).toBeNull();
		expect(actionOf(press('KeyQ', 'ca', 'q'), { ...linux, keys })).toBe('palette');
	});

	it('follows the own keys of a person, and none of an action without', () => {
		const keys = { 'new-tab': 'Alt+KeyN', palette: 'Mod+KeyT', copy: null };
		const context = { ...linux, keys };
		expect(actionOf(press('KeyN', 'a'), context)).toBe('new-tab');
		expect(actionOf(press('KeyT', 'cs'), context)).toBe('palette');
		expect(actionOf(press('KeyP', 'cs'), context)).toBeNull();
		// The second usual key goes with the first.
		expect(actionOf(press('KeyK', 'cs'), context)).toBeNull();
		expect(actionOf(press('KeyC', 'cs'), context)).toBeNull();
	});

	it('an own key works over a terminal, too', () => {
		const keys = { search: 'Ctrl+KeyK' };
		expect(actionOf(press('KeyK', 'c'), { ...linux, keys })).toBe('search');
	});

	it('keeps the usual key where the stored one is damaged', () => {
		const keys = { 'new-tab': 'a', palette: '' };
		expect(actionOf(press('KeyT', 'cs'), { ...linux, keys })).toBe('new-tab');
		expect(chordOf('palette', keys)).toBe('Mod+KeyP');
	});
});

describe('chordFromEvent', () => {
	it('writes the platform’s pair as Mod, so that it means the same on another', () => {
		expect(chordFromEvent(press('KeyU', 'cs'), false)).toBe('Mod+KeyU');
		expect(chordFromEvent(press('KeyU', 'm'), true)).toBe('Mod+KeyU');
		expect(chordFromEvent(press('KeyU', 'cs'), true)).toBe('Ctrl+Shift+KeyU');
		expect(chordFromEvent(press('KeyU', 'ca'), false)).toBe('Ctrl+Alt+KeyU');
		expect(chordFromEvent(press('F9', ''), false)).toBe('F9');
	});

	it('takes no modifier, letter or dead key alone', () => {
		expect(chordFromEvent(press('ControlLeft', 'c', 'Control'), false)).toBeNull();
		expect(chordFromEvent(press('KeyU', ''), false)).toBeNull();
		expect(chordFromEvent(press('KeyU', 's'), false)).toBeNull();
		expect(chordFromEvent(press('Enter', ''), false)).toBeNull();
		expect(chordFromEvent(press('Quote', 'c', 'Dead'), false)).toBeNull();
	});

	it('finds again what it wrote, whatever is pressed', () => {
		const codes = ['KeyA', 'KeyQ', 'Digit4', 'ArrowUp', 'F5', 'Tab', 'Comma', 'Enter', 'Slash'];
		fc.assert(
			fc.property(
				fc.constantFrom(...codes),
				fc.subarray(['c', 's', 'a', 'm']),
				fc.boolean(),
				(code, held, isMac) => {
					const event = press(code, held.join(''));
					const chord = chordFromEvent(event, isMac);
					if (chord === null) return;
					const keys = { zoom: 'x', 'zoom-split': chord };
					expect(isChord(chord)).toBe(true);
					expect(actionOf(event, { isMac, hasTerminal: true, keys })).toBe('zoom-split');
				}
			)
		);
	});
});

describe('conflicts', () => {
	it('has none among the usual keys', () => {
		expect(conflicts({}, false)).toEqual([]);
		expect(conflicts({}, true)).toEqual([]);
		for (const id of ACTION_IDS) {
			const { usual } = ACTIONS[id];
			expect(usual === null || isChord(usual)).toBe(true);
		}
	});

	it('names who else has a key, by what is pressed', () => {
		const keys = { clear: 'Ctrl+Shift+KeyT' };
		expect(conflicts(keys, false)).toEqual([{ chord: 'Mod+KeyT', ids: ['clear', 'new-tab'] }]);
		expect(conflicts(keys, true)).toEqual([]);
		expect(holderOf('Ctrl+Shift+KeyT', { keys: {}, isMac: false, except: 'clear' })).toBe(
			'new-tab'
		);
		expect(holderOf('Mod+KeyU', { keys: {}, isMac: false, except: 'clear' })).toBeNull();
	});
});

describe('words', () => {
	it('are what is printed on the keys', () => {
		expect(chordLabel('Mod+KeyP', false)).toEqual(['Ctrl', 'Shift', 'P']);
		expect(chordLabel('Mod+KeyP', true)).toEqual(['⌘', 'P']);
		expect(chordLabel('Mod+ArrowLeft', false)).toEqual(['Ctrl', 'Shift', '←']);
		expect(chordLabel('Ctrl+Tab', true)).toEqual(['⌃', 'Tab']);
		expect(chordLabel('F6', false)).toEqual(['F6']);
		expect(chordLabel('Mod+Digit1', false)).toEqual(['Ctrl', 'Shift', '1']);
	});

	it('say which keys a shell uses', () => {
		for (const chord of ['Ctrl+KeyR', 'Alt+KeyB', 'Alt+Shift+KeyB', 'Ctrl+Alt+KeyE']) {
			expect(isShellKey(chord, false)).toBe(true);
		}
		for (const chord of ['Mod+KeyR', 'Ctrl+Comma', 'Ctrl+Tab', 'F6', 'Alt+F4']) {
			expect(isShellKey(chord, false)).toBe(false);
		}
	});
});

describe('isChord', () => {
	it('refuses what is none', () => {
		for (const text of ['', '+', 'a', 'KeyA', 'Shift+KeyA', 'Mod+', 'Mod+Mod+KeyA', 'Hyper+KeyA']) {
			expect(isChord(text)).toBe(false);
		}
	});
});
