// The device's memory: recents, last peers, trusted host keys, settings; and life without it.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeId, nodeName } from '$lib/contracts/ids';
import { adoptPerson, forgetPerson, openAppDatabase, type AppDatabase } from '$lib/storage/db';
import { HostKeyStore } from '$lib/storage/host-keys';
import { LastLoginStore } from '$lib/storage/last-login';
import { PeersStore } from '$lib/storage/peers';
import { ProgramCopyStore } from '$lib/storage/program-copy';
import { RECENT_LOGINS_MAX, RecentsStore } from '$lib/storage/recents';
import { DEFAULT_SETTINGS, SettingsStore } from '$lib/storage/settings';
import { login, peer } from '../client/fakes';

const web = nodeName('web-1');
const db1 = nodeName('db-1');

const web1 = peer({
	lastSeenMs: 5,
	hostKeys: [{ type: 'ssh-ed25519', fingerprint: 'SHA256:abc' }],
	tags: ['tag:prod']
});

beforeEach(() => {
	vi.stubGlobal('indexedDB', new IDBFactory());
});

describe.each([
	['IndexedDB', () => openAppDatabase(), true],
	[
		'memory, where IndexedDB is blocked',
		() => {
			vi.stubGlobal('indexedDB', {
				open: () => {
					throw new DOMException('blocked', 'SecurityError');
				}
			});
			return openAppDatabase();
		},
		false
	]
] as const)('with %s', (_, open, isPersistent) => {
	let db: AppDatabase;
	beforeEach(async () => {
		db = await open();
	});

	it('P4 says whether anything outlives the window', () => {
		expect(db.isPersistent).toBe(isPersistent);
	});

	it('remembers logins, last used first, and keeps a few', async () => {
		const recents = new RecentsStore(db);
		for (let index = 0; index < 12; index += 1)
			await recents.remember(web, login(`user${index}`), 100 + index);
		await recents.remember(web, login('user10'), 200);
		await recents.remember(db1, login('root'), 150);
		const all = await recents.all();
		expect(all.map(({ node }) => node)).toEqual([web, db1]);
		expect(all[0]?.logins).toHaveLength(RECENT_LOGINS_MAX);
		expect(all[0]?.logins[0]).toEqual({ login: 'user10', openedAtMs: 200 });
		expect(all[0]?.logins[1]?.login).toBe('user11');
	});

	it('keeps a favourite without a login, and forgets it when it is none', async () => {
		const recents = new RecentsStore(db);
		await recents.setFavourite(web, true);
		expect(await recents.all()).toMatchObject([{ node: web, isFavourite: true, openedAtMs: 0 }]);
		await recents.setFavourite(web, false);
		expect(await recents.all()).toEqual([]);
	});

	it('P5 loses nothing when two windows write the same machine', async () => {
		const recents = new RecentsStore(db);
		await Promise.all([
			recents.remember(web, login('a'), 1),
			recents.setFavourite(web, true),
			recents.remember(web, login('b'), 2)
		]);
		const [record] = await recents.all();
		expect(record?.isFavourite).toBe(true);
		expect(record?.logins.map((known) => known.login)).toEqual(['b', 'a']);
	});

	it('keeps what a machine begins with, alone or beside the rest', async () => {
		const recents = new RecentsStore(db);
		const startUp = { command: 'htop', folder: '~', environment: [{ name: 'A', value: 'b' }] };
		await recents.setStartUp(web, startUp);
		expect(await recents.all()).toMatchObject([{ node: web, startUp }]);
		await recents.remember(web, login('a'), 5);
		expect(await recents.all()).toMatchObject([{ startUp, openedAtMs: 5 }]);
		await recents.setStartUp(web, null);
		expect(await recents.all()).toMatchObject([{ startUp: null, openedAtMs: 5 }]);
	});

	it('leaves damaged records out', async () => {
		await db.put('recents', 'web-1', {
			logins: [{ login: '-oProxy', openedAtMs: 1 }, 5],
			openedAtMs: 'x'
		});
		await db.put('recents', 'NOT A NAME', {});
		await db.put('recents', 'db-1', null);
		expect(await new RecentsStore(db).all()).toEqual([
			{
				node: web,
				logins: [],
				openedAtMs: 0,
				isFavourite: false,
				color: null,
				lastEnd: null,
				startUp: null
			}
		]);
	});

	it('gives the last peers back without their host keys', async () => {
		const peers = new PeersStore(db);
		expect(await peers.load()).toBeNull();
		await peers.save([web1], 42);
		expect(await peers.load()).toEqual({ savedAtMs: 42, peers: [{ ...web1, hostKeys: [] }] });
	});

	it('finds a host key by node, name and port, never by one of them', async () => {
		const keys = new HostKeyStore(db);
		const place = { nodeId: nodeId('7'), node: web, port: 22 };
		const key = { type: 'ssh-ed25519', fingerprint: 'SHA256:abc' };
		await keys.trust(place, key, 9);
		expect(await keys.find(place)).toEqual({ ...place, ...key, trustedAtMs: 9 });
		expect(await keys.find({ ...place, nodeId: nodeId('8') })).toBeNull();
		expect(await keys.find({ ...place, node: db1 })).toBeNull();
		expect(await keys.find({ ...place, port: 2222 })).toBeNull();
		expect(await keys.all()).toHaveLength(1);
		await keys.forget(place);
		expect(await keys.find(place)).toBeNull();
	});

	it('changes one setting and leaves the others', async () => {
		const settings = new SettingsStore(db);
		expect(await settings.load()).toEqual(DEFAULT_SETTINGS);
		await settings.change({ fontSizePx: 400 });
		expect(await settings.change({ colorScheme: 'dark' })).toEqual({
			...DEFAULT_SETTINGS,
			fontSizePx: 32,
			colorScheme: 'dark'
		});
	});

	it('L12 forgets what belongs to the last person when another signs in', async () => {
		const recents = new RecentsStore(db);
		expect(await adoptPerson(db, 'alice')).toBe(false);
		await recents.remember(web, login('root'), 1);
		expect(await adoptPerson(db, 'alice')).toBe(false);
		expect(await recents.all()).toHaveLength(1);
		expect(await adoptPerson(db, 'bob')).toBe(true);
		expect(await recents.all()).toEqual([]);
	});

	it('remembers the last login, through a change of person, until signing out', async () => {
		const logins = new LastLoginStore(db);
		const recents = new RecentsStore(db);
		await logins.save({ name: 'alice' });
		await adoptPerson(db, 'alice');
		await recents.remember(web, login('root'), 1);
		await logins.save({ name: 'bob' });
		await adoptPerson(db, 'bob');
		expect(await logins.load()).toEqual({ name: 'bob' });
		await recents.remember(web, login('root'), 1);
		await logins.drop();
		expect(await logins.load()).toBe(undefined);
		expect(await recents.all()).toHaveLength(1);
		await logins.save({ name: 'bob' });
		await forgetPerson(db);
		expect(await logins.load()).toBe(undefined);
		expect(await recents.all()).toEqual([]);
	});
});

