// Whether this device was asked to keep the app's storage: a browser may show a question, so once is
// enough. Window only; client/pwa/device-storage is its only caller.
import type { AppDatabase } from './db';

export class PersistenceStore {
	readonly #db: AppDatabase;

	constructor(db: AppDatabase) {
		this.#db = db;
	}

	async wasAsked(): Promise<boolean> {
		return (await this.#db.get('settings', 'persistence')) === 'asked';
	}

	async setAsked(): Promise<void> {
		await this.#db.put('settings', 'persistence', 'asked');
	}
}
