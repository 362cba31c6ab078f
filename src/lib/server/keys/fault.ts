// Whether Headscale made the pre-auth key that was asked for: what it made by mistake must not be used.
// Server only; used by keys/issue.ts and agent/keys.ts.
import type { KeyRequest } from '../headscale/client';
import type { PreAuthKeyWire } from '../headscale/wire';

/** How far the answer's expiry may lie beside what was asked for. */
const EXPIRY_TOLERANCE_MS = 5_000;

export interface AskedKey {
	readonly owner: KeyRequest['owner'];
	readonly isEphemeral: boolean;
	/** Headscale's clock when it was asked, epoch ms. */
	readonly headscaleNow: number;
	/** When it should expire by that clock, epoch ms. */
	readonly wanted: number;
}

/** What is wrong with a key; null when it is the one that was asked for. */
export function keyFault(key: PreAuthKeyWire, asked: AskedKey): string | null {
	const { owner, isEphemeral, headscaleNow, wanted } = asked;
	if (key.isEphemeral !== isEphemeral)
		return isEphemeral ? 'it would make a lasting node' : 'it would make an ephemeral node';
	if (key.isReusable) return 'it could be used more than once';
	if (key.isUsed) return 'it is used already';
	if ('userId' in owner) {
		if (key.userId !== owner.userId) return 'it belongs to another user';
		if (key.tags.length > 0) return 'it has tags';
	} else if (key.tags.length !== 1 || key.tags[0] !== owner.tag) return 'it has other tags';
	if (!/^hskey-auth-[A-Za-z0-9_-]{16,200}$/.test(key.key)) return 'it has another form';
	if (!(key.expiresAtMs > headscaleNow)) return 'it has expired already';
	if (key.expiresAtMs > wanted + EXPIRY_TOLERANCE_MS) return 'it lives longer than asked for';
	return null;
}
