// Every action a key, the palette or the settings page can name: id, words and usual key. Pure; keymap.ts
// finds the action of a key, Workspace carries it out, Palette and the keyboard settings list them.

/** Groups of the keyboard settings. */
export type ActionGroup = 'Window' | 'Tabs' | 'Splits' | 'Terminal' | 'Text size';

export interface ActionInfo {
	readonly label: string;
	readonly group: ActionGroup;
	/** Usual key as `code` of a KeyboardEvent after the platform's modifier, Ctrl+Shift or Cmd; a whole
	 *  chord such as `Ctrl+Tab` or `F6` when it differs; null when it has none. */
	readonly usual: string | null;
	/** Usual key on macOS where its habit is another one. */
	readonly usualMac?: string;
	/** More keys that do the same while the action has its usual one. */
	readonly also?: readonly string[];
	/** Where the usual key belongs to somebody else: to the shell in a terminal, to the browser outside
	 *  of one, to a text field that has the keyboard where the key edits text on this platform. A key the
	 *  person chose works everywhere. */
	readonly leftTo?: 'shell' | 'browser' | 'field';
}

export const ACTIONS = {
	palette: {
		label: 'Find a command, tab or machine',
		group: 'Window',
		usual: 'Mod+KeyP',
		also: ['Mod+KeyK']
	},
	search: { label: 'Search', group: 'Window', usual: 'Ctrl+KeyK', leftTo: 'shell' },
	machines: { label: 'Machines', group: 'Window', usual: null },
	settings: { label: 'Settings', group: 'Window', usual: 'Ctrl+Comma', usualMac: 'Meta+Comma' },
	'new-window': { label: 'New window', group: 'Window', usual: 'Mod+KeyN' },
	'next-part': { label: 'Next part of the window', group: 'Window', usual: 'F6' },
	'new-tab': { label: 'New tab', group: 'Tabs', usual: 'Mod+KeyT' },
	'duplicate-tab': { label: 'Duplicate tab', group: 'Tabs', usual: null },
	'duplicate-here': { label: 'Duplicate tab here, in its folder', group: 'Tabs', usual: null },
	'close-pane': { label: 'Close tab or split', group: 'Tabs', usual: 'Mod+KeyW' },
	// Cmd+Z undoes in a text field, and a Mac's browsers reopen by Shift+Cmd+T.
	'reopen-closed': {
		label: 'Reopen last closed tab',
		group: 'Tabs',
		usual: 'Mod+KeyZ',
		usualMac: 'Shift+Meta+KeyT',
		leftTo: 'field'
	},
	'rename-tab': { label: 'Rename tab', group: 'Tabs', usual: null },
	'move-to-new-window': { label: 'Move tab to a new window', group: 'Tabs', usual: null },
	'next-tab': { label: 'Next tab', group: 'Tabs', usual: 'Ctrl+Tab' },
	'previous-tab': { label: 'Previous tab', group: 'Tabs', usual: 'Ctrl+Shift+Tab' },
	'move-tab-left': { label: 'Move tab left', group: 'Tabs', usual: 'Mod+PageUp' },
	'move-tab-right': { label: 'Move tab right', group: 'Tabs', usual: 'Mod+PageDown' },
	'tab-1': { label: 'Tab 1', group: 'Tabs', usual: 'Mod+Digit1' },
	'tab-2': { label: 'Tab 2', group: 'Tabs', usual: 'Mod+Digit2' },
	'tab-3': { label: 'Tab 3', group: 'Tabs', usual: 'Mod+Digit3' },
	'tab-4': { label: 'Tab 4', group: 'Tabs', usual: 'Mod+Digit4' },
	'tab-5': { label: 'Tab 5', group: 'Tabs', usual: 'Mod+Digit5' },
	'tab-6': { label: 'Tab 6', group: 'Tabs', usual: 'Mod+Digit6' },
	'tab-7': { label: 'Tab 7', group: 'Tabs', usual: 'Mod+Digit7' },
	'tab-8': { label: 'Tab 8', group: 'Tabs', usual: 'Mod+Digit8' },
	'tab-9': { label: 'Tab 9', group: 'Tabs', usual: 'Mod+Digit9' },
	'split-right': { label: 'Split right', group: 'Splits', usual: 'Mod+KeyD' },
	'split-down': { label: 'Split down', group: 'Splits', usual: 'Mod+KeyE' },
	'zoom-split': { label: 'Zoom split', group: 'Splits', usual: 'Mod+Enter' },
	'focus-left': {
		label: 'Split to the left',
		group: 'Splits',
		usual: 'Mod+ArrowLeft',
		leftTo: 'field'
	},
	'focus-right': {
		label: 'Split to the right',
		group: 'Splits',
		usual: 'Mod+ArrowRight',
		leftTo: 'field'
	},
	'focus-up': { label: 'Split above', group: 'Splits', usual: 'Mod+ArrowUp', leftTo: 'field' },
	'focus-down': { label: 'Split below', group: 'Splits', usual: 'Mod+ArrowDown', leftTo: 'field' },
	'grow-split': { label: 'Grow split', group: 'Splits', usual: null },
	'shrink-split': { label: 'Shrink split', group: 'Splits', usual: null },
	copy: { label: 'Copy selection', group: 'Terminal', usual: 'Mod+KeyC', leftTo: 'browser' },
	'select-all': { label: 'Select all', group: 'Terminal', usual: 'Mod+KeyA', leftTo: 'browser' },
	paste: { label: 'Paste', group: 'Terminal', usual: 'Mod+KeyV', leftTo: 'browser' },
	find: { label: 'Find in terminal', group: 'Terminal', usual: 'Mod+KeyF' },
	// Cmd with a comma is a Mac's settings.
	'previous-prompt': {
		label: 'Previous prompt',
		group: 'Terminal',
		usual: 'Mod+Comma',
		usualMac: 'Shift+Meta+ArrowUp',
		leftTo: 'field'
	},
	'next-prompt': {
		label: 'Next prompt',
		group: 'Terminal',
		usual: 'Mod+Period',
		usualMac: 'Shift+Meta+ArrowDown',
		leftTo: 'field'
	},
	'copy-output': { label: 'Copy last output', group: 'Terminal', usual: 'Mod+KeyY' },
	'save-text': { label: 'Save text to a file', group: 'Terminal', usual: null },
	'terminal-menu': {
		label: 'Menu of the terminal',
		group: 'Terminal',
		usual: 'Shift+F10',
		leftTo: 'browser'
	},
	'read-line': {
		label: 'Read the cursor’s line',
		group: 'Terminal',
		usual: 'Mod+KeyL',
		leftTo: 'browser'
	},
	clear: { label: 'Clear screen and scrollback', group: 'Terminal', usual: null },
	reset: { label: 'Reset terminal', group: 'Terminal', usual: null },
	reconnect: { label: 'Reconnect', group: 'Terminal', usual: null },
	diagnose: { label: 'Diagnose connection', group: 'Terminal', usual: null },
	larger: { label: 'Larger text', group: 'Text size', usual: 'Mod+Equal' },
	smaller: { label: 'Smaller text', group: 'Text size', usual: 'Mod+Minus' },
	'usual-size': { label: 'Usual text size', group: 'Text size', usual: 'Mod+Digit0' }
} as const satisfies Readonly<Record<string, ActionInfo>>;

export type ActionId = keyof typeof ACTIONS;

/** @returns whether stored or imported text names an action */
export const isActionId = (value: string): value is ActionId => Object.hasOwn(ACTIONS, value);
