// The one order in which an ephemeral node of ours and its key are removed.
// Server only; used by keys/issue.ts and janitor/sweep.ts.
import type { HeadscaleClient } from '../headscale/client';
import type { NodeWire } from '../headscale/wire';
import type { KeyLedger } from './ledger';

/** Expires the key and deletes the node, then the key: a node without its key would be a lasting one. The
 *  first two at once, as each call costs Headscale a bcrypt and the node has used its single-use key up.
 *  @param onRemoved the node is gone; its key may not be yet
 *  @returns the key that went with it; null when it had none
 *  @throws AppError `headscale-*` */
export async function removeNode(
	parts: { readonly headscale: HeadscaleClient; readonly ledger: KeyLedger },
	node: NodeWire,
	onRemoved: () => void
): Promise<string | null> {
	const { headscale, ledger } = parts;
	const keyId = node.preAuthKey?.id;
	const expired = keyId === undefined ? Promise.resolve() : headscale.expireKey(keyId);
	const deleted = headscale.deleteNode(node.id).then(onRemoved);
	// Both to their end: what fails is told, and the other is not left to itself.
	for (const end of await Promise.allSettled([expired, deleted]))
		if (end.status === 'rejected') throw end.reason;
	if (keyId === undefined) return null;
	await headscale.deleteKey(keyId);
	ledger.remove(keyId);
	return keyId;
}
