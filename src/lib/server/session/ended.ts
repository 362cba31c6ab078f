// Which sign-ins are over before their time: one, all of a person's, or those of one sign-in at the provider.
// Bounded; holds hashes. Server only; session/login-session.ts asks it, session/ended-log.ts shares it.
import { createHash } from 'node:crypto';
import { isRecord } from '$lib/contracts/parse';

/** What an entry names: a sign-in here, a person, a sign-in at the provider, or the sign-ins of a person
 *  that do not say which one at the provider they came from. */
const KINDS = ['sid', 'person', 'provider', 'unnamed'] as const;
export type EndedKind = (typeof KINDS)[number];

export interface EndedEntry {
	readonly kind: EndedKind;
	/** A hash: it is no credential, wherever it is kept. */
	readonly id: string;
	/** Sign-ins up to this time are over, epoch ms. */
	readonly beforeMs: number;
	/** No sign-in that it means lives longer, epoch ms. */
	readonly untilMs: number;
}

/** A sign-in as far as it is asked for here. */
export interface EndedQuestion {
	readonly sid: string;
	readonly identity: { readonly iss: string; readonly sub: string; readonly providerSid?: string };
	/** Epoch seconds, with their fraction. */
	readonly issuedAtS: number;
}

/** 200 bytes each. The oldest give way, which only somebody who signs in 50,000 times within a week sees. */
const ENTRIES_MAX = 50_000;

/** The hash by which an entry names what it means. */
export const endedId = (...parts: readonly string[]): string =>
	createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 32);

const keyOf = ({ kind, id }: Pick<EndedEntry, 'kind' | 'id'>): string => `${kind}:${id}`;

export class EndedSessions {
	readonly #now: () => number;
	readonly #max: number;
	readonly #entries = new Map<string, EndedEntry>();
	readonly #keys = new WeakMap<EndedQuestion, readonly string[]>();
	readonly #listeners = new Set<(entry: EndedEntry) => void>();

	constructor(options: { readonly now: () => number; readonly max?: number }) {
		this.#now = options.now;
		this.#max = options.max ?? ENTRIES_MAX;
	}

	get size(): number {
		return this.#entries.size;
	}

	/** Takes an entry, wherever it comes from. @returns whether it says anything new */
	add(entry: EndedEntry): boolean {
		if (entry.untilMs <= this.#now()) return false;
		const key = keyOf(entry);
		const before = this.#entries.get(key);
		if (
			before !== undefined &&
			before.beforeMs >= entry.beforeMs &&
			before.untilMs >= entry.untilMs
		)
			return false;
		const whole = {
			...entry,
			beforeMs: Math.max(entry.beforeMs, before?.beforeMs ?? 0),
			untilMs: Math.max(entry.untilMs, before?.untilMs ?? 0)
		};
		if (before === undefined && this.#entries.size >= this.#max) this.#makeRoom();
		this.#entries.set(key, whole);
		for (const listener of this.#listeners) listener(whole);
		return true;
	}

	/** Whether a sign-in is over. */
	has(session: EndedQuestion): boolean {
		const issuedAtMs = session.issuedAtS * 1000;
		return this.#keysOf(session).some((key) => {
			const entry = this.#entries.get(key);
			return entry !== undefined && entry.untilMs > this.#now() && issuedAtMs <= entry.beforeMs;
		});
	}

	/** Those that still mean anything. */
	living(): readonly EndedEntry[] {
		const nowMs = this.#now();
		return [...this.#entries.values()].filter(({ untilMs }) => untilMs > nowMs);
	}

	/** @returns a function that ends the listening */
	onAdd(listener: (entry: EndedEntry) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** The keys of the entries that may mean a session; each connection's session is asked for often. */
	#keysOf(session: EndedQuestion): readonly string[] {
		const known = this.#keys.get(session);
		if (known !== undefined) return known;
		const { sid, identity } = session;
		const { iss, sub, providerSid } = identity;
		const keys = [
			keyOf({ kind: 'sid', id: endedId(sid) }),
			keyOf({ kind: 'person', id: endedId(iss, sub) }),
			providerSid === undefined
				? keyOf({ kind: 'unnamed', id: endedId(iss, sub) })
				: keyOf({ kind: 'provider', id: endedId(iss, providerSid) })
		];
		this.#keys.set(session, keys);
		return keys;
	}

	#makeRoom(): void {
		const nowMs = this.#now();
		for (const [key, { untilMs }] of this.#entries) if (untilMs <= nowMs) this.#entries.delete(key);
		const [oldest] = this.#entries.keys();
		if (oldest !== undefined && this.#entries.size >= this.#max) this.#entries.delete(oldest);
	}
}

/** What another replica wrote; null for what no replica writes. */
export function parseEndedEntry(value: unknown): EndedEntry | null {
	if (!isRecord(value)) return null;
	const { kind, id, beforeMs, untilMs } = value;
	const known = KINDS.find((candidate) => candidate === kind);
	if (
		known === undefined ||
		typeof id !== 'string' ||
		typeof beforeMs !== 'number' ||
		typeof untilMs !== 'number'
	)
		return null;
	return { kind: known, id, beforeMs, untilMs };
}
