// Settings as a file: written for a person to read, read with every fault by line and field. Nothing is
// changed by reading. Pure; the settings page loads it when a file is exported or chosen.
import { findNodeAtLocation, getNodeValue, parseTree, printParseErrorCode } from 'jsonc-parser';
import type { Node, ParseError } from 'jsonc-parser';
import { isNestedBeyond } from '$lib/contracts/parse';
import type { SettingsRecord } from '$lib/storage/settings';
import { parseTheme, parseThemes } from '$lib/storage/theme';
import {
	actionLabel,
	describeSetting,
	FIELDS,
	keyFault,
	keyWords,
	SETTING_NAMES,
	settingFault,
	type SettingName
} from './fields';

/** All settings with every key changed and every theme that is kept are under 32 kB. */
export const SETTINGS_FILE_MAX_BYTES = 64 * 1024;
export const SETTINGS_FILE_NAME = 'headtab-settings.json';
const KIND = 'settings';
const VERSION = 1;
/** Settings nest five deep. */
const NESTED_MAX = 32;
/** Faults shown; the first ones explain the rest. */
const FAULTS_MAX = 20;

export interface SettingsFault {
	/** 1 for the first; null for the file as a whole. */
	readonly line: number | null;
	/** E.g. `keys.new-tab`; null where no field is at fault. */
	readonly field: string | null;
	readonly text: string;
}

/** One line of the preview. */
export interface SettingsDifference {
	readonly label: string;
	readonly from: string;
	readonly to: string;
}

export type SettingsFile =
	| {
			readonly isValid: true;
			/** Only what the file names. */
			readonly change: Partial<SettingsRecord>;
			readonly differences: readonly SettingsDifference[];
	  }
	| { readonly isValid: false; readonly faults: readonly SettingsFault[] };

/** All settings of this device, ready to be saved. */
export const writeSettings = (settings: SettingsRecord): string =>
	`${JSON.stringify({ headtab: KIND, version: VERSION, settings }, null, '\t')}\n`;

const SYNTAX: Readonly<Record<string, string>> = {
	InvalidSymbol: 'is no JSON: a word that is neither true, false nor null',
	InvalidNumberFormat: 'is no number',
	PropertyNameExpected: 'needs a name in double quotes',
	ValueExpected: 'needs a value',
	ColonExpected: 'needs a colon',
	CommaExpected: 'needs a comma before this',
	CloseBraceExpected: 'ends before its last }',
	CloseBracketExpected: 'ends before its last ]',
	EndOfFileExpected: 'goes on after its end',
	UnexpectedEndOfString: 'has a text without its closing quote',
	InvalidCommentToken: 'has a comment; JSON has none'
};

/** @param text of the file, as decoded UTF-8
 *  @param options.current what the preview compares with */
