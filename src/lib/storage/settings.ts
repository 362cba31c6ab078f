// Settings of this device. Window only; client/settings is its view.
import { isRecord } from '$lib/contracts/parse';
import type { AppDatabase } from './db';
import { parseTheme, parseThemes, type TerminalTheme } from './theme';

export interface SettingsRecord {
	readonly colorScheme: 'system' | 'light' | 'dark';
	readonly fontSizePx: number;
	/** The terminals' colours in the light and in the dark scheme; null is Headtab's own. */
	readonly themeLight: TerminalTheme | null;
	readonly themeDark: TerminalTheme | null;
	/** Imported ones, offered beside those that come with Headtab. */
	readonly themes: readonly TerminalTheme[];
	/** A theme's colours are moved until they can be read. */
	readonly isContrastRaised: boolean;
	/** Of the terminals' text size. */
	readonly lineHeightPercent: number;
	/** `=>` and the like are drawn as one. */
	readonly hasLigatures: boolean;
	/** A font family of this computer for the terminals; null is the one that comes with Headtab. */
	readonly localFont: string | null;
	/** The cursor, where a program asks for no other. */
	readonly cursorShape: 'block' | 'bar' | 'underline';
	readonly isCursorBlinking: boolean;
	/** How a terminal's bell is told where it is seen. */
	readonly bell: 'visual' | 'sound' | 'off';
	/** Stronger texts, lines and terminal colours. */
	readonly contrast: 'system' | 'more';
	/** Closing a live session asks first. */
	readonly isCloseConfirmed: boolean;
	/** A paste of several lines asks first where each line runs as it arrives. */
	readonly isLinesPasteConfirmed: boolean;
	/** A large paste asks first. */
	readonly isLargePasteConfirmed: boolean;
	/** Which Option keys of a Mac act as Alt in a terminal; the others type what the layout has there. */
	readonly optionAsAlt: 'off' | 'left' | 'right' | 'both';
	/** What is selected in a terminal is copied at once. */
	readonly isCopyOnSelect: boolean;
	/** Each terminal mirrors its visible lines as text. */
	readonly isScreenReaderOn: boolean;
	/** What divides the list of machines. */
	readonly groupBy: 'state' | 'tag' | 'owner';
	/** Where a chosen machine opens; remembered from the connect dialog. */
	readonly openIn: 'tab' | 'split' | 'window';
	/** A shortcut of the OS or a link opens a window of its own instead of a tab here. */
	readonly isLaunchInNewWindow: boolean;
	/** Machines' names in the OS menu of the icon: they lie in plain text on the disk. */
	readonly areNamesInOsMenu: boolean;
	/** What becomes of a window's tabs when it comes back after a crash, an update or a restart. */
	readonly restore: 'ask' | 'always' | 'never';
	/** Notifications of a bell or a finished command in a tab that is not seen. */
	readonly isNotifying: boolean;
	/** The search in a terminal: remembered from its bar. */
	readonly isSearchCaseSensitive: boolean;
	readonly isSearchRegex: boolean;
	/** What a note that a program sends (OSC 9, OSC 777) does: rings like a bell, shows its words in the app,
	 *  shows them in notifications as well, or nothing. */
	readonly programNotes: 'bell' | 'words' | 'notification' | 'never';
	/** Whether keys are shown before the machine answers: where the way is slow, always or never. */
	readonly predictedEcho: 'auto' | 'always' | 'never';
	/** Whether programs on a machine may copy to the clipboard (OSC 52). */
	readonly programCopy: 'ask' | 'always' | 'never';
	/** Own keys by action id (client/keymap): a chord, or null for none. Others have their usual ones. */
	readonly keys: Readonly<Record<string, string | null>>;
}

export const FONT_SIZE_MIN_PX = 10;
export const FONT_SIZE_MAX_PX = 32;
export const LINE_HEIGHT_MIN_PERCENT = 100;
export const LINE_HEIGHT_MAX_PERCENT = 200;
export const FONT_NAME_MAX = 100;

export const DEFAULT_SETTINGS: SettingsRecord = {
	colorScheme: 'system',
	fontSizePx: 14,
	themeLight: null,
	themeDark: null,
	themes: [],
	isContrastRaised: false,
	lineHeightPercent: 130,
	hasLigatures: false,
	localFont: null,
	cursorShape: 'block',
	isCursorBlinking: true,
	bell: 'visual',
	contrast: 'system',
	isCloseConfirmed: true,
	isLinesPasteConfirmed: true,
	isLargePasteConfirmed: true,
	optionAsAlt: 'off',
	isCopyOnSelect: false,
	isScreenReaderOn: false,
	groupBy: 'state',
	openIn: 'tab',
	isLaunchInNewWindow: false,
	areNamesInOsMenu: true,
	restore: 'ask',
	isNotifying: false,
	isSearchCaseSensitive: false,
	isSearchRegex: false,
	programNotes: 'bell',
	predictedEcho: 'auto',
	programCopy: 'ask',
	keys: {}
};

