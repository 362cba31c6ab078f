// Hostnames of browser nodes: `headtab-{rand8}-{tag8}-{mac10}`. They prove by themselves that a node is
// ours, whose it is and which login session made it, so nothing about nodes is kept on the server.
// The agent's is `headtab-agent-{rand8}-{mac10}`. Server only; used by keys/issue.ts, agent and janitor.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { deriveKey } from '../session/seal';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const AGENT_SHAPE = /^headtab-agent-([a-z2-7]{8})-([a-z2-7]{10})$/;
const SHAPE = /^headtab-([a-z2-7]{8})-([a-z2-7]{8})-([a-z2-7]{10})$/;

/** First characters of a keyed hash, in base32: 5 bits each. */
function tag(key: Uint8Array, text: string, length: number): string {
	const bytes = createHmac('sha256', key).update(text).digest();
	return base32(bytes, length);
}

const base32 = (bytes: Uint8Array, length: number): string =>
	Array.from(bytes.subarray(0, length), (byte) => ALPHABET[byte & 31]).join('');

const isSame = (a: string, b: string): boolean =>
	a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

/** Who a node belongs to. */
export interface NodeOwner {
	readonly sid: string;
	/** Headscale user id. */
	readonly userId: string;
}

export class Hostnames {
	readonly #keys: readonly Uint8Array[];

	/** @param sessionKeys the first makes names, all recognise them */
	constructor(sessionKeys: readonly Uint8Array[]) {
		this.#keys = sessionKeys.map((key) => deriveKey(key, 'hostname'));
	}

	/** A new name for one node of one window. */
	make({ sid, userId }: NodeOwner): string {
		const [key] = this.#keys;
		if (key === undefined) throw new RangeError('no session key');
		const random = base32(randomBytes(8), 8);
		const session = tag(key, `session ${sid}`, 8);
		return `headtab-${random}-${session}-${tag(key, `node ${random} ${session} ${userId}`, 10)}`;
	}

	/** A new name for the server's own node. */
	makeAgent(): string {
		const [key] = this.#keys;
		if (key === undefined) throw new RangeError('no session key');
		const random = base32(randomBytes(8), 8);
		return `headtab-agent-${random}-${tag(key, `agent ${random}`, 10)}`;
	}

	/** Whether the name was made for an agent of this deployment. */
	isAgent(hostname: string): boolean {
		const [, random = '', mac = ''] = AGENT_SHAPE.exec(hostname) ?? [];
		return this.#keys.some((key) => isSame(mac, tag(key, `agent ${random}`, 10)));
	}

	/** Whether the name was made for this person, by whichever sign-in. */
	isOf(hostname: string, userId: string): boolean {
		const [, random = '', session = '', mac = ''] = SHAPE.exec(hostname) ?? [];
		return this.#keys.some((key) =>
			isSame(mac, tag(key, `node ${random} ${session} ${userId}`, 10))
		);
	}

	/** Whether this very login session of this person made the name. */
	isOwn(hostname: string, { sid, userId }: NodeOwner): boolean {
		const parts = SHAPE.exec(hostname);
		if (parts === null) return false;
		const [, random = '', session = '', mac = ''] = parts;
		return this.#keys.some(
			(key) =>
				isSame(session, tag(key, `session ${sid}`, 8)) &&
				isSame(mac, tag(key, `node ${random} ${session} ${userId}`, 10))
		);
	}
}
