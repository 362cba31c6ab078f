// What must be true of Headscale whatever was ended when: no node of a window that would last, no key that
// works beyond its time. Each gives what is wrong, in words.
import type { Headscale, HeadscaleNode } from '../../stack/headscale';

/** Headscale's clock and ours are the machine's; this is for a busy one. */
const KEY_GRACE_MS = 5_000;

/** A node of a window of the person. */
export const isWindow = (node: HeadscaleNode): boolean =>
	node.givenName.startsWith('headtab-') && node.user?.name === 'alice';

/** Windows' nodes that Headscale would never remove by itself. */
export async function lastingNodes(headscale: Headscale): Promise<readonly string[]> {
	return (await headscale.nodes())
		.filter((node) => isWindow(node) && node.preAuthKey?.ephemeral !== true)
		.map(({ givenName }) => `${givenName} lasts`);
}

/** Keys of the person that somebody could join with although they are older than keys get. */
export async function oldKeys(headscale: Headscale, ttlS: number): Promise<readonly string[]> {
	const nowMs = Date.now();
	return (await headscale.preAuthKeys())
		.filter(
			({ user, used, expiration, createdAt }) =>
				user?.name === 'alice' &&
				!used &&
				Date.parse(expiration) > nowMs &&
				Date.parse(createdAt) + ttlS * 1_000 + KEY_GRACE_MS < nowMs
		)
		.map(({ id, createdAt, expiration }) => `key ${id} of ${createdAt} works until ${expiration}`);
}

/** Keys of the person that somebody could join with now. */
export async function usableKeys(headscale: Headscale): Promise<readonly string[]> {
	return (await headscale.preAuthKeys())
		.filter(
			({ user, used, expiration }) =>
				user?.name === 'alice' && !used && Date.parse(expiration) > Date.now()
		)
		.map(({ id }) => id);
}
