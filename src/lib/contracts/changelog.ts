// What is new in each version, as CHANGELOG.md has it. Pure; the window reads its own build's and the
// server's.

/** One version. */
export interface Release {
	readonly version: string;
	/** One line each, plain text. */
	readonly news: readonly string[];
}

/** Any text as releases, newest first: a `##` begins one, a `-` an item, which may go on in the next line. */
export function parseChangelog(text: string): readonly Release[] {
	return text
		.split(/^## /m)
		.slice(1)
		.flatMap((part): readonly Release[] => {
			const [head = '', ...items] = part.split(/^- /m);
			const version = /^\d[\w.+-]{0,31}/.exec(head)?.[0];
			if (version === undefined) return [];
			return [{ version, news: items.map((item) => item.trim().replace(/\s+/g, ' ')) }];
		});
}

/** What the other list has above this version; nothing where it does not know it.
 *  @param other newest first */
export function newerThan(version: string, other: readonly Release[]): readonly Release[] {
	const at = other.findIndex((release) => release.version === version);
	return at < 0 ? [] : other.slice(0, at);
}
