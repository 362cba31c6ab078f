// The list of what a build serves to browsers, with SHA-256: `served.txt` among the served files themselves, so that
// a window, or anybody with sha256sum, compares what came with what was built. Node; used by finish.ts and contents.ts;
// src/lib/contracts/served.ts reads it.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export const SERVED_FILE = 'served.txt';

export interface Source {
	readonly version: string;
	/** null where the sources are no commit. */
	readonly commit: string | null;
}

/** Not the list itself, and not the compressed copies: a browser unpacks those before anybody sees them. */
const isListed = (path: string): boolean => path !== SERVED_FILE && !/\.(br|gz|map)$/.test(path);

/** @param client the folder that is served
 *  @returns lines as sha256sum writes them, for `sha256sum --check` in that folder, which skips the head */
export function servedList(client: string, source: Source): string {
	const paths = readdirSync(client, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => relative(client, join(entry.parentPath, entry.name)).split(sep).join('/'))
		.filter(isListed)
		.sort();
	const lines = paths.map((path) => `${sha256(readFileSync(join(client, path)))}  ${path}\n`);
	return head(source) + lines.join('');
}

/** The list of the same files, of a build that was kept over commits that do not touch them. */
export const withSource = (list: string, source: Source): string =>
	head(source) + list.replaceAll(/^#.*\n/gm, '');

const head = ({ version, commit }: Source): string =>
	`# Headtab ${version}\n${commit === null ? '' : `# commit ${commit}\n`}`;

export const sha256 = (bytes: Uint8Array): string =>
	createHash('sha256').update(bytes).digest('hex');
