// Each setting as a person reads it: words, section, what values it takes. Pure; the settings page, the
// palette and the import's preview are written from it.
import {
	FONT_NAME_MAX,
	FONT_SIZE_MAX_PX,
	FONT_SIZE_MIN_PX,
	isFontName,
	LINE_HEIGHT_MAX_PERCENT,
	LINE_HEIGHT_MIN_PERCENT,
	type SettingsRecord
} from '$lib/storage/settings';
import { parseTheme, parseThemes, THEMES_MAX } from '$lib/storage/theme';
import { ACTIONS, isActionId } from '../keymap/actions';
import { chordLabel, isChord } from '../keymap/keymap';
import type { SettingsSection } from '../place';

export { THEMES_MAX };
export type { SettingsRecord };
/** Where a chosen machine opens. */
export type OpenIn = SettingsRecord['openIn'];
/** What divides the list of machines. */
export type GroupBy = SettingsRecord['groupBy'];
export type SettingName = keyof SettingsRecord;

interface Worded {
	readonly label: string;
	readonly hint?: string;
	readonly section: SettingsSection;
}
type FieldOf<Value> = Worded &
	(Value extends boolean
		? { readonly kind: 'flag' }
		: Value extends number
			? {
					readonly kind: 'number';
					readonly min: number;
					readonly max: number;
					readonly unit: string;
				}
			: Value extends string
				? | { readonly kind: 'choice'; readonly choices: readonly string[] }
					| { readonly kind: 'font' }
				: { readonly kind: 'keys' | 'theme' | 'themes' | 'font' });

/** A setting whose values are a few words, in the order in which they are offered. */
export const CHOICES = {
	colorScheme: { system: 'System', light: 'Light', dark: 'Dark' },
	contrast: { system: 'System', more: 'High' },
	cursorShape: { block: 'Block', bar: 'Bar', underline: 'Underline' },
	bell: { visual: 'Visual', sound: 'Sound', off: 'Off' },
	groupBy: { state: 'State', tag: 'Tag', owner: 'Owner' },
	openIn: { tab: 'Tab', split: 'Split', window: 'Window' },
	restore: { ask: 'Ask', always: 'Always', never: 'Never' },
	optionAsAlt: { off: 'Off', left: 'Left', right: 'Right', both: 'Both' },
	programNotes: {
		never: 'Nothing',
		bell: 'Ring',
		words: 'Show',
		notification: 'Notify'
	},
	predictedEcho: { auto: 'On slow ways', always: 'Always', never: 'Never' },
	programCopy: { ask: 'Ask', always: 'Always', never: 'Never' }
} as const satisfies Partial<{
	[Name in SettingName]: Record<Extract<SettingsRecord[Name], string>, string>;
}>;

/** Headtab's own colours, which are the tokens', have no theme. */
export const OWN_THEME_NAMES = { light: 'Headtab Light', dark: 'Headtab Dark' } as const;

/** The face that comes with Headtab. */
export const OWN_FONT_NAME = 'JetBrains Mono Nerd Font';

/** A scheme as the menus call it, where no label stands beside it. */
export const SCHEME_WORDS = {
	light: 'Light scheme',
	dark: 'Dark scheme',
	system: 'Scheme of the system'
} as const satisfies Record<SettingsRecord['colorScheme'], string>;

/** A way to divide the machines as the menus call it. */
export const GROUP_BY_WORDS = {
	state: 'Group machines by state',
	tag: 'Group machines by tag',
	owner: 'Group machines by owner'
} as const satisfies Record<GroupBy, string>;

