// Settings as a file: what is written is read back, and each fault is told with its line and field.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACTION_IDS } from '$lib/client/keymap/keymap';
import {
	readSettings,
	writeSettings,
	SETTINGS_FILE_MAX_BYTES
} from '$lib/client/settings/settings-file';
import { DEFAULT_SETTINGS, type SettingsRecord } from '$lib/storage/settings';
import { THEMES_MAX, type TerminalTheme } from '$lib/storage/theme';
import { theme } from './theme';

const here = { current: DEFAULT_SETTINGS, isMac: false };
const read = (text: string) => readSettings(text, here);
const faults = (text: string) => {
	const file = read(text);
	return file.isValid ? [] : file.faults.map(({ line, field, text: said }) => [line, field, said]);
};
/** A file with these lines as its settings, which begin at line 4. */
const withSettings = (...lines: readonly string[]) =>
	['{', '"headtab": "settings", "version": 1,', '"settings": {', ...lines, '}', '}'].join('\n');

const someColor = fc
	.integer({ min: 0, max: 0xffffff })
	.map((value) => `#${value.toString(16).padStart(6, '0')}`);
const someTheme = fc.record<TerminalTheme>({
	name: fc.stringMatching(/^[A-Za-z]{1,20}$/),
	background: someColor,
	foreground: someColor,
	cursor: someColor,
	cursorText: someColor,
	selection: someColor,
	selectionText: fc.option(someColor),
	palette: fc.array(someColor, { minLength: 16, maxLength: 16 })
});
const someSettings = fc.record<SettingsRecord>({
	colorScheme: fc.constantFrom('system', 'light', 'dark'),
	fontSizePx: fc.integer({ min: 10, max: 32 }),
	themeLight: fc.option(someTheme),
	themeDark: fc.option(someTheme),
	themes: fc.uniqueArray(someTheme, { selector: ({ name }) => name, maxLength: THEMES_MAX }),
	isContrastRaised: fc.boolean(),
	lineHeightPercent: fc.integer({ min: 100, max: 200 }),
	hasLigatures: fc.boolean(),
	localFont: fc.option(fc.constantFrom('Fira Code', 'Cascadia Mono')),
	cursorShape: fc.constantFrom('block', 'bar', 'underline'),
	isCursorBlinking: fc.boolean(),
	bell: fc.constantFrom('visual', 'sound', 'off'),
	contrast: fc.constantFrom('system', 'more'),
	isCloseConfirmed: fc.boolean(),
	isLinesPasteConfirmed: fc.boolean(),
	isLargePasteConfirmed: fc.boolean(),
	optionAsAlt: fc.constantFrom('off', 'left', 'right', 'both'),
	isCopyOnSelect: fc.boolean(),
	isScreenReaderOn: fc.boolean(),
	groupBy: fc.constantFrom('state', 'tag', 'owner'),
	openIn: fc.constantFrom('tab', 'split', 'window'),
	isLaunchInNewWindow: fc.boolean(),
	areNamesInOsMenu: fc.boolean(),
	restore: fc.constantFrom('ask', 'always', 'never'),
	isNotifying: fc.boolean(),
	isSearchCaseSensitive: fc.boolean(),
	isSearchRegex: fc.boolean(),
	programNotes: fc.constantFrom('bell', 'words', 'notification', 'never'),
	predictedEcho: fc.constantFrom('auto', 'always', 'never'),
	programCopy: fc.constantFrom('ask', 'always', 'never'),
	keys: fc.dictionary(
		fc.constantFrom(...ACTION_IDS),
		fc.constantFrom('Mod+KeyX', 'F9', 'Ctrl+Alt+Digit1', null)
	)
});

