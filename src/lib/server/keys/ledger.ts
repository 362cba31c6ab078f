// Ids of the pre-auth keys that this server made, until their records are gone from Headscale: a key that
// was expired early carries no mark any more (keys/mark.ts). Kept in a file where there is a folder for it.
// Server only; written by keys/issue.ts and the agent, read by the janitor.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../log';
import { writeSafely } from '../state/file';

const FILE = 'keys.json';
/** About a month of a busy server; the oldest go first. */
const ENTRIES_MAX = 20_000;
/** An id, and for a window's key another entry with its public part. */
const ENTRY = /^(\d{1,20})(?: (hskey-auth-[\w-]{12}))?$/;

export class KeyLedger {
	/** Id → public part of a window's key; empty for the agent's, and where it is not known. */
	readonly #keys: Map<string, string>;
	readonly #file: string | null;
	readonly #log: Logger;
	#writing: Promise<void> = Promise.resolve();
	#isDirty = false;

	/** @param stateDir null: memory only, filled again from the nodes that the janitor sees */
	constructor(stateDir: string | null, log: Logger) {
		this.#file = stateDir === null ? null : join(stateDir, FILE);
		this.#log = log;
		this.#keys = this.#file === null ? new Map<string, string>() : readKeys(this.#file, log);
	}

	has(keyId: string): boolean {
		return this.#keys.has(keyId);
	}

	/** Whether a window's node was to join with it. */
	isOfWindow(key: { readonly id: string; readonly publicPart: string }): boolean {
		return key.publicPart !== '' && this.#keys.get(key.id) === key.publicPart;
	}

	/** @param publicPart of a window's key; empty for the agent's */
	add(keyId: string, publicPart = ''): void {
		const known = this.#keys.get(keyId);
		if (known !== undefined && (known === publicPart || publicPart === '')) return;
		this.#keys.set(keyId, publicPart);
		const [oldest] = this.#keys.keys();
		if (oldest !== undefined && this.#keys.size > ENTRIES_MAX) this.#keys.delete(oldest);
		this.#save();
	}

	remove(keyId: string): void {
		if (this.#keys.delete(keyId)) this.#save();
	}

	/** Resolves when everything is on disk. */
	async flush(): Promise<void> {
		await this.#writing;
	}

	/** One write at a time; changes meanwhile are in the next. */
	#save(): void {
		const file = this.#file;
		if (file === null || this.#isDirty) return;
		this.#isDirty = true;
		this.#writing = this.#writing.then(async () => {
			this.#isDirty = false;
			// The ids apart, for a version that knows nothing else.
			const named = [...this.#keys].filter(([, publicPart]) => publicPart !== '');
			const entries = [...this.#keys.keys(), ...named.map((entry) => entry.join(' '))];
			await writeSafely(file, JSON.stringify(entries)).catch((err: unknown) =>
				this.#log.warn({ err }, 'the list of issued keys could not be kept')
			);
		});
	}
}

function readKeys(file: string, log: Logger): Map<string, string> {
	const keys = new Map<string, string>();
	try {
		const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
		for (const entry of Array.isArray(value) ? value : []) {
			const [, id, publicPart = ''] = typeof entry === 'string' ? (ENTRY.exec(entry) ?? []) : [];
			if (id !== undefined) keys.set(id, publicPart);
		}
	} catch (err) {
		const isNew = err instanceof Error && 'code' in err && err.code === 'ENOENT';
		if (!isNew) log.warn({ err }, 'the list of issued keys is unreadable and begins anew');
	}
	return keys;
}
