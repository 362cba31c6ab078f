// A disk that takes no more, and connections that are closed under the page: what this device knew stays
// known, and what could not be saved stands for as long as the window.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeId, nodeName } from '$lib/contracts/ids';
import { adoptPerson, openAppDatabase, type AppDatabase } from '$lib/storage/db';
import { HostKeyStore } from '$lib/storage/host-keys';
import { RecentsStore } from '$lib/storage/recents';
import { SettingsStore } from '$lib/storage/settings';
import { WindowsStore } from '$lib/storage/windows';
import { login } from '../client/fakes';

const web = nodeName('web-1');
const db1 = nodeName('db-1');
const place = { nodeId: nodeId('7'), node: web, port: 22 };
const key = { type: 'ssh-ed25519', fingerprint: 'SHA256:abc' };

/** Every connection, oldest first. */
let connections: IDBDatabase[];
let db: AppDatabase;
const onTrouble = vi.fn();

beforeEach(async () => {
	vi.stubGlobal('indexedDB', new IDBFactory());
	connections = [];
	onTrouble.mockReset();
	const open = indexedDB.open.bind(indexedDB);
	vi.spyOn(indexedDB, 'open').mockImplementation((name, version) => {
		const request = open(name, version);
		request.addEventListener('success', () => connections.push(request.result));
		return request;
	});
	// Kept by a visit before: this window's database has not read it yet.
	const before = await openAppDatabase();
	await new SettingsStore(before).change({ colorScheme: 'dark', fontSizePx: 20 });
	await new RecentsStore(before).remember(web, login('root'), 1);
	await new RecentsStore(before).remember(db1, login('root'), 2);
	await new HostKeyStore(before).trust(place, key, 9);
	before.close();
	db = await openAppDatabase(onTrouble);
});
afterEach(() => {
	vi.restoreAllMocks();
});

const recents = async (of = db) =>
	(await new RecentsStore(of).all()).map(({ node, logins }) => [
		node,
		...logins.map((known) => known.login)
	]);

/** What another window, or the next visit, finds. */
const onDisk = () => openAppDatabase();

/** @returns what makes room again */
function refuse(how: (this: IDBObjectStore) => never): () => void {
	const spies = (['put', 'delete', 'clear'] as const).map((name) =>
		vi.spyOn(IDBObjectStore.prototype, name).mockImplementation(how)
	);
	return () => {
		for (const spy of spies) spy.mockRestore();
	};
}

describe.each([
	[
		'a write that is refused',
		() => {
			throw new DOMException('full', 'QuotaExceededError');
		}
	],
	[
		'a transaction that is broken off',
		function (this: IDBObjectStore) {
			this.transaction.abort();
			throw new DOMException('broken off', 'AbortError');
		}
	]
] as const)('a disk that refuses, by %s', (_, how) => {
	it('P3 changes one setting, leaves the others, and is made good by the next one that is saved', async () => {
		const settings = new SettingsStore(db);
		const makeRoom = refuse(how);
		expect(await settings.change({ fontSizePx: 24 })).toMatchObject({
			colorScheme: 'dark',
			fontSizePx: 24
		});
		expect(await settings.change({ bell: 'off' })).toMatchObject({ fontSizePx: 24, bell: 'off' });
		expect(await settings.load()).toMatchObject({ colorScheme: 'dark', fontSizePx: 24 });
		expect(await new SettingsStore(await onDisk()).load()).toMatchObject({ fontSizePx: 20 });
		makeRoom();
		await settings.change({ cursorShape: 'bar' });
		const saved = await new SettingsStore(await onDisk()).load();
		expect(saved).toMatchObject({ colorScheme: 'dark', fontSizePx: 24, bell: 'off' });
		// The disk counts again: another window may have changed it since.
		await new SettingsStore(await onDisk()).change({ fontSizePx: 11 });
		expect(await settings.load()).toMatchObject({ fontSizePx: 11, cursorShape: 'bar' });
	});

	it('P5 gives way to what another window has saved since', async () => {
		const settings = new SettingsStore(db);
		const makeRoom = refuse(how);
		await settings.change({ fontSizePx: 11 });
		makeRoom();
		const other = await onDisk();
		await new SettingsStore(other).change({ colorScheme: 'light' });
		expect(await settings.load()).toMatchObject({ colorScheme: 'light', fontSizePx: 20 });
		expect(db.isPersistent).toBe(true);
		await settings.change({ fontSizePx: 15 });
		expect(await new SettingsStore(other).load()).toMatchObject({
			colorScheme: 'light',
			fontSizePx: 15
		});
		other.close();
	});

	it('P3 keeps the other machines, and every change of one', async () => {
		const store = new RecentsStore(db);
		refuse(how);
		await Promise.all([
			store.remember(web, login('a'), 5),
			store.setFavourite(web, true),
			store.remember(web, login('b'), 6)
		]);
		expect(await recents()).toEqual([
			[web, 'b', 'a', 'root'],
			[db1, 'root']
		]);
		expect((await store.all())[0]?.isFavourite).toBe(true);
		await store.forget(db1);
		expect(await recents()).toEqual([[web, 'b', 'a', 'root']]);
		expect(await db.get('recents', db1)).toBe(undefined);
	});

	it('P3 still finds a trusted host key, and one that was trusted since', async () => {
		const keys = new HostKeyStore(db);
		refuse(how);
		await keys.trust({ ...place, port: 2222 }, key, 10);
		expect(await keys.find(place)).toMatchObject(key);
		expect(await keys.find({ ...place, port: 2222 })).toMatchObject(key);
		await keys.forget(place);
		expect(await keys.find(place)).toBe(null);
	});

	it('P3 shows nobody what belongs to another person, and what came since', async () => {
		await adoptPerson(db, 'alice');
		const makeRoom = refuse(how);
		expect(await adoptPerson(db, 'bob')).toBe(true);
		expect(await recents()).toEqual([]);
		expect(await db.get('recents', web)).toBe(undefined);
		const store = new RecentsStore(db);
		await store.remember(web, login('bob'), 7);
		makeRoom();
		await store.remember(db1, login('bob'), 8);
		expect(await recents()).toEqual([
			[db1, 'bob'],
			[web, 'bob']
		]);
		await db.clear('recents');
		expect(await recents()).toEqual([]);
		expect(await recents(await onDisk())).toEqual([]);
	});

	it('P3 gives out once what cannot be removed', async () => {
		const pane = { kind: 'pane', pane: { node: web, login: login('root') } } as const;
		const tabs = [{ name: null, layout: pane, focusedIndex: 0 }];
		const windows = new WindowsStore(db);
		await windows.save({ id: 'a', savedAtMs: 1, tabs, activeIndex: 0, isMoving: false });
		refuse(how);
		expect(await windows.take('a')).toMatchObject({ id: 'a' });
		expect(await windows.take('a')).toBe(null);
	});

	it('P3 is told once', async () => {
		expect(db.isPersistent).toBe(true);
		refuse(how);
		expect(await recents()).toHaveLength(2);
		expect(onTrouble).not.toHaveBeenCalled();
		await db.put('meta', 'a', 1);
		await db.put('meta', 'b', 2);
		expect(db.isPersistent).toBe(false);
		expect(onTrouble).toHaveBeenCalledOnce();
	});
});

