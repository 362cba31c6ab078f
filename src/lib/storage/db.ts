// The one IndexedDB of the app: schema, upgrades, and memory in its place where it is blocked (P4).
// Runs in window and service worker; only storage/* uses it.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';

/** Name and version of the database; a higher version than ours is left alone (memory is used then). */
const DB_NAME = 'headtab';
const DB_VERSION = 2;

/** Object stores. Keys are strings; records are parsed by the module that owns the store. */
export type StoreName = 'recents' | 'peers' | 'host-keys' | 'settings' | 'windows' | 'meta';
const STORES: readonly StoreName[] = [
	'recents',
	'peers',
	'host-keys',
	'settings',
	'windows',
	'meta'
];

interface Schema extends DBSchema {
	recents: { key: string; value: unknown };
	peers: { key: string; value: unknown };
	'host-keys': { key: string; value: unknown };
	settings: { key: string; value: unknown };
	windows: { key: string; value: unknown };
	meta: { key: string; value: unknown };
}

/** Records by store and key. A write that the browser refuses (quota) is kept in memory. */
export class AppDatabase {
	readonly #memory = new Map<StoreName, Map<string, unknown>>();
	#db: IDBPDatabase<Schema> | null;

	constructor(db: IDBPDatabase<Schema> | null) {
		this.#db = db;
	}

	/** False when IndexedDB is blocked or full: nothing outlives the window, and the person is told. */
	get isPersistent(): boolean {
		return this.#db !== null;
	}

	async get(store: StoreName, key: string): Promise<unknown> {
		const kept = this.#memory.get(store);
		if (kept?.has(key)) return kept.get(key);
		return this.#try((db) => db.get(store, key), undefined);
	}

	/** All records as [key, value], in the order of their keys. */
	async entries(store: StoreName): Promise<readonly (readonly [string, unknown])[]> {
		const stored = await this.#try(async (db) => {
			const transaction = db.transaction(store);
			const [keys, values] = await Promise.all([
				transaction.store.getAllKeys(),
				transaction.store.getAll()
			]);
			return keys.map((key, index) => [key, values[index]] as const);
		}, []);
		const merged = new Map<string, unknown>(stored);
		for (const [key, value] of this.#memory.get(store) ?? []) merged.set(key, value);
		return [...merged].sort(([a], [b]) => (a < b ? -1 : 1));
	}

	async put(store: StoreName, key: string, value: unknown): Promise<void> {
		const isStored = await this.#try(async (db) => {
			await db.put(store, value, key);
			return true;
		}, false);
		if (!isStored) this.#kept(store).set(key, value);
	}

	/** Reads and writes one record as one step, so that two windows lose nothing of each other (P5).
	 *  @param change gets the present value; what it returns is kept, undefined deletes */
	async update(
		store: StoreName,
		key: string,
		change: (value: unknown) => unknown
	): Promise<unknown> {
		const outcome = await this.#try(async (db) => {
			const transaction = db.transaction(store, 'readwrite');
			const next = change(await transaction.store.get(key));
			if (next === undefined) await transaction.store.delete(key);
			else await transaction.store.put(next, key);
			await transaction.done;
			return { next };
		}, null);
		if (outcome !== null) return outcome.next;
		const kept = this.#kept(store);
		const next = change(kept.get(key));
		if (next === undefined) kept.delete(key);
		else kept.set(key, next);
		return next;
	}

	async delete(store: StoreName, key: string): Promise<void> {
		this.#memory.get(store)?.delete(key);
		await this.#try((db) => db.delete(store, key), undefined);
	}

	async clear(store: StoreName): Promise<void> {
		this.#memory.delete(store);
		await this.#try((db) => db.clear(store), undefined);
	}

	close(): void {
		this.#db?.close();
		this.#db = null;
	}

	#kept(store: StoreName): Map<string, unknown> {
		const kept = this.#memory.get(store) ?? new Map<string, unknown>();
		this.#memory.set(store, kept);
		return kept;
	}

	/** A database that fails once (evicted, full, closed by the browser) is not asked again. */
	async #try<T>(run: (db: IDBPDatabase<Schema>) => Promise<T>, otherwise: T): Promise<T> {
		if (this.#db === null) return otherwise;
		try {
			return await run(this.#db);
		} catch (cause) {
			if (!(cause instanceof DOMException)) throw cause;
			this.#db = null;
			return otherwise;
		}
	}
}

/** Opens the database, or memory in its place when IndexedDB is missing, blocked, corrupt or newer. */
export async function openAppDatabase(): Promise<AppDatabase> {
	if (typeof indexedDB === 'undefined') return new AppDatabase(null);
	try {
		const db = await openDB<Schema>(DB_NAME, DB_VERSION, {
			upgrade: (database) => {
				for (const store of STORES) {
					if (!database.objectStoreNames.contains(store)) database.createObjectStore(store);
				}
			},
			// Another window asks for a newer schema: give way, it would wait for us otherwise.
			blocking: (_current, _blocked, event) => {
				if (event.target instanceof IDBDatabase) event.target.close();
			}
		});
		return new AppDatabase(db);
	} catch {
		// Blocked (private mode), corrupt or from a newer version: the app runs from memory.
		return new AppDatabase(null);
	}
}

/** A connection of its own for one question, where the window's objects are not there. */
export async function withAppDatabase<T>(run: (db: AppDatabase) => Promise<T>): Promise<T> {
	const database = await openAppDatabase();
	try {
		return await run(database);
	} finally {
		database.close();
	}
}

/** Key in `meta` of who was signed in last. */
export const LAST_LOGIN_KEY = 'last-login';

/** Forgets what belongs to a person when another one signs in on this device. Trusted host keys and
 *  settings belong to the device and stay.
 *  @param personId opaque, from the session
 *  @returns whether somebody else's was forgotten */
export async function adoptPerson(db: AppDatabase, personId: string): Promise<boolean> {
	const former = await db.get('meta', 'person');
	if (former === personId) return false;
	if (former !== undefined) {
		// The last login is the new person's already, or is about to be (storage/last-login).
		const notes = await db.entries('meta');
		const others = notes.map(([key]) => key).filter((key) => key !== LAST_LOGIN_KEY);
		await Promise.all([
			db.clear('recents'),
			db.clear('peers'),
			db.clear('windows'),
			...others.map((key) => db.delete('meta', key))
		]);
	}
	await db.put('meta', 'person', personId);
	return former !== undefined;
}

/** Clears what names machines or people; signing out does, too. */
export async function forgetPerson(db: AppDatabase): Promise<void> {
	await Promise.all([
		db.clear('recents'),
		db.clear('peers'),
		db.clear('windows'),
		db.clear('meta')
	]);
}

/** Clears all of it, trusted host keys and settings included: as if Headtab had never been here. */
export async function forgetDevice(db: AppDatabase): Promise<void> {
	await Promise.all(STORES.map((store) => db.clear(store)));
}
