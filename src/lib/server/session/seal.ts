// Sealed values for cookies: JWE with `dir` and A256GCM, under a list of keys (first seals, all open).
// Server only; login sessions, sign-in attempts and the one-time login error each get a key of their own.
import { createHash, hkdfSync } from 'node:crypto';
import { EncryptJWT, errors, jwtDecrypt, type JWTPayload } from 'jose';

/** A browser drops cookies beyond 4 KiB with name and attributes. */
const TOKEN_MAX_CHARS = 3_700;

interface DerivedKey {
	readonly kid: string;
	readonly bytes: Uint8Array;
}

interface Opened {
	readonly payload: JWTPayload;
	/** False where a key that is going sealed it. */
	readonly isFirstKey: boolean;
}

/** Derives a key for one purpose, so that a value sealed for one is noise for another. */
export function deriveKey(sessionKey: Uint8Array, purpose: string): Uint8Array {
	return new Uint8Array(hkdfSync('sha256', sessionKey, '', `headtab ${purpose}`, 32));
}

export class Sealer {
	readonly #keys: readonly DerivedKey[];
	readonly #purpose: string;
	readonly #now: () => number;

	/** @param options.purpose also the `aud` inside
	 *  @param options.now epoch milliseconds */
	constructor(options: {
		readonly keys: readonly Uint8Array[];
		readonly purpose: string;
		readonly now: () => number;
	}) {
		this.#purpose = options.purpose;
		this.#now = options.now;
		this.#keys = options.keys.map((key) => {
			const bytes = deriveKey(key, `seal ${options.purpose}`);
			return { kid: createHash('sha256').update(bytes).digest('hex').slice(0, 12), bytes };
		});
	}

	/** @param expiresAtS epoch seconds after which it no longer opens
	 *  @throws RangeError when the cookie would be too large for a browser */
	async seal(payload: JWTPayload, expiresAtS: number): Promise<string> {
		const [key] = this.#keys;
		if (key === undefined) throw new RangeError('no session key');
		const token = await new EncryptJWT(payload)
			.setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid: key.kid })
			.setAudience(this.#purpose)
			.setExpirationTime(expiresAtS)
			.encrypt(key.bytes);
		if (token.length > TOKEN_MAX_CHARS) throw new RangeError('sealed value too large for a cookie');
		return token;
	}

	/** The payload, or null for whatever is not ours, damaged, of another purpose or too old. */
	async open(token: string | undefined): Promise<Opened | null> {
		return this.#openAt(token, this.#now());
	}

	/** Whether a value is ours, however old. */
	async isOurs(token: string): Promise<boolean> {
		return (await this.#openAt(token, 0)) !== null;
	}

	/** @param nowMs epoch milliseconds */
	async #openAt(token: string | undefined, nowMs: number): Promise<Opened | null> {
		if (token === undefined || token.length > TOKEN_MAX_CHARS) return null;
		const index = this.#keyIndex(token);
		const key = this.#keys[index];
		if (key === undefined) return null;
		try {
			const { payload } = await jwtDecrypt(token, key.bytes, {
				audience: this.#purpose,
				requiredClaims: ['exp'],
				keyManagementAlgorithms: ['dir'],
				contentEncryptionAlgorithms: ['A256GCM'],
				currentDate: new Date(nowMs)
			});
			return { payload, isFirstKey: index === 0 };
		} catch (cause) {
			if (cause instanceof errors.JOSEError) return null;
			throw cause;
		}
	}

	/** Finds the key, and refuses every header but our own: no other `alg` or `enc`, no `zip`, no `crit`. */
	#keyIndex(token: string): number {
		const [head = '', encryptedKey] = token.split('.');
		if (encryptedKey !== '') return -1;
		const header = Buffer.from(head, 'base64url').toString('utf8');
		return this.#keys.findIndex(
			({ kid }) => header === JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid })
		);
	}
}