it('P3 reads what a disk has that does not even begin to write', async () => {
	const begin = IDBDatabase.prototype.transaction;
	vi.spyOn(IDBDatabase.prototype, 'transaction').mockImplementation(function (
		this: IDBDatabase,
		stores,
		mode
	) {
		if (mode === 'readwrite') throw new DOMException('full', 'QuotaExceededError');
		return begin.call(this, stores, mode);
	});
	expect(await new SettingsStore(db).change({ fontSizePx: 24 })).toMatchObject({
		colorScheme: 'dark',
		fontSizePx: 24
	});
});

describe('a connection that is closed under the page', () => {
	it('P4 is opened again, once for all that ask', async () => {
		const before = connections.length;
		connections.at(-1)?.close();
		const [key1, list] = await Promise.all([
			new HostKeyStore(db).find(place),
			recents(),
			new RecentsStore(db).remember(web, login('a'), 5),
			new SettingsStore(db).change({ fontSizePx: 24 })
		]);
		expect(key1).toMatchObject(key);
		expect(list).toHaveLength(2);
		expect(connections).toHaveLength(before + 1);
		expect(db.isPersistent).toBe(true);
		expect(onTrouble).not.toHaveBeenCalled();
		const disk = await onDisk();
		expect(await recents(disk)).toContainEqual([web, 'a', 'root']);
		expect(await new SettingsStore(disk).load()).toMatchObject({
			colorScheme: 'dark',
			fontSizePx: 24
		});
	});

	it('P4 leaves what was read where none can be opened any more', async () => {
		await recents();
		vi.mocked(indexedDB.open).mockImplementation(() => {
			throw new DOMException('lost', 'UnknownError');
		});
		connections.at(-1)?.close();
		await new RecentsStore(db).remember(web, login('a'), 5);
		expect(await recents()).toEqual([
			[web, 'a', 'root'],
			[db1, 'root']
		]);
		expect(db.isPersistent).toBe(false);
		expect(onTrouble).toHaveBeenCalledOnce();
	});

	it('P4 D8 knows what lay there when a newer version takes it', async () => {
		await new Promise<void>((resolve, reject) => {
			const request = indexedDB.open('headtab', 99);
			request.onsuccess = () => {
				resolve();
			};
			request.onerror = () => {
				reject(new Error('not opened'));
			};
		});
		const settings = new SettingsStore(db);
		expect(await settings.change({ fontSizePx: 24 })).toMatchObject({
			colorScheme: 'dark',
			fontSizePx: 24
		});
		expect(await settings.load()).toMatchObject({ colorScheme: 'dark', fontSizePx: 24 });
		expect(await new HostKeyStore(db).find(place)).toMatchObject(key);
		expect(await recents()).toHaveLength(2);
		expect(db.isPersistent).toBe(false);
		expect(onTrouble).toHaveBeenCalledOnce();
	});

	it('is left alone when its owner has closed it', async () => {
		const before = connections.length;
		db.close();
		await db.put('meta', 'a', 1);
		expect(await db.get('meta', 'a')).toBe(1);
		expect(connections).toHaveLength(before);
		expect(onTrouble).not.toHaveBeenCalled();
	});
});