export class SettingsStore {
	readonly #db: AppDatabase;

	constructor(db: AppDatabase) {
		this.#db = db;
	}

	async load(): Promise<SettingsRecord> {
		return parseSettings(await this.#db.get('settings', 'device'));
	}

	/** Changes only what is named, so that two windows do not undo each other. */
	async change(change: Partial<SettingsRecord>): Promise<SettingsRecord> {
		const next = await this.#db.update('settings', 'device', (value) =>
			parseSettings({ ...parseSettings(value), ...change })
		);
		return parseSettings(next);
	}
}

/** Any stored or sent value as settings; what is missing or out of range takes its default. */
export function parseSettings(value: unknown): SettingsRecord {
	if (!isRecord(value)) return DEFAULT_SETTINGS;
	const { localFont, keys } = value;
	const whole = (name: NumberSetting, min: number, max: number): number => {
		const given = value[name];
		return typeof given === 'number' && Number.isFinite(given)
			? Math.min(max, Math.max(min, Math.round(given)))
			: DEFAULT_SETTINGS[name];
	};
	const flag = (name: BooleanSetting): boolean => {
		const given = value[name];
		return typeof given === 'boolean' ? given : DEFAULT_SETTINGS[name];
	};
	return {
		colorScheme: oneOf(value['colorScheme'], ['system', 'light', 'dark']),
		fontSizePx: whole('fontSizePx', FONT_SIZE_MIN_PX, FONT_SIZE_MAX_PX),
		themeLight: parseTheme(value['themeLight']),
		themeDark: parseTheme(value['themeDark']),
		themes: parseThemes(value['themes']),
		isContrastRaised: flag('isContrastRaised'),
		lineHeightPercent: whole('lineHeightPercent', LINE_HEIGHT_MIN_PERCENT, LINE_HEIGHT_MAX_PERCENT),
		hasLigatures: flag('hasLigatures'),
		localFont: isFontName(localFont) ? localFont : null,
		cursorShape: oneOf(value['cursorShape'], ['block', 'bar', 'underline']),
		isCursorBlinking: flag('isCursorBlinking'),
		bell: oneOf(value['bell'], ['visual', 'sound', 'off']),
		contrast: oneOf(value['contrast'], ['system', 'more']),
		isCloseConfirmed: flag('isCloseConfirmed'),
		isLinesPasteConfirmed: flag('isLinesPasteConfirmed'),
		isLargePasteConfirmed: flag('isLargePasteConfirmed'),
		optionAsAlt: oneOf(value['optionAsAlt'], ['off', 'left', 'right', 'both']),
		isCopyOnSelect: flag('isCopyOnSelect'),
		isScreenReaderOn: flag('isScreenReaderOn'),
		groupBy: oneOf(value['groupBy'], ['state', 'tag', 'owner']),
		openIn: oneOf(value['openIn'], ['tab', 'split', 'window']),
		isLaunchInNewWindow: flag('isLaunchInNewWindow'),
		areNamesInOsMenu: flag('areNamesInOsMenu'),
		restore: oneOf(value['restore'], ['ask', 'always', 'never']),
		isNotifying: flag('isNotifying'),
		isSearchCaseSensitive: flag('isSearchCaseSensitive'),
		isSearchRegex: flag('isSearchRegex'),
		programNotes: oneOf(value['programNotes'], ['bell', 'words', 'notification', 'never']),
		predictedEcho: oneOf(value['predictedEcho'], ['auto', 'always', 'never']),
		programCopy: oneOf(value['programCopy'], ['ask', 'always', 'never']),
		keys: isRecord(keys)
			? Object.fromEntries(
					Object.entries(keys).filter(
						(entry): entry is [string, string | null] =>
							entry[1] === null || typeof entry[1] === 'string'
					)
				)
			: DEFAULT_SETTINGS.keys
	};
}

/** @returns whether a value can be a font family's name: short, on one line */
export const isFontName = (value: unknown): value is string =>
	typeof value === 'string' &&
	value.trim() !== '' &&
	value.length <= FONT_NAME_MAX &&
	!/\p{Cc}/u.test(value);

type NumberSetting = {
	[Name in keyof SettingsRecord]: SettingsRecord[Name] extends number ? Name : never;
}[keyof SettingsRecord];
type BooleanSetting = {
	[Name in keyof SettingsRecord]: SettingsRecord[Name] extends boolean ? Name : never;
}[keyof SettingsRecord];

/** The given word when it is one of the list, the first of the list, the default, otherwise. */
function oneOf<const T extends string>(value: unknown, words: readonly [T, ...T[]]): T {
	return words.find((word) => word === value) ?? words[0];
}
