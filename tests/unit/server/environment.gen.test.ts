// Writes docs/admin/environment.md, the reference of all settings, and the README's table of them: words and values
// from .env.example; what is accepted, and which value is a default, from the configuration itself. `npm run gen`.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as prettier from 'prettier';
import { expect, it } from 'vitest';
import { ConfigFault, loadConfig } from '../../../src/lib/server/config/load';
import { SETTINGS, type Setting } from '../../../src/lib/server/config/schema';
import { goodEnvironment } from './environment';

/** One setting of .env.example. */
interface Row {
	readonly name: string;
	readonly section: string;
	/** Lines; the first can stand alone. */
	readonly words: readonly string[];
	readonly value: string;
	/** Commented out there. */
	readonly isOptional: boolean;
}

function rows(text: string): readonly Row[] {
	const found: Row[] = [];
	let section = '';
	let words: string[] = [];
	let isAfterSetting = false;
	for (const line of text.split('\n')) {
		const head = /^# --- (.+) ---$/.exec(line)?.[1];
		const [, mark, name, value = ''] = /^(#?)(HEADTAB_[A-Z_]+)=(.*)$/.exec(line) ?? [];
		if (name !== undefined) {
			found.push({ name, section, words, value, isOptional: mark === '#' });
		} else if (head !== undefined) {
			section = head;
		} else if (line.startsWith('# ')) {
			// Words stand before the one or the several settings that they speak of.
			words = isAfterSetting ? [line.slice(2)] : [...words, line.slice(2)];
		} else {
			words = [];
		}
		isAfterSetting = name !== undefined;
	}
	return found;
}

/** Addresses that no example has, so that one that is taken over by another setting is not its default. */
const base = (): Record<string, string | undefined> => ({
	...goodEnvironment(),
	HEADTAB_HEADSCALE_URL: 'https://headscale.internal.example'
});

/** The sentence by which the configuration refuses nonsense here; null where any text will do. */
function rule(name: Setting): string | null {
	// A control character is right nowhere; a word with marks is no number, name or choice.
	for (const nonsense of ['!nonsense!', '\u0007']) {
		try {
			loadConfig({ ...base(), [name]: nonsense });
		} catch (cause) {
			if (!(cause instanceof ConfigFault)) throw cause;
			const said = cause.problems.find(({ setting }) => setting === name)?.problem ?? '';
			const must = /must .+/.exec(said)?.[0];
			if (must !== undefined) return `${must.charAt(0).toUpperCase()}${must.slice(1)}`;
		}
	}
	return null;
}

/** Whether setting it to this value changes nothing. */
function isDefault(name: Setting, value: string): boolean {
	const environment = base();
	try {
		const without = loadConfig({ ...environment, [name]: undefined });
		return isDeepStrictEqual(loadConfig({ ...environment, [name]: value }), without);
	} catch (cause) {
		if (cause instanceof ConfigFault) return false;
		throw cause;
	}
}

const settingOf = ({ name }: Row): Setting => {
	const setting = SETTINGS.find((each) => each === name);
	if (setting === undefined) throw new Error(name);
	return setting;
};

/** What the README's table says in its last column. */
function defaultOf(row: Row): string {
	const value = row.value === '' ? null : `\`${row.value}\``;
	if (value !== null && isDefault(settingOf(row), row.value)) return value;
	const other = /the default is (.+)\./.exec(row.words.join(' '))?.[1];
	const without = row.isOptional ? (other ?? 'none') : 'required';
	return value === null ? without : `${without}, e.g. ${value}`;
}

const formatted = async (lines: readonly string[]): Promise<string> =>
	prettier.format(lines.join('\n'), {
		...(await prettier.resolveConfig('README.md')),
		parser: 'markdown'
	});

const settings = rows(readFileSync('.env.example', 'utf8'));

it('the reference of the settings is fresh', async () => {
	const named = SETTINGS.filter((name) => !name.endsWith('_FILE'));
	expect(settings.map(({ name }) => name).sort()).toEqual([...named].sort());
	const sections = [...new Set(settings.map(({ section }) => section))];
	const lines = [
		'<!-- Written by `npm run gen` from .env.example and src/lib/server/config. Change those. -->',
		'',
		'# Settings',
		'',
		'Every setting is an environment variable. What is wrong or missing is named at start, all of it at once, with',
		'exit code 78. Where there is a name _by file_, that one takes the path of a file instead, which others must not',
		'be able to read; both at once is a fault.'
	];
	for (const section of sections) {
		lines.push('', `## ${section}`, '');
		for (const row of settings.filter((each) => each.section === section)) {
			const name = settingOf(row);
			const must = rule(name);
			lines.push(`### \`${name}\``, '', row.words.join(' '), '');
			if (!row.isOptional && name !== 'HEADTAB_OIDC_CLIENT_SECRET') lines.push('- Required.');
			if (must !== null) lines.push(`- ${must}.`);
			if (row.value !== '') {
				const kind = isDefault(name, row.value) ? 'Default' : 'Example';
				lines.push(`- ${kind}: \`${row.value}\``);
			}
			if (SETTINGS.some((each) => each === `${name}_FILE`))
				lines.push(`- By file: \`${name}_FILE\``);
			lines.push('');
		}
	}
	await expect(await formatted(lines)).toMatchFileSnapshot('../../../docs/admin/environment.md');
});

it('the README’s table of the settings is fresh', async () => {
	const parts = readFileSync('README.md', 'utf8').split(/^<!-- \/?settings -->$/m);
	expect(parts).toHaveLength(3);
	const [before = '', , after = ''] = parts;
	const table = settings.map(
		(row) => `| \`${row.name}\` | ${row.words[0] ?? ''} | ${defaultOf(row)} |`
	);
	const lines = [
		`${before}<!-- settings -->`,
		'',
		'| Setting | Meaning | Default |',
		'| --- | --- | --- |',
		...table,
		'',
		`<!-- /settings -->${after}`
	];
	await expect(await formatted(lines)).toMatchFileSnapshot('../../../README.md');
});
