// What one window knows of one object store: the disk's records as it last saw them, and over them what the
// disk refused. Runs in window and service worker; db.ts holds one a store.

export class StoreMemory {
	/** As last read or written; goes in the disk's place where that does not answer. */
	readonly #seen = new Map<string, unknown>();
	/** Refused by the disk; undefined for a record that should be gone. */
	readonly #unsaved = new Map<string, unknown>();
	/** The disk refused to be cleared: nothing that lies there counts. */
	#isCleared = false;

	/** undefined when there is none. */
	value(key: string): unknown {
		if (this.#isCleared || this.#unsaved.has(key)) return this.#unsaved.get(key);
		return this.#seen.get(key);
	}

	/** All records as [key, value], in the order of their keys. */
	entries(): readonly (readonly [string, unknown])[] {
		const merged = new Map(this.#isCleared ? [] : this.#seen);
		for (const [key, value] of this.#unsaved) merged.set(key, value);
		return [...merged]
			.filter(([, value]) => value !== undefined)
			.sort(([a], [b]) => (a < b ? -1 : 1));
	}

	/** Nothing waits for room. */
	get isSaved(): boolean {
		return !this.#isCleared && this.#unsaved.size === 0;
	}

	/** The disk has it; undefined when it has none. */
	see(key: string, value: unknown): void {
		this.#giveWay(key, value);
		if (value === undefined) this.#seen.delete(key);
		else this.#seen.set(key, value);
	}

	/** The disk has these and no others. */
	seeAll(entries: readonly (readonly [string, unknown])[]): void {
		const values = new Map(entries);
		for (const key of [...this.#unsaved.keys()]) this.#giveWay(key, values.get(key));
		this.#seen.clear();
		for (const [key, value] of entries) this.#seen.set(key, value);
	}

	/** Another window has saved a later one since. */
	#giveWay(key: string, value: unknown): void {
		if (this.#isCleared || !this.#unsaved.has(key) || !this.#seen.has(key)) return;
		if (JSON.stringify(this.#seen.get(key)) !== JSON.stringify(value)) this.#unsaved.delete(key);
	}

	/** A record was changed; undefined deletes it.
	 *  @param isSaved false: the disk refused it */
	keep(key: string, value: unknown, isSaved: boolean): void {
		if (isSaved) this.see(key, value);
		// Beside what should have been cleared, the disk cannot tell what was saved since.
		if (isSaved && !this.#isCleared) this.#unsaved.delete(key);
		else this.#unsaved.set(key, value);
	}

	/** @param isSaved false: the disk refused it */
	clear(isSaved: boolean): void {
		this.#seen.clear();
		this.#unsaved.clear();
		this.#isCleared = !isSaved;
	}
}
