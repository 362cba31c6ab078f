// Writes docs/admin/environment.md, the reference of all settings: words and defaults from .env.example, what
// is accepted from the configuration itself, which says so of nonsense. `npm run gen` writes it.
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
	readonly words: string;
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
			found.push({ name, section, words: words.join(' '), value, isOptional: mark === '#' });
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

const base = (): Record<string, string | undefined> => goodEnvironment();

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

it('the reference of the settings is fresh', async () => {
	const settings = rows(readFileSync('.env.example', 'utf8'));
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
			const name = SETTINGS.find((each) => each === row.name);
			if (name === undefined) throw new Error(row.name);
			const must = rule(name);
			lines.push(`### \`${name}\``, '', row.words, '');
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
	const text = await prettier.format(lines.join('\n'), {
		...(await prettier.resolveConfig('README.md')),
		parser: 'markdown'
	});
	await expect(text).toMatchFileSnapshot('../../../docs/admin/environment.md');
});
