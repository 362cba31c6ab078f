// Licences of everything shipped: of npm packages, whole or inside bundles, of Go modules, of Go, of the faces.
// Node; used by contents.ts (one file each), sbom.ts (their names) and finish.ts (one page of all).
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readFaces } from './fonts';
import type { LockedPackage } from './lock';
import type { GoModules } from './modules';
import { spdxOf } from './spdx';

const LICENCE_FILE = /^(licen[cs]e|copying|notice|copyright)([.-].*)?$/i;

/** One thing of somebody else's that goes along. */
export interface Part {
	readonly kind: 'npm' | 'go' | 'font';
	readonly name: string;
	/** Empty for faces, whose words have it. */
	readonly version: string;
	/** SPDX, one id or an expression. */
	readonly license: string;
	readonly text: string;
}

/** @throws Error for a part whose licence nobody knows: it may not be passed on */
export function readParts(
	root: string,
	packages: readonly LockedPackage[],
	modules: GoModules
): readonly Part[] {
	const npm = packages.map(({ folder, name, version, license }): Part => {
		const found = textsIn(join(root, folder));
		const said = `${name} ${version} says of itself that its licence is ${license ?? 'none'}; its package has no text of it.\n`;
		const known = license ?? (found === null ? null : spdxOf(found));
		if (known === null) throw new Error(`${name} ${version} has no licence`);
		return { kind: 'npm', name, version, license: known, text: found ?? said };
	});
	const go = modules.required.map(({ path, version, folder }): Part => {
		const text = textsIn(folder);
		const license = text === null ? null : spdxOf(text);
		if (text === null || license === null)
			throw new Error(`${path} ${version} has no licence that is known, in ${folder}`);
		return { kind: 'go', name: path, version, license, text };
	});
	const faces = readFaces(root).map(({ files, words, license, text }): Part => {
		return {
			kind: 'font',
			name: files.join(', '),
			version: '',
			license,
			text: `${words}\n\n${text}`
		};
	});
	return [...npm, ...go, ...faces];
}

/** Files of the release's folder `licences/`; the faces have theirs beside them in build/client/fonts. */
export function licenceFiles(parts: readonly Part[]): ReadonlyMap<string, string> {
	return new Map(
		parts
			.filter(({ kind }) => kind !== 'font')
			.map(({ kind, name, version, text }) => [
				`${kind}/${name.replaceAll('/', '+')}@${version}.txt`,
				text
			])
	);
}

const RULE = '-'.repeat(79);

/** All of it as one page: a list of who and what, then the texts, equal ones once. */
export function licencePage(version: string, parts: readonly Part[]): string {
	const titled = parts.map((part) => ({
		...part,
		title: [part.name, part.version].filter((word) => word !== '').join(' ')
	}));
	const list = titled.map(({ title, license }) => `${title}: ${license}`);
	const byText = new Map<string, string[]>();
	for (const { title, text } of titled) byText.set(text, [...(byText.get(text) ?? []), title]);
	const texts = [...byText].map(
		([text, titles]) => `${RULE}\n${titles.join('\n')}\n${RULE}\n\n${text.trim()}\n`
	);
	return [
		`Headtab ${version} is MIT. What it is made of, of others, with their licences:\n`,
		...list,
		'',
		...texts
	].join('\n');
}

/** All licence files of a folder, one after the other. */
function textsIn(folder: string): string | null {
	if (!existsSync(folder)) return null;
	const names = readdirSync(folder)
		.filter((name) => LICENCE_FILE.test(name) && statSync(join(folder, name)).isFile())
		.sort();
	if (names.length === 0) return null;
	return names
		.map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n'))
		.join('\n');
}
