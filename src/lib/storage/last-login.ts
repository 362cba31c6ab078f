// Who was signed in on this device last, and what the deployment was: enough to open without a network.
// No credential is among it. Window only; client/person/remembered-login is its only caller.
import { LAST_LOGIN_KEY, type AppDatabase } from './db';

export class LastLoginStore {
	readonly #db: AppDatabase;

	constructor(db: AppDatabase) {
		this.#db = db;
	}

	/** As it was saved, or what else lies there: the caller parses. */
	async load(): Promise<unknown> {
		return this.#db.get('meta', LAST_LOGIN_KEY);
	}

	/** What another person left is forgotten by `adoptPerson`, before anything of theirs is shown. */
	async save(login: unknown): Promise<void> {
		await this.#db.put('meta', LAST_LOGIN_KEY, login);
	}

	/** Nobody is signed in; the lists stay for when the same person comes back. */
	async drop(): Promise<void> {
		await this.#db.delete('meta', LAST_LOGIN_KEY);
	}
}