export const FIELDS = {
	colorScheme: {
		kind: 'choice',
		label: 'Scheme',
		section: 'appearance',
		choices: Object.keys(CHOICES.colorScheme)
	},
	fontSizePx: {
		kind: 'number',
		label: 'Text size',
		hint: 'Also by Ctrl and the wheel, or two fingers, over a terminal. The rest follows the browser’s size.',
		section: 'appearance',
		min: FONT_SIZE_MIN_PX,
		max: FONT_SIZE_MAX_PX,
		unit: 'px'
	},
	themeLight: { kind: 'theme', label: 'Terminal theme in light', section: 'appearance' },
	themeDark: { kind: 'theme', label: 'Terminal theme in dark', section: 'appearance' },
	themes: { kind: 'themes', label: 'Imported themes', section: 'appearance' },
	isContrastRaised: {
		kind: 'flag',
		label: 'Raise the contrast of themes',
		hint: 'Their colours are moved until each reaches 4.5 : 1. Programs that choose colours of their own keep them.',
		section: 'appearance'
	},
	lineHeightPercent: {
		kind: 'number',
		label: 'Line height',
		section: 'appearance',
		min: LINE_HEIGHT_MIN_PERCENT,
		max: LINE_HEIGHT_MAX_PERCENT,
		unit: '%'
	},
	hasLigatures: {
		kind: 'flag',
		label: 'Ligatures',
		hint: 'Draws =>, != and the like as one sign. Four more faces are loaded, 0.8 MB.',
		section: 'appearance'
	},
	localFont: { kind: 'font', label: 'Font', section: 'appearance' },
	cursorShape: {
		kind: 'choice',
		label: 'Cursor',
		hint: 'Where a program asks for no other.',
		section: 'appearance',
		choices: Object.keys(CHOICES.cursorShape)
	},
	isCursorBlinking: {
		kind: 'flag',
		label: 'Cursor blinks',
		hint: 'Never where the system asks for reduced motion.',
		section: 'appearance'
	},
	contrast: {
		kind: 'choice',
		label: 'Contrast',
		hint: 'High: texts and lines are stronger, terminal colours reach 7 : 1.',
		section: 'appearance',
		choices: Object.keys(CHOICES.contrast)
	},
	bell: {
		kind: 'choice',
		label: 'Bell',
		hint: 'Of a terminal in view. Tabs out of view are marked in any case.',
		section: 'terminal',
		choices: Object.keys(CHOICES.bell)
	},
	groupBy: {
		kind: 'choice',
		label: 'Machines are grouped by',
		hint: 'Favourites come first in each. A machine with several tags stands under the first.',
		section: 'appearance',
		choices: Object.keys(CHOICES.groupBy)
	},
	isScreenReaderOn: {
		kind: 'flag',
		label: 'Screen reader support',
		hint: 'Each terminal speaks what is new and mirrors its visible lines as text. Costs a little time under much output.',
		section: 'terminal'
	},
	isCloseConfirmed: {
		kind: 'flag',
		label: 'Ask before closing a live session',
		hint: 'A shell and what runs in it end with its tab.',
		section: 'terminal'
	},
	isSearchCaseSensitive: {
		kind: 'flag',
		label: 'Search matches case',
		hint: 'Also remembered from the search in a terminal.',
		section: 'terminal'
	},
	isSearchRegex: {
		kind: 'flag',
		label: 'Search takes regular expressions',
		hint: 'Also remembered from the search in a terminal.',
		section: 'terminal'
	},
	isCopyOnSelect: {
		kind: 'flag',
		label: 'Copy what is selected',
		hint: 'At once, in place of what the clipboard held.',
		section: 'terminal'
	},
	isLinesPasteConfirmed: {
		kind: 'flag',
		label: 'Ask before a paste of several lines',
		hint: 'Only where each line would run as it arrives. Hidden characters and control bytes are asked about in any case.',
		section: 'terminal'
	},
	isLargePasteConfirmed: {
		kind: 'flag',
		label: 'Ask before a large paste',
		hint: 'From 5 kB.',
		section: 'terminal'
	},
	optionAsAlt: {
		kind: 'choice',
		label: 'Option key acts as Alt',
		hint: 'On a Mac. The other one types what the layout has there.',
		section: 'terminal',
		choices: Object.keys(CHOICES.optionAsAlt)
	},
	predictedEcho: {
		kind: 'choice',
		label: 'Keys before the machine answers',
		hint: 'Underlined until the machine shows them. Never of a password or in a full-screen program.',
		section: 'terminal',
		choices: Object.keys(CHOICES.predictedEcho)
	},
	programCopy: {
		kind: 'choice',
		label: 'Programs may copy to the clipboard',
		hint: 'Ask: once for each machine. What is on the clipboard is never told to a program.',
		section: 'terminal',
		choices: Object.keys(CHOICES.programCopy)
	},
	keys: { kind: 'keys', label: 'Own keys', section: 'keyboard' },
	openIn: {
		kind: 'choice',
		label: 'A chosen machine opens in',
		hint: 'Also remembered from the dialog that asks for the user.',
		section: 'connections',
		choices: Object.keys(CHOICES.openIn)
	},
	isLaunchInNewWindow: {
		kind: 'flag',
		label: 'Shortcuts and links open a new window',
		hint: 'Off: they open a tab in the window that is open.',
		section: 'connections'
	},
	restore: {
		kind: 'choice',
		label: 'Tabs of the last time come back',
		hint: 'After a crash, an update or a restart, with their machines and users. What ran in them does not.',
		section: 'connections',
		choices: Object.keys(CHOICES.restore)
	},
	isNotifying: {
		kind: 'flag',
		label: 'Notify of bells and finished commands',
		hint: 'Only of a tab that is not in view.',
		section: 'notifications'
	},
	programNotes: {
		kind: 'choice',
		label: 'A note that a program sends',
		hint: 'Ring: as a bell. Show: its words in the tab. Notify: in notifications, too, where others may read them.',
		section: 'notifications',
		choices: Object.keys(CHOICES.programNotes)
	},
	areNamesInOsMenu: {
		kind: 'flag',
		label: 'Machines in the menu of the app’s icon',
		hint: 'The system keeps their names in plain text on this disk, where other programs can read them.',
		section: 'privacy'
	}
} as const satisfies { readonly [Name in SettingName]: FieldOf<SettingsRecord[Name]> };

