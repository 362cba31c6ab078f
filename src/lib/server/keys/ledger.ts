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
/** An id, and for a window's key another entry with its public part and the hostname that it was made for. */
const ENTRY = /^(\d{1,20})(?: (hskey-auth-[\w-]{12}) ([a-z0-9-]{1,63}))?$/;

/** A window's key, and the only node that it is for. */
export interface WindowKey {
	readonly publicPart: string;
	readonly hostname: string;
}

export class KeyLedger {
	/** By id; null for the agent's, and where no more is known. */
	readonly #keys: Map<string, WindowKey | null>;
	readonly #file: string | null;
	readonly #log: Logger;
	#writing: Promise<void> = Promise.resolve();
	#isDirty = false;

	/** @param stateDir null: memory only, filled again from the nodes that the janitor sees */
	constructor(stateDir: string | null, log: Logger) {
		this.#file = stateDir === null ? null : join(stateDir, FILE);
		this.#log = log;
		this.#keys =
			this.#file === null ? new Map<string, WindowKey | null>() : readKeys(this.#file, log);
	}

	has(keyId: string): boolean {
		return this.#keys.has(keyId);
	}

	/** What the node was to be called that joins with it; null for a key that is no window's. The id alone would be
	 *  another Headscale's, too. */
	hostnameFor(key: { readonly id: string; readonly publicPart: string }): string | null {
		const known = this.#keys.get(key.id) ?? null;
		return known !== null && known.publicPart !== '' && known.publicPart === key.publicPart
			? known.hostname
			: null;
	}

	/** @param window for a window's key */
	add(keyId: string, window: WindowKey | null = null): void {
		const known = this.#keys.get(keyId);
		const isNews = window !== null && window.publicPart !== known?.publicPart;
		if (known !== undefined && !isNews) return;
		this.#keys.set(keyId, window);
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
			const entries = [...this.#keys.keys()];
			for (const [id, window] of this.#keys)
				if (window !== null) entries.push(`${id} ${window.publicPart} ${window.hostname}`);
			await writeSafely(file, JSON.stringify(entries)).catch((err: unknown) =>
				this.#log.warn({ err }, 'the list of issued keys could not be kept')
			);
		});
	}
}

function readKeys(file: string, log: Logger): Map<string, WindowKey | null> {
	const keys = new Map<string, WindowKey | null>();
	try {
		const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
		for (const entry of Array.isArray(value) ? value : []) {
			const found = typeof entry === 'string' ? ENTRY.exec(entry) : null;
			const [, id = '', publicPart, hostname] = found ?? [];
			if (found === null) continue;
			const isOfWindow = publicPart !== undefined && hostname !== undefined;
			keys.set(id, isOfWindow ? { publicPart, hostname } : null);
		}
	} catch (err) {
		const isNew = err instanceof Error && 'code' in err && err.code === 'ENOENT';
		if (!isNew) log.warn({ err }, 'the list of issued keys is unreadable and begins anew');
	}
	return keys;
}
