// A node that joined with a window's key under a name that the key was not made for. Windows never do that:
// somebody took the key elsewhere, and by its name alone the node would outlive the sign-in.
// Server only; used by keys/issue.ts and the janitor.
import type { NodeWire } from '../headscale/wire';
import type { Hostnames } from './hostname';
import type { KeyLedger } from './ledger';

export function hasFalseName(
	parts: { readonly ledger: KeyLedger; readonly hostnames: Hostnames },
	{ preAuthKey, hostname, userId }: NodeWire
): boolean {
	if (preAuthKey?.isEphemeral !== true || !parts.ledger.isOfWindow(preAuthKey)) return false;
	return !parts.hostnames.isOf(hostname, userId);
}
