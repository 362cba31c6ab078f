// What this device knows about installing the app: how often it was of use, and whether it was offered.
// Window only; client/pwa/install is its only caller. Of the device, not of a person: it stays.
import { isRecord } from '$lib/contracts/parse';
import type { AppDatabase } from './db';

export interface InstallRecord {
	/** Windows in which a shell opened; counted no further than needed. */
	readonly visits: number;
	/** It was offered once, and never is again. */
	readonly isOffered: boolean;
}

const KEY = 'install';
const VISITS_MAX = 100;

export class InstallStore {
	readonly #db: AppDatabase;

	constructor(db: AppDatabase) {
		this.#db = db;
	}

	/** One more window in which a shell opened. */
	async visited(): Promise<InstallRecord> {
		return this.#change(({ visits, isOffered }) => ({
			visits: Math.min(VISITS_MAX, visits + 1),
			isOffered
		}));
	}

	async offered(): Promise<InstallRecord> {
		return this.#change(({ visits }) => ({ visits, isOffered: true }));
	}

	async #change(change: (record: InstallRecord) => InstallRecord): Promise<InstallRecord> {
		return parse(await this.#db.update('settings', KEY, (value) => change(parse(value))));
	}
}

function parse(value: unknown): InstallRecord {
	if (!isRecord(value)) return { visits: 0, isOffered: false };
	const { visits } = value;
	return {
		visits: typeof visits === 'number' && Number.isFinite(visits) ? visits : 0,
		isOffered: value['isOffered'] === true
	};
}
