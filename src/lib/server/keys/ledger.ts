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
const ID = /^\d{1,20}$/;

export class KeyLedger {
	readonly #ids: Set<string>;
	readonly #file: string | null;
	readonly #log: Logger;
	#writing: Promise<void> = Promise.resolve();
	#isDirty = false;

	/** @param stateDir null: memory only, filled again from the nodes that the janitor sees */
	constructor(stateDir: string | null, log: Logger) {
		this.#file = stateDir === null ? null : join(stateDir, FILE);
		this.#log = log;
		this.#ids = new Set(this.#file === null ? [] : readIds(this.#file, log));
	}

	has(keyId: string): boolean {
		return this.#ids.has(keyId);
	}

	add(keyId: string): void {
		if (this.#ids.has(keyId)) return;
		this.#ids.add(keyId);
		const [oldest] = this.#ids;
		if (oldest !== undefined && this.#ids.size > ENTRIES_MAX) this.#ids.delete(oldest);
		this.#save();
	}

	remove(keyId: string): void {
		if (this.#ids.delete(keyId)) this.#save();
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
			await writeSafely(file, JSON.stringify([...this.#ids])).catch((err: unknown) =>
				this.#log.warn({ err }, 'the list of issued keys could not be kept')
			);
		});
	}
}

function readIds(file: string, log: Logger): readonly string[] {
	try {
		const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
		return Array.isArray(value)
			? value.filter((id): id is string => typeof id === 'string' && ID.test(id))
			: [];
	} catch (err) {
		const isNew = err instanceof Error && 'code' in err && err.code === 'ENOENT';
		if (!isNew) log.warn({ err }, 'the list of issued keys is unreadable and begins anew');
		return [];
	}
}