export function readSettings(
	text: string,
	options: { readonly current: SettingsRecord; readonly isMac: boolean }
): SettingsFile {
	const faults: SettingsFault[] = [];
	const lineOf = (offset: number) => text.slice(0, offset).split('\n').length;
	const fault = (node: Node | undefined, field: string | null, said: string) => {
		faults.push({ line: node === undefined ? null : lineOf(node.offset), field, text: said });
	};
	const refused = (): SettingsFile => ({ isValid: false, faults: faults.slice(0, FAULTS_MAX) });

	if (text.length > SETTINGS_FILE_MAX_BYTES) {
		fault(undefined, null, 'The file is too large to be settings of Headtab.');
		return refused();
	}
	if (isNestedBeyond(NESTED_MAX, text)) {
		fault(undefined, null, 'The file is nested too deep to be settings of Headtab.');
		return refused();
	}
	const broken: ParseError[] = [];
	const root = parseTree(text.replace(/^\uFEFF/, ' '), broken, {
		disallowComments: true,
		allowTrailingComma: false,
		allowEmptyContent: false
	});
	for (const { error, offset } of broken) {
		const said = SYNTAX[printParseErrorCode(error)] ?? 'is no JSON';
		faults.push({ line: lineOf(offset), field: null, text: `The file ${said}.` });
	}
	if (faults.length > 0) return refused();
	if (root?.type !== 'object') {
		fault(root, null, 'The file holds no settings of Headtab.');
		return refused();
	}

	const kind = findNodeAtLocation(root, ['headtab']);
	if (kind === undefined || getNodeValue(kind) !== KIND) {
		fault(kind, 'headtab', 'The file is not one that Headtab wrote as its settings.');
		return refused();
	}
	const version = findNodeAtLocation(root, ['version']);
	const given: unknown = version === undefined ? undefined : getNodeValue(version);
	if (given !== VERSION) {
		fault(
			version,
			'version',
			typeof given === 'number' && given > VERSION
				? `The file is of a newer Headtab: version ${String(given)}, this one reads ${String(VERSION)}.`
				: `takes ${String(VERSION)}`
		);
		return refused();
	}
	for (const { name, node } of members(root)) {
		if (name !== 'headtab' && name !== 'version' && name !== 'settings')
			fault(node, name, 'is no part of a settings file');
	}
	const settings = findNodeAtLocation(root, ['settings']);
	if (settings?.type !== 'object') {
		fault(settings, 'settings', 'takes an object of settings');
		return refused();
	}

	const found: Record<string, unknown> = {};
	for (const { name, node, value, isAgain } of members(settings)) {
		const known = SETTING_NAMES.find((setting) => setting === name);
		if (isAgain) fault(node, name, 'stands here a second time');
		else if (known === undefined) fault(node, name, 'is no setting of this version');
		else if (known === 'keys' && value?.type === 'object') {
			const keys: Record<string, unknown> = {};
			for (const entry of members(value)) {
				const field = `keys.${entry.name}`;
				const given: unknown = entry.value === undefined ? undefined : getNodeValue(entry.value);
				const said = entry.isAgain ? 'stands here a second time' : keyFault(entry.name, given);
				if (said === null) keys[entry.name] = given;
				else fault(entry.node, field, said);
			}
			found[known] = keys;
		} else {
			const given: unknown = value === undefined ? undefined : getNodeValue(value);
			const said = settingFault(known, given);
			if (said === null) found[known] = given;
			else fault(node, name, said);
		}
	}
	if (faults.length > 0) return refused();
	// Each value was checked above against its field.
	const change = found as Partial<SettingsRecord>;
	return {
		isValid: true,
		change,
		differences: differences({ ...options, next: { ...options.current, ...change } })
	};
}

interface Member {
	readonly name: string;
	/** The whole `"name": value`, for its line. */
	readonly node: Node;
	readonly value: Node | undefined;
	/** The same name stood before. */
	readonly isAgain: boolean;
}

function members(object: Node): readonly Member[] {
	const seen = new Set<string>();
	return (object.children ?? []).flatMap((node) => {
		const [key, value] = node.children ?? [];
		if (key === undefined) return [];
		const name = String(getNodeValue(key));
		const isAgain = seen.has(name);
		seen.add(name);
		return [{ name, node, value, isAgain }];
	});
}

/** The themes of a setting, in whatever order a file has their colours; the same text for any other. */
const coloursOf = (name: SettingName, settings: SettingsRecord): string =>
	name === 'themes'
		? JSON.stringify(parseThemes(settings.themes))
		: name === 'themeLight' || name === 'themeDark'
			? JSON.stringify(parseTheme(settings[name]))
			: '';

/** What would change, in words; keys one by one. */
function differences(options: {
	readonly current: SettingsRecord;
	readonly next: SettingsRecord;
	readonly isMac: boolean;
}): readonly SettingsDifference[] {
	const { current, next, isMac } = options;
	const found: SettingsDifference[] = [];
	const plain = (name: SettingName) => {
		const from = describeSetting(name, current);
		const to = describeSetting(name, next);
		if (from !== to) found.push({ label: FIELDS[name].label, from, to });
		// The words are names alone.
		else if (coloursOf(name, current) !== coloursOf(name, next))
			found.push({ label: FIELDS[name].label, from, to: `${to}, other colours` });
	};
	for (const name of SETTING_NAMES) {
		if (name !== 'keys') {
			plain(name);
			continue;
		}
		const ids = new Set([...Object.keys(current.keys), ...Object.keys(next.keys)]);
		for (const id of ids) {
			const from = Object.hasOwn(current.keys, id) ? current.keys[id] : undefined;
			const to = Object.hasOwn(next.keys, id) ? next.keys[id] : undefined;
			if (from === to) continue;
			const words = (chord: string | null | undefined) =>
				chord === undefined ? 'usual key' : keyWords(chord, isMac);
			found.push({ label: actionLabel(id), from: words(from), to: words(to) });
		}
	}
	return found;
}