describe('a settings file', () => {
	it('is read back as it was written, whatever the settings are', () => {
		fc.assert(
			fc.property(someSettings, (settings) => {
				const file = read(writeSettings(settings));
				expect(file.isValid && { ...DEFAULT_SETTINGS, ...file.change }).toEqual({
					...settings,
					keys: { ...settings.keys }
				});
			})
		);
	});

	it('changes only what it names, and says it in words', () => {
		const file = read(
			withSettings(
				'"colorScheme": "dark", "fontSizePx": 16,',
				'"keys": { "new-tab": "F9", "copy": null }'
			)
		);
		expect(file).toEqual({
			isValid: true,
			change: { colorScheme: 'dark', fontSizePx: 16, keys: { 'new-tab': 'F9', copy: null } },
			differences: [
				{ label: 'Scheme', from: 'System', to: 'Dark' },
				{ label: 'Text size', from: '14 px', to: '16 px' },
				{ label: 'New tab', from: 'usual key', to: 'F9' },
				{ label: 'Copy selection', from: 'usual key', to: 'no key' }
			]
		});
		expect(read(withSettings('"fontSizePx": 14'))).toMatchObject({
			isValid: true,
			differences: []
		});
	});

	it('tells themes of the same name apart by their colours', () => {
		const dusk = theme('Dusk');
		const current: SettingsRecord = {
			...DEFAULT_SETTINGS,
			themeDark: dusk,
			themeLight: dusk,
			themes: [dusk]
		};
		const changed = { ...dusk, palette: dusk.palette.with(3, '#808081') };
		const differences = (settings: Partial<SettingsRecord>) => {
			const text = JSON.stringify({ headtab: 'settings', version: 1, settings });
			const file = readSettings(text, { current, isMac: false });
			return file.isValid ? file.differences : null;
		};
		expect(differences({ themeDark: changed, themeLight: dusk, themes: [changed] })).toEqual([
			{ label: 'Terminal theme in dark', from: 'Dusk', to: 'Dusk, other colours' },
			{ label: 'Imported themes', from: 'Dusk', to: 'Dusk, other colours' }
		]);
		const { name, ...colours } = dusk;
		expect(differences({ themeDark: { ...colours, name } })).toEqual([]);
	});

	it('[settings-file-invalid] names the line and the field of each fault', () => {
		expect(
			faults(
				withSettings(
					'"colorScheme": "pink",',
					'"fontSizePx": 400,',
					'"isNotifying": "yes",',
					'"wallpaper": "x",',
					'"keys": { "new-tab": "KeyT",',
					'"fly": "F9",',
					'"paste": 3 }'
				)
			)
		).toEqual([
			[4, 'colorScheme', 'takes "system", "light", "dark"'],
			[5, 'fontSizePx', 'takes a whole number from 10 to 32'],
			[6, 'isNotifying', 'takes true or false'],
			[7, 'wallpaper', 'is no setting of this version'],
			[8, 'keys.new-tab', 'takes a key such as "Mod+KeyT" or "F9", or null for none'],
			[9, 'keys.fly', 'is no action of this version'],
			[10, 'keys.paste', 'takes a key such as "Mod+KeyT" or "F9", or null for none']
		]);
		expect(faults(withSettings('"fontSizePx": 12,', '"fontSizePx": 13'))).toEqual([
			[5, 'fontSizePx', 'stands here a second time']
		]);
	});

	it('[settings-file-invalid] tells where JSON breaks', () => {
		expect(faults('{\n"headtab": "settings"\n"version": 1 }')[0]).toEqual([
			3,
			null,
			'The file needs a comma before this.'
		]);
		expect(faults('{ "headtab": "settings",')[0]?.[0]).toBe(1);
		expect(faults('')[0]?.[2]).toContain('needs a value');
		expect(faults('{} // by me')[0]?.[2]).toContain('comment');
		expect(faults('PK\u0003\u0004')).not.toEqual([]);
	});

	it('[settings-file-invalid] refuses another file, a newer one and one that is too large', () => {
		expect(faults('{"name":"headtab"}')).toEqual([
			[null, 'headtab', 'The file is not one that Headtab wrote as its settings.']
		]);
		expect(faults('{"headtab":"settings",\n"version":2,"settings":{"new":1}}')).toEqual([
			[2, 'version', 'The file is of a newer Headtab: version 2, this one reads 1.']
		]);
		expect(faults('{"headtab":"settings","version":1,"settings":[]}')[0]?.[1]).toBe('settings');
		expect(faults('[1,2]')[0]?.[2]).toBe('The file holds no settings of Headtab.');
		expect(faults(' '.repeat(SETTINGS_FILE_MAX_BYTES + 1))[0]?.[2]).toContain('too large');
	});

	it('never throws and never half-reads, whatever the bytes', () => {
		fc.assert(
			fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
				const file = read(text);
				expect(file.isValid ? file.change : file.faults.length).toBeTruthy();
			})
		);
		const whole = writeSettings(DEFAULT_SETTINGS);
		fc.assert(
			fc.property(fc.nat(whole.length - 3), (end) => {
				expect(read(whole.slice(0, end)).isValid).toBe(false);
			})
		);
	});

	it('cannot reach the prototype of anything', () => {
		expect(faults(withSettings('"__proto__": { "fontSizePx": 12 }'))[0]?.[1]).toBe('__proto__');
		expect(faults(withSettings('"keys": { "__proto__": "F9", "constructor": "F9" }')).length).toBe(
			2
		);
	});
});
