// package-lock.json as the release reads it: what belongs to production, what the server's build imports.
// Node; used by release.ts and sbom.ts.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBuiltin } from 'node:module';
import ts from 'typescript';

/** One entry of the lock, by its folder below the project. */
export interface LockedPackage {
	/** `node_modules/ws`, nested ones with all their folders. */
	readonly folder: string;
	readonly name: string;
	readonly version: string;
	/** As its author spells it. */
	readonly license: string | null;
	readonly integrity: string | null;
	/** Only development asks for it. */
	readonly isDev: boolean;
	/** May be missing, as those for other systems are. */
	readonly isOptional: boolean;
	readonly dependencies: readonly string[];
}

interface RawPackage {
	readonly version?: string;
	readonly license?: string;
	readonly integrity?: string;
	readonly dev?: boolean;
	readonly optional?: boolean;
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export type Lock = ReadonlyMap<string, LockedPackage>;

/** All packages of the lock, by folder. */
export function readLock(root: string): Lock {
	const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
		packages: Readonly<Record<string, RawPackage>>;
	};
	const lock = new Map<string, LockedPackage>();
	for (const [folder, raw] of Object.entries(packages)) {
		if (folder === '') continue;
		lock.set(folder, {
			folder,
			name: folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
			version: raw.version ?? '',
			license: raw.license ?? null,
			integrity: raw.integrity ?? null,
			isDev: raw.dev === true,
			isOptional: raw.optional === true,
			dependencies: Object.keys({ ...raw.dependencies, ...raw.optionalDependencies })
		});
	}
	return lock;
}

/** The package that `name` means inside `folder`: Node's own search, upwards. */
export function resolveIn(lock: Lock, folder: string, name: string): LockedPackage | null {
	const found = lock.get(folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`);
	if (found !== undefined) return found;
	if (folder === '') return null;
	const outer = folder.lastIndexOf('/node_modules/');
	return resolveIn(lock, outer === -1 ? '' : folder.slice(0, outer), name);
}

/** Packages of these names with all that they depend on.
 *  @throws Error for one that the lock does not have */
export function closure(
	lock: Lock,
	root: string,
	names: readonly string[]
): readonly LockedPackage[] {
	const wanted = new Map<string, LockedPackage>();
	const add = (folder: string, name: string): void => {
		const found = resolveIn(lock, folder, name);
		if (found === null)
			throw new Error(`${name}, for ${folder || 'the build'}, is not in the lock`);
		if (wanted.has(found.folder)) return;
		// One for another system is not there.
		if (found.isOptional && !existsSync(join(root, found.folder))) return;
		wanted.set(found.folder, found);
		for (const each of found.dependencies) add(found.folder, each);
	};
	for (const name of names) add('', name);
	return [...wanted.values()].sort(byFolder);
}

export const byFolder = (a: LockedPackage, b: LockedPackage): number =>
	a.folder < b.folder ? -1 : 1;

/** Names of the packages that the server's files import; what lies in build/client runs in windows. */
export function importedPackages(build: string): readonly string[] {
	const names = new Set<string>();
	for (const file of readdirSync(build, { recursive: true, encoding: 'utf8' })) {
		if (!file.endsWith('.js') || file.startsWith('client/')) continue;
		const text = readFileSync(join(build, file), 'utf8');
		for (const { fileName } of ts.preProcessFile(text, true, true).importedFiles) {
			const name = /^(?:@[\w.-]+\/)?[a-z][\w.-]*/i.exec(fileName)?.[0];
			if (name === undefined || isBuiltin(fileName)) continue;
			names.add(name);
		}
	}
	return [...names].sort();
}
