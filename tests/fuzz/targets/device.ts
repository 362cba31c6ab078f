// What lies on the device: every record of the database, whoever wrote it, and what the OS menu is made of.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nodeId, nodeName } from '$lib/contracts/ids';
import { isRecord, parseLogin, parseNodeName } from '$lib/contracts/parse';
import { launchOf } from '$lib/client/launcher/launch-params';
import { startLine } from '$lib/client/sessions/start-up';
import { AppDatabase, adoptPerson, type StoreName } from '$lib/storage/db';
import { HostKeyStore } from '$lib/storage/host-keys';
import { InstallStore } from '$lib/storage/install';
import { menuEntries, menuShortcuts, OsMenuStore, withMenu } from '$lib/storage/os-menu';
import { PeersStore } from '$lib/storage/peers';
import { ProgramCopyStore } from '$lib/storage/program-copy';
import { RecentsStore } from '$lib/storage/recents';
import { DEFAULT_SETTINGS, parseSettings, SettingsStore } from '$lib/storage/settings';
import { PANES_MAX, WindowsStore, type Layout } from '$lib/storage/windows';
import { asJson, hostileText, hostileValue, shaped, someTimeMs } from '../arbitraries';
import { assertTime } from '../rules';
import { fuzzTarget } from '../target';

const ORIGIN = 'https://tab.example.com';
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { maxLength: 4 });
const login = hostileText('root', 'alice', '-o');
const node = fc.oneof(fc.constantFrom('web-1', 'db-2'), hostileText('web-1', '.', '-'));
const someTime = fc.oneof(someTimeMs, fc.constantFrom(Number.NaN, Infinity, -1, 1e300, 9e15));

const someStartUp = shaped({
	command: hostileText('htop'),
	folder: hostileText('/srv', '~/', '~'),
	environment: some(shaped({ name: fc.constantFrom('A', '_B', '1'), value: hostileText('x') }))
});
const recent = shaped({
	logins: some(shaped({ login, openedAtMs: someTime })),
	openedAtMs: someTime,
	isFavourite: fc.boolean(),
	color: fc.constantFrom('red', 'mauve'),
	lastEnd: shaped({ login, atMs: someTime, code: hostileText('x'), exitStatus: fc.integer() }),
	startUp: someStartUp
});
const peers = shaped({
	savedAtMs: someTime,
	peers: some(
		shaped({
			id: fc.constantFrom('1', '2'),
			name: node,
			dnsName: hostileText('web-1.tailnet.example'),
			addresses: some(fc.constant('100.64.0.1')),
			lastSeenMs: someTime,
			tags: some(hostileText('tag:')),
			hostKeys: some(hostileValue)
		})
	)
});
const { layout } = fc.letrec<{ layout: unknown; pane: unknown; split: unknown }>((tie) => ({
	layout: fc.oneof({ maxDepth: 5 }, tie('pane'), tie('split')),
	pane: shaped({
		kind: fc.constant('pane'),
		pane: shaped({ node: fc.constant('web-1'), login: fc.constant('root'), folder: login })
	}),
	split: shaped({
		kind: fc.constant('split'),
		axis: fc.constantFrom('row', 'column'),
		ratio: fc.double(),
		first: tie('layout'),
		second: tie('layout')
	})
}));
const window = shaped({
	savedAtMs: someTime,
	activeIndex: fc.constantFrom(0, 1, -0, 0.5),
	isMoving: fc.boolean(),
	tabs: some(shaped({ name: hostileText('tab'), focusedIndex: fc.integer(), layout }))
});
const menu = shaped({
	token: fc.oneof(fc.constant('0'.repeat(32)), hostileText('0')),
	entries: some(shaped({ node, login: fc.option(login) })),
	isInNewWindow: fc.boolean()
});
const hostKey = shaped({
	nodeId: fc.constant('1'),
	node: fc.constant('web-1'),
	port: fc.constant(22),
	type: fc.constant('ssh-ed25519'),
	fingerprint: fc.constant('SHA256:x'),
	trustedAtMs: someTime
});
const settings = shaped(
	Object.fromEntries(
		Object.entries(DEFAULT_SETTINGS).map(([name, value]) => [name, fc.constant(value)])
	)
);
const answers = some(
	shaped({ nodeId: fc.constant('1'), node: fc.constant('web-1'), mayCopy: fc.boolean() })
);

/** A layout in itself, so deep that a careless walk ends the stack. */
function nested(depth: number): unknown {
	let whole: unknown = { kind: 'pane', pane: { node: 'web-1', login: 'root' } };
	for (let level = 0; level < depth; level += 1)
		whole = { kind: 'split', axis: 'row', ratio: 0.5, first: whole, second: null };
	return whole;
}

const panesOf = (part: Layout<unknown>): number =>
	part.kind === 'pane' ? 1 : panesOf(part.first) + panesOf(part.second);

async function databaseOf(
	records: readonly (readonly [StoreName, string, unknown])[]
): Promise<AppDatabase> {
	const db = new AppDatabase(null);
	for (const [store, key, value] of records) await db.put(store, key, value);
	return db;
}

