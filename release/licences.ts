// Licence texts of everything shipped: of npm packages, whole or inside bundles, of Go modules and of Go.
// Node; used by release.ts. Fonts have theirs beside them in build/client/fonts.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LockedPackage } from './lock';
import type { GoModules } from './modules';

const LICENCE_FILE = /^(licen[cs]e|copying|notice|copyright)([.-].*)?$/i;

/** Texts by the name of their file below `licences/`. */
export function licences(
	root: string,
	packages: readonly LockedPackage[],
	modules: GoModules
): ReadonlyMap<string, string> {
	const texts = new Map<string, string>();
	for (const { folder, name, version, license } of packages) {
		const found = textsIn(join(root, folder));
		const said = `${name} ${version} says of itself that its licence is ${license ?? 'none'}; its package has no text of it.\n`;
		texts.set(`npm/${fileName(name, version)}`, found ?? said);
	}
	for (const { path, version, folder } of modules.required) {
		const found = textsIn(folder);
		// Without one nobody may pass the module on.
		if (found === null) throw new Error(`${path} ${version} has no licence in ${folder}`);
		texts.set(`go/${fileName(path, version)}`, found);
	}
	return texts;
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

const fileName = (name: string, version: string): string =>
	`${name.replaceAll('/', '+')}@${version}.txt`;
