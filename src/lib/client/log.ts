// A short memory of what happened in this window, for the diagnosis report. Window only.
// Holds codes, ids and phases: never keys, output, input or names of other machines.
import type { WireError } from '$lib/contracts/app-error';

/** Entries kept; older ones fall out. */
const LOG_ENTRIES_MAX = 200;

export interface LogEntry {
	readonly atMs: number;
	/** `node`, `ssh`, `terminal`, `api`. */
	readonly area: string;
	readonly text: string;
}

export class ClientLog {
	readonly #entries: LogEntry[] = [];
	readonly #now: () => number;

	constructor(now: () => number = Date.now) {
		this.#now = now;
	}

	get entries(): readonly LogEntry[] {
		return this.#entries;
	}

	/** @param text made of our own words, codes and numbers only */
	add(area: string, text: string): void {
		this.#entries.push({ atMs: this.#now(), area, text });
		if (this.#entries.length > LOG_ENTRIES_MAX) this.#entries.shift();
	}

	error(area: string, error: WireError): void {
		this.add(area, `${error.code} (${error.id})`);
	}
}
