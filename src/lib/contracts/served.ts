// The list of what a build serves, as release/served.ts writes it and a window reads it: lines of sha256sum, with
// version and commit above them. Pure.

export const SERVED_LIST_PATH = '/served.txt';
/** The Go module's file in the list; it is served under its hash. */
export const SERVED_MODULE = 'wasm/headtab.wasm';
/** More than any build has; a file that somebody chooses is read no further. */
export const SERVED_LIST_MAX_BYTES = 256 * 1024;

export interface ServedList {
	/** Empty where the list does not say. */
	readonly version: string;
	/** null for a build of sources that are no commit. */
	readonly commit: string | null;
	/** SHA-256 in hex, by path below the server's origin. */
	readonly files: ReadonlyMap<string, string>;
}

/** @returns null for a text that has no line of such a list */
export function parseServedList(text: string): ServedList | null {
	const files = new Map<string, string>();
	for (const [, sha256 = '', path = ''] of text.matchAll(/^([0-9a-f]{64}) [ *](\S+)\r?$/gm))
		files.set(path, sha256);
	if (files.size === 0) return null;
	return {
		version: /^# Headtab (\d[\w.+-]{0,31})\r?$/m.exec(text)?.[1] ?? '',
		commit: /^# commit ([0-9a-f]{40,64})\r?$/m.exec(text)?.[1] ?? null,
		files
	};
}