describe('a database of a newer version', () => {
	it('P4 D8 is left alone: memory is used', async () => {
		await new Promise<void>((resolve, reject) => {
			const request = indexedDB.open('headtab', 99);
			request.onsuccess = () => {
				request.result.close();
				resolve();
			};
			request.onerror = () => {
				reject(new Error('not opened'));
			};
		});
		expect((await openAppDatabase()).isPersistent).toBe(false);
	});
});

describe('answers to programs that copy', () => {
	const machine = { nodeId: nodeId('7'), node: web };
	it('are kept for each machine, and forgotten with the person', async () => {
		const db = await openAppDatabase();
		const store = new ProgramCopyStore(db);
		expect(await store.find(machine.nodeId)).toBeNull();
		await store.remember(machine, true);
		await store.remember({ nodeId: nodeId('8'), node: db1 }, true);
		await store.remember(machine, false);
		expect(await store.find(machine.nodeId)).toBe(false);
		expect((await store.all()).map(({ node }) => node)).toEqual(['db-1', 'web-1']);
		await store.forget(machine.nodeId);
		expect(await store.find(machine.nodeId)).toBeNull();
		await forgetPerson(db);
		expect(await store.all()).toEqual([]);
	});

	it('are none when what lies there is damaged', async () => {
		const db = await openAppDatabase();
		await db.put('meta', 'program-copy', [
			{ nodeId: 7 },
			'x',
			{ nodeId: '7', node: 'web-1', mayCopy: true }
		]);
		expect(await new ProgramCopyStore(db).all()).toHaveLength(1);
	});
});