const records = fuzzTarget('records of the device', {
	inputs: [
		fc.record({
			name: node,
			recent,
			peers,
			window,
			hostKey,
			answers,
			settings,
			depth: fc.integer({ min: 0, max: 40_000 })
		})
	],
	check: async (given) => {
		const place = { nodeId: nodeId('1'), node: nodeName('web-1'), port: 22 };
		const db = await databaseOf([
			['recents', given.name, given.recent],
			['peers', 'last', given.peers],
			['windows', 'a', given.window],
			['windows', 'b', { savedAtMs: 1, tabs: [{ layout: nested(given.depth) }] }],
			['host-keys', '["1","web-1",22]', given.hostKey],
			['meta', 'program-copy', given.answers],
			['settings', 'device', given.settings],
			['settings', 'install', given.settings]
		]);
		for (const record of await new RecentsStore(db).all()) {
			assertTime(record.openedAtMs);
			if (record.lastEnd !== null) assertTime(record.lastEnd.atMs);
			for (const used of record.logins) {
				assertTime(used.openedAtMs);
				assert.ok(parseLogin(used.login).ok);
			}
			startLine(record.startUp);
		}
		const saved = await new PeersStore(db).load();
		if (saved !== null) assertTime(saved.savedAtMs);
		for (const known of saved?.peers ?? []) {
			assert.equal(known.hostKeys.length, 0, 'a key that no netmap announced');
			if (known.lastSeenMs !== null) assertTime(known.lastSeenMs);
		}
		const windows = new WindowsStore(db);
		for (const record of await windows.all()) {
			assertTime(record.savedAtMs);
			for (const tab of record.tabs) {
				const panes = panesOf(tab.layout);
				assert.ok(panes <= PANES_MAX && tab.focusedIndex < panes && tab.focusedIndex >= 0);
			}
			await windows.save(record);
			assert.deepEqual(await windows.take(record.id), record, 'saved and read it is another one');
		}
		await windows.prune(0, () => false);
		const keys = new HostKeyStore(db);
		for (const trusted of await keys.all()) assertTime(trusted.trustedAtMs);
		await keys.find(place);
		const copies = new ProgramCopyStore(db);
		await copies.remember({ nodeId: nodeId('1'), node: nodeName('web-1') }, true);
		assert.equal(await copies.find(nodeId('1')), true);
		await new InstallStore(db).visited();
		const read = await new SettingsStore(db).load();
		assert.deepEqual(parseSettings(structuredClone(read)), read);
		await adoptPerson(db, 'someone');
	},
	found: [
		{ depth: 40_000 },
		// Times that no date can be made of.
		{
			recent: {
				lastEnd: { login: 'root', atMs: 1e300 },
				logins: [{ login: 'root', openedAtMs: Number.NaN }]
			},
			peers: { savedAtMs: 1, peers: [{ id: '1', name: 'web-1', lastSeenMs: Infinity }] }
		}
	].map((part) => [
		{
			name: 'web-1',
			recent: {},
			peers: {},
			window: {},
			hostKey: {},
			answers: [],
			settings: {},
			depth: 0,
			...part
		}
	])
});

const osMenu = fuzzTarget('OS menu and recents', {
	inputs: [menu, some(fc.tuple(node, recent)), peers, hostileValue],
	check: async (menuValue, recents, peersValue, manifest) => {
		const db = await databaseOf([
			['meta', 'os-menu', menuValue],
			['peers', 'last', peersValue],
			...recents.map(([name, value]) => ['recents', name, value] as const)
		]);
		const store = new OsMenuStore(db);
		const kept = await store.load();
		const entries = menuEntries({
			records: await new RecentsStore(db).all(),
			peers: (await new PeersStore(db).load())?.peers ?? [],
			settings: DEFAULT_SETTINGS
		});
		const made = await store.save({ entries, isInNewWindow: false });
		if (kept !== null) assert.equal(made.token, kept.token);
		for (const written of [made, ...(kept === null ? [] : [kept])]) {
			const shortcuts = menuShortcuts(written);
			assert.equal(new Set(shortcuts.map(({ name }) => name)).size, shortcuts.length);
			for (const [at, { url }] of shortcuts.entries()) {
				const found = launchOf(new URL(url, ORIGIN).href, {
					origin: ORIGIN,
					token: written.token,
					isForeign: true
				});
				const entry = written.entries[at];
				assert.ok(found?.kind === 'connect', 'an item of the own menu that opens nothing');
				assert.equal(found.node, entry?.node);
				assert.equal(found.login, entry?.login);
				assert.equal(found.isForeign, false);
				assert.ok(parseNodeName(found.node) !== null);
			}
			const whole = withMenu(manifest, written);
			assert.ok(isRecord(whole) === isRecord(manifest));
			if (isRecord(whole))
				assert.ok(Array.isArray(whole['shortcuts']) && whole['shortcuts'].length <= 10);
			asJson(withMenu({ shortcuts: [manifest] }, written));
		}
	}
});

export const DEVICE_TARGETS = [records, osMenu];