/** Settings that are on or off. */
export type FlagName = {
	[Name in SettingName]: SettingsRecord[Name] extends boolean ? Name : never;
}[SettingName];

/** @returns whether a setting is on or off */
export const isFlag = (name: SettingName): name is FlagName => FIELDS[name].kind === 'flag';

export const SECTION_WORDS: Readonly<Record<SettingsSection, string>> = {
	appearance: 'Appearance',
	terminal: 'Terminal',
	keyboard: 'Keyboard',
	connections: 'Connections',
	notifications: 'Notifications',
	privacy: 'Privacy',
	backup: 'Export and import',
	about: 'About'
};

/** In the order in which they are offered. */
export const SETTING_NAMES: readonly SettingName[] = Object.keys(FIELDS).filter(
	(name): name is SettingName => Object.hasOwn(FIELDS, name)
);

/** A value in words: `Dark`, `14 px`, `on`, `3 own keys`. */
export function describeSetting(name: SettingName, settings: SettingsRecord): string {
	switch (name) {
		case 'colorScheme':
			return CHOICES.colorScheme[settings.colorScheme];
		case 'contrast':
			return CHOICES.contrast[settings.contrast];
		case 'cursorShape':
			return CHOICES.cursorShape[settings.cursorShape];
		case 'bell':
			return CHOICES.bell[settings.bell];
		case 'groupBy':
			return CHOICES.groupBy[settings.groupBy];
		case 'openIn':
			return CHOICES.openIn[settings.openIn];
		case 'restore':
			return CHOICES.restore[settings.restore];
		case 'programNotes':
			return CHOICES.programNotes[settings.programNotes];
		case 'predictedEcho':
			return CHOICES.predictedEcho[settings.predictedEcho];
		case 'programCopy':
			return CHOICES.programCopy[settings.programCopy];
		case 'fontSizePx':
			return `${String(settings.fontSizePx)} px`;
		case 'lineHeightPercent':
			return `${String(settings.lineHeightPercent)} %`;
		case 'localFont':
			return settings.localFont ?? OWN_FONT_NAME;
		case 'themeLight':
			return settings.themeLight?.name ?? OWN_THEME_NAMES.light;
		case 'themeDark':
			return settings.themeDark?.name ?? OWN_THEME_NAMES.dark;
		case 'themes':
			return settings.themes.map(({ name }) => name).join(', ') || 'none';
		case 'keys': {
			const { length } = Object.keys(settings.keys);
			return length === 0 ? 'none' : length === 1 ? '1 own key' : `${String(length)} own keys`;
		}
		default:
			return settings[name] ? 'on' : 'off';
	}
}

/** Why a value cannot be that setting's; null when it can. */
export function settingFault(name: SettingName, value: unknown): string | null {
	const field: FieldOf<boolean> | FieldOf<number> | FieldOf<string> | FieldOf<object> =
		FIELDS[name];
	switch (field.kind) {
		case 'flag':
			return typeof value === 'boolean' ? null : 'takes true or false';
		case 'number':
			return typeof value === 'number' &&
				Number.isInteger(value) &&
				value >= field.min &&
				value <= field.max
				? null
				: `takes a whole number from ${String(field.min)} to ${String(field.max)}`;
		case 'choice':
			return typeof value === 'string' && field.choices.includes(value)
				? null
				: `takes ${field.choices.map((word) => `"${word}"`).join(', ')}`;
		case 'keys':
			return typeof value === 'object' && value !== null && !Array.isArray(value)
				? null
				: 'takes an object of actions and their keys';
		case 'font':
			return value === null || isFontName(value)
				? null
				: `takes a name of at most ${String(FONT_NAME_MAX)} letters, or null for the one that comes with Headtab`;
		case 'theme':
			return value === null || parseTheme(value) !== null
				? null
				: 'takes a theme with all its colours, or null for Headtab’s own';
		case 'themes':
			return Array.isArray(value) && parseThemes(value).length === value.length
				? null
				: `takes a list of at most ${String(THEMES_MAX)} themes, each name once`;
	}
}

/** Why an entry of `keys` cannot be; null when it can. */
export function keyFault(id: string, value: unknown): string | null {
	if (!isActionId(id)) return 'is no action of this version';
	if (value === null) return null;
	return typeof value === 'string' && isChord(value)
		? null
		: 'takes a key such as "Mod+KeyT" or "F9", or null for none';
}

/** The words of an action, or its id where this version has no such action. */
export const actionLabel = (id: string): string => (isActionId(id) ? ACTIONS[id].label : id);

/** `Ctrl+Shift+T`, `⌘T`, or that there is none. */
export const keyWords = (chord: string | null, isMac: boolean): string =>
	chord === null ? 'no key' : chordLabel(chord, isMac).join(isMac ? '' : '+');
