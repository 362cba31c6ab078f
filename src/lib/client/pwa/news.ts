// What is new: in this window's own build, and in the one that the server has by now. Window only; Settings
// and the offer of an update show it.
import { newerThan, parseChangelog, type Release } from '$lib/contracts/changelog';
import changelog from '../../../../CHANGELOG.md?raw';

export type { Release };

/** Of this build, newest first. */
export const RELEASES: readonly Release[] = parseChangelog(changelog);

/** What the server's build has that this one has not; nothing where that cannot be told. */
export async function waitingNews(fetch: typeof globalThis.fetch): Promise<readonly Release[]> {
	const [own] = RELEASES;
	if (own === undefined) return [];
	try {
		const response = await fetch('/changelog', { cache: 'no-store' });
		return response.ok ? newerThan(own.version, parseChangelog(await response.text())) : [];
	} catch (error) {
		// No network: the offer says less.
		if (error instanceof TypeError) return [];
		throw error;
	}
}
