// The one order in which an ephemeral node of ours and its key are removed.
// Server only; used by keys/issue.ts and janitor/sweep.ts.
import type { HeadscaleClient } from '../headscale/client';
import type { NodeWire } from '../headscale/wire';
import type { KeyLedger } from './ledger';

/** Expires the key, deletes the node, then the key: a node without its key would be a lasting one.
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
	if (keyId !== undefined) await headscale.expireKey(keyId);
	await headscale.deleteNode(node.id);
	onRemoved();
	if (keyId === undefined) return null;
	await headscale.deleteKey(keyId);
	ledger.remove(keyId);
	return keyId;
}
