// Expiries of pre-auth keys that prove by themselves that the key is ours: their microseconds are a keyed
// hash. Headscale keeps no name or note with a key, and an answer may be lost after the key was made.
// Server only; used by keys/issue.ts, the agent and the janitor.
import { createHmac } from 'node:crypto';
import { deriveKey } from '../session/seal';

const MICROS = 1_000_000;

export class KeyMarks {
	readonly #keys: readonly Uint8Array[];

	/** @param sessionKeys the first makes marks, all recognise them */
	constructor(sessionKeys: readonly Uint8Array[]) {
		this.#keys = sessionKeys.map((key) => deriveKey(key, 'key-mark'));
	}

	/** RFC 3339 for a key that is to expire in the second of `atMs`.
	 *  @param userId of the owner; empty for a tagged key */
	expiration(userId: string, atMs: number): string {
		const [key] = this.#keys;
		if (key === undefined) throw new RangeError('no session key');
		const second = Math.floor(atMs / 1000);
		const digits = String(mark(key, userId, second)).padStart(6, '0');
		return `${new Date(second * 1000).toISOString().slice(0, 19)}.${digits}Z`;
	}

	/** Whether a key of this owner and expiry was made here; one foreign key in a million looks so.
	 *  A key that was expired early has lost its mark. */
	isOurs(key: { readonly userId: string; readonly expiration: string }): boolean {
		const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(key.expiration);
		if (match === null) return false;
		const nanos = (match[2] ?? '').padEnd(9, '0');
		if (!nanos.endsWith('000')) return false;
		const second = Date.parse(`${match[1] ?? ''}Z`) / 1000;
		const found = Number(nanos.slice(0, 6));
		return this.#keys.some((own) => mark(own, key.userId, second) === found);
	}
}

/** Never 0, which an expiry of whole seconds has. */
function mark(key: Uint8Array, userId: string, second: number): number {
	const bytes = createHmac('sha256', key)
		.update(`${userId} ${String(second)}`)
		.digest();
	return 1 + (bytes.readUInt32BE(0) % (MICROS - 1));
}
