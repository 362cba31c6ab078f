// Which npm packages a build holds, whole or inside its bundles. Node; used by contents.ts and finish.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { byFolder, closure, type Lock, type LockedPackage } from './lock';

/** What our own package.json names under `dependencies`. */
export function directPackages(root: string): readonly string[] {
	const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
		dependencies: Readonly<Record<string, string>>;
	};
	return Object.keys(own.dependencies);
}

/** Packages whose code is in the archive: what we depend on, what the builds have taken from development's
 *  packages, and the one whose files kit copies. */
export function shippedPackages(root: string, lock: Lock): readonly LockedPackage[] {
	const listed = JSON.parse(readFileSync(join(root, 'build', 'packages.json'), 'utf8')) as string[];
	const bundled = [...listed, 'node_modules/@sveltejs/adapter-node'].map((folder) => {
		const found = lock.get(folder);
		if (found === undefined) throw new Error(`${folder} is in the build, but not in the lock`);
		return found;
	});
	const all = [...bundled, ...closure(lock, root, directPackages(root))];
	return [...new Map(all.map((each) => [each.folder, each])).values()].sort(byFolder);
}
