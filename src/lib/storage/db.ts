// The one IndexedDB of the app: schema, upgrades, and memory in its place where it is blocked (P4).
// Runs in window and service worker; only storage/* uses it.
import {
	openDB,
	type DBSchema,
	type IDBPDatabase,
	type IDBPObjectStore,
	type IDBPTransaction
} from 'idb';
import { StoreMemory } from './store-memory';

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

type Connection = IDBPDatabase<Schema>;

export interface AppDatabaseOptions {
	/** Another connection for one that was closed under the page; null when none can be had. */
	readonly reopen: () => Promise<Connection | null>;
	/** Called once: from now on something is not saved. Not for a database that never opened. */
	readonly onTrouble: () => void;
}

const MEMORY_ALONE: AppDatabaseOptions = {
	reopen: () => Promise.resolve(null),
	onTrouble: () => undefined
};

/** Records by store and key. What the browser refuses to write (quota) is kept in memory over the disk's, and
 *  what was read stays when the disk is lost: trusted host keys and settings must not seem new. */
export class AppDatabase {
	readonly #memories = new Map<StoreName, StoreMemory>();
	readonly #options: AppDatabaseOptions;
	#db: Connection | null = null;
	/** One for all calls that met the closed connection. */
	#reopening: Promise<Connection | null> | null = null;
	#hasTold: boolean;
	/** Its owner has closed it. */
	#isOver = false;

	/** @param db null: memory alone */
	constructor(db: Connection | null, options: AppDatabaseOptions = MEMORY_ALONE) {
		this.#options = options;
		this.#hasTold = db === null;
		this.#use(db);
	}

	/** False when IndexedDB is blocked or lost, or something that it refused waits for room: not everything
	 *  outlives the window, and the person was told. */
	get isPersistent(): boolean {
		return this.#db !== null && [...this.#memories.values()].every(({ isSaved }) => isSaved);
	}

	async get(store: StoreName, key: string): Promise<unknown> {
		const memory = this.#memory(store);
		const answer = await this.#ask((db) => begin(db, store, 'readonly').store.get(key));
		if (answer !== null) memory.see(key, answer.value);
		return memory.value(key);
	}

