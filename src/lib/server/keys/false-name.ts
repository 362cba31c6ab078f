// A node that joined with a window's key under a name that the key was not made for. Windows never do that:
// somebody took the key elsewhere, and by its name alone the node would outlive the sign-in.
// Server only; used by keys/issue.ts and the janitor.
import type { NodeWire } from '../headscale/wire';
import type { KeyLedger } from './ledger';

export function hasFalseName(ledger: KeyLedger, { preAuthKey, hostname }: NodeWire): boolean {
	if (preAuthKey?.isEphemeral !== true) return false;
	// As it was written down: after a change of the session keys names no longer prove themselves.
	const meant = ledger.hostnameFor(preAuthKey);
	return meant !== null && meant !== hostname;
}