	/** All records as [key, value], in the order of their keys. */
	async entries(store: StoreName): Promise<readonly (readonly [string, unknown])[]> {
		const memory = this.#memory(store);
		const answer = await this.#ask(async (db) => {
			const transaction = begin(db, store, 'readonly');
			const [keys, values] = await Promise.all([
				transaction.store.getAllKeys(),
				transaction.store.getAll()
			]);
			return keys.map((key, index) => [key, values[index]] as const);
		});
		if (answer !== null) memory.seeAll(answer.value);
		return memory.entries();
	}

	async put(store: StoreName, key: string, value: unknown): Promise<void> {
		const answer = await this.#ask((db) => write(db, store, (records) => records.put(value, key)));
		this.#memory(store).keep(key, value, answer !== null);
	}

	/** Reads and writes one record as one step, so that two windows lose nothing of each other (P5).
	 *  @param change gets the present value; what it returns is kept, undefined deletes. Called again when the
	 *  connection was lost meanwhile */
	async update(
		store: StoreName,
		key: string,
		change: (value: unknown) => unknown
	): Promise<unknown> {
		const memory = this.#memory(store);
		const made: { next: { readonly value: unknown } | null } = { next: null };
		const answer = await this.#ask((db) =>
			write(db, store, async (records) => {
				memory.see(key, await records.get(key));
				const value = change(memory.value(key));
				made.next = { value };
				if (value === undefined) await records.delete(key);
				else await records.put(value, key);
			})
		);
		// A full disk may refuse to begin what would write; it can be read all the same.
		if (made.next === null) await this.get(store, key);
		const { value } = made.next ?? { value: change(memory.value(key)) };
		memory.keep(key, value, answer !== null);
		return value;
	}

	async delete(store: StoreName, key: string): Promise<void> {
		const answer = await this.#ask((db) => write(db, store, (records) => records.delete(key)));
		this.#memory(store).keep(key, undefined, answer !== null);
	}

	async clear(store: StoreName): Promise<void> {
		const answer = await this.#ask((db) => write(db, store, (records) => records.clear()));
		this.#memory(store).clear(answer !== null);
	}

	close(): void {
		this.#isOver = true;
		this.#db?.close();
		this.#db = null;
	}

	#memory(store: StoreName): StoreMemory {
		const memory = this.#memories.get(store) ?? new StoreMemory();
		this.#memories.set(store, memory);
		return memory;
	}

	#use(db: Connection | null): void {
		this.#db = db;
		db?.addEventListener('versionchange', () => {
			// Another window asks for a newer schema, which this one cannot open any more: what lies there is read
			// now, and stays known here.
			for (const store of STORES) void this.entries(store);
			// Give way, it would wait for us otherwise.
			db.close();
		});
	}

	/** Asks the disk, once more where the connection is gone. @returns null when it does not do it */
	async #ask<T>(
		run: (db: Connection) => Promise<T>,
		db = this.#db,
		isLast = false
	): Promise<{ readonly value: T } | null> {
		if (db === null) return null;
		try {
			return { value: await run(db) };
		} catch (cause) {
			if (!(cause instanceof DOMException)) throw cause;
			// Without room, another connection would be refused, too; this one still reads.
			if (!isLast && cause.name !== 'QuotaExceededError')
				return this.#ask(run, await this.#reopened(db), true);
			this.#tell();
			return null;
		}
	}

	/** The connection in place of one that failed; another call may have made it already. */
	#reopened(failed: Connection): Promise<Connection | null> {
		if (this.#db !== failed) return Promise.resolve(this.#db);
		this.#reopening ??= this.#reopen(failed).finally(() => (this.#reopening = null));
		return this.#reopening;
	}

	async #reopen(failed: Connection): Promise<Connection | null> {
		failed.close();
		const db = await this.#options.reopen();
		if (this.#isOver) {
			db?.close();
			return null;
		}
		this.#use(db);
		if (db === null) this.#tell();
		return db;
	}

	#tell(): void {
		if (this.#hasTold || this.#isOver) return;
		this.#hasTold = true;
		this.#options.onTrouble();
	}
}

/** A transaction whose failure is told by its requests, or to who waits for its end. */
function begin<Mode extends 'readonly' | 'readwrite'>(
	db: Connection,
	store: StoreName,
	mode: Mode
): IDBPTransaction<Schema, [StoreName], Mode> {
	const transaction = db.transaction(store, mode);
	// Nobody may wait: it would be an unhandled rejection.
	transaction.done.catch(() => undefined);
	return transaction;
}

/** Resolves once it is on disk. */
async function write(
	db: Connection,
	store: StoreName,
	run: (records: IDBPObjectStore<Schema, [StoreName], StoreName, 'readwrite'>) => Promise<unknown>
): Promise<void> {
	const transaction = begin(db, store, 'readwrite');
	await run(transaction.store);
	await transaction.done;
}

/** Opens the database, or memory in its place when IndexedDB is missing, blocked, corrupt or newer.
 *  @param onTrouble called once when an open one refuses something or is lost */
export async function openAppDatabase(
	onTrouble: () => void = MEMORY_ALONE.onTrouble
): Promise<AppDatabase> {
	return new AppDatabase(await connect(), { reopen: connect, onTrouble });
}

/** @returns null when it cannot be opened */
async function connect(): Promise<Connection | null> {
	if (typeof indexedDB === 'undefined') return null;
	try {
		return await openDB<Schema>(DB_NAME, DB_VERSION, {
			upgrade: (database) => {
				for (const store of STORES) {
					if (!database.objectStoreNames.contains(store)) database.createObjectStore(store);
				}
			}
		});
	} catch {
		// Blocked (private mode), corrupt or from a newer version: the app runs from memory.
		return null;
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
