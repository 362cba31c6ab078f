// What the OS menu lists, in which order and under which names, and what the manifest makes of it.
import 'fake-indexeddb/auto';
import fc from 'fast-check';
import { IDBFactory } from 'fake-indexeddb';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeName, type Login } from '$lib/contracts/ids';
import { isRecord, parseLogin } from '$lib/contracts/parse';
import { forgetPerson, openAppDatabase } from '$lib/storage/db';
import {
	launchPath,
	markOf,
	menuEntries,
	menuShortcuts,
	OsMenuStore,
	SHORTCUTS_MAX,
	withMenu,
	type MenuEntry
} from '$lib/storage/os-menu';
import type { RecentRecord } from '$lib/storage/recents';

const ROOT = join(import.meta.dirname, '../../..');
const TOKEN = 'ab'.repeat(16);
const settings = { areNamesInOsMenu: true };

const login = (text: string): Login => {
	const parsed = parseLogin(text);
	if (!parsed.ok) throw new Error(parsed.fault);
	return parsed.login;
};
const entry = (name: string, user: string | null): MenuEntry => ({
	node: nodeName(name),
	login: user === null ? null : login(user)
});

/** `user@3` is a login that was used at the time 3. */
function record(name: string, logins: readonly string[], isFavourite = false): RecentRecord {
	const used = logins.map((text) => {
		const [user = '', at = '0'] = text.split('@');
		return { login: login(user), openedAtMs: Number(at) };
	});
	return {
		node: nodeName(name),
		logins: used,
		openedAtMs: used[0]?.openedAtMs ?? 0,
		isFavourite,
		color: null,
		lastEnd: null,
		startUp: null
	};
}
const peersOf = (...names: readonly string[]) => names.map((name) => ({ name: nodeName(name) }));

/** How Chromium orders and tells apart what it writes on Linux: by id, equal ids once. */
const chromiumId = (name: string) => name.replace(/[^A-Za-z0-9-]/g, '-');

describe('the menu', () => {
	const records = [
		record('web-1', ['root@9', 'deploy@4']),
		record('db-1', ['postgres@8']),
		record('cache-1', ['root@5'], true),
		record('new-1', [], true)
	];
	const peers = peersOf('web-1', 'db-1', 'cache-1', 'new-1');

	it('has favourites first, then sessions by their last use', () => {
		expect(menuEntries({ records, peers, settings })).toEqual([
			entry('cache-1', 'root'),
			entry('new-1', null),
			entry('web-1', 'root'),
			entry('db-1', 'postgres'),
			entry('web-1', 'deploy')
		]);
	});

	it('names nothing that the last netmap does not', () => {
		expect(menuEntries({ records, peers: peersOf('db-1'), settings })).toEqual([
			entry('db-1', 'postgres')
		]);
	});

	it('names nothing where the person wants no names', () => {
		expect(menuEntries({ records, peers, settings: { areNamesInOsMenu: false } })).toEqual([]);
	});

	it('leaves a place for New connection', () => {
		const many = Array.from({ length: 30 }, (_, index) =>
			record(`web-${index}`, [`root@${100 - index}`])
		);
		const entries = menuEntries({
			records: many,
			peers: peersOf(...many.map(({ node }) => node)),
			settings
		});
		expect(entries.map(({ node }) => node)).toEqual(
			many.slice(0, SHORTCUTS_MAX - 1).map(({ node }) => node)
		);
	});
});

describe('the shortcuts', () => {
	it('are names that a person can read, with URLs that carry the mark in the fragment', () => {
		const [first, second, third] = menuShortcuts({
			token: TOKEN,
			isInNewWindow: false,
			entries: [entry('web-1', 'root'), entry('new-1', null), entry('db-1', 'DOMAIN\\me')]
		});
		expect(first?.name.replaceAll('\u200b', '')).toBe('root@web-1');
		expect(first?.url).toBe(`/connect/web-1?user=root#menu=${TOKEN}`);
		expect(second?.name.replaceAll('\u200b', '')).toBe('new-1');
		expect(second?.url).toBe(`/connect/new-1#menu=${TOKEN}`);
		expect(third?.url).toBe(`/connect/db-1?user=DOMAIN%5Cme#menu=${TOKEN}`);
		expect(markOf(new URL(first?.url ?? '', 'https://tab.example').hash)).toBe(TOKEN);
	});

	it('stay in order and apart, whatever users are called', () => {
		const user = fc
			.string({ unit: 'grapheme', minLength: 1, maxLength: 64 })
			.filter((text) => parseLogin(text).ok);
		const plain = fc.constantFrom('root', '_ldap', '.x', 'é', '日本', '中国', 'a.b', 'a_b', 'a@b');
		const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
		const some = fc.array(fc.tuple(name, fc.option(fc.oneof(user, plain))), {
			maxLength: SHORTCUTS_MAX - 1
		});
		fc.assert(
			fc.property(some, (pairs) => {
				const entries = pairs.map(([node, who]) => entry(node, who));
				const made = menuShortcuts({ token: TOKEN, isInNewWindow: false, entries });
				const ids = [...made.map((item) => chromiumId(item.name)), 'New-connection'];
				expect(ids.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(ids);
				expect(new Set(ids).size).toBe(ids.length);
				for (const [index, { url }] of made.entries()) {
					const { pathname, searchParams } = new URL(url, 'https://tab.example');
					expect(pathname).toBe(`/connect/${entries[index]?.node ?? ''}`);
					expect(searchParams.get('user')).toBe(entries[index]?.login ?? null);
				}
			})
		);
	});
});

describe('the manifest', () => {
	const file: unknown = JSON.parse(readFileSync(join(ROOT, 'manifest.webmanifest'), 'utf8'));
	const menu = { token: TOKEN, isInNewWindow: false, entries: [entry('web-1', 'root')] };

	it('has the menu in front of its own items, at most as many as the browser takes', () => {
		const made = withMenu(file, menu);
		expect(made).toMatchObject({
			id: '/',
			shortcuts: [{ url: launchPath(entry('web-1', 'root'), TOKEN) }, { name: 'New connection' }]
		});
		const full = { ...menu, entries: Array.from({ length: 9 }, () => entry('web-1', 'root')) };
		const { shortcuts } = asRecord(withMenu(file, full));
		expect(shortcuts).toHaveLength(SHORTCUTS_MAX);
		expect(Array.isArray(shortcuts) && shortcuts.at(-1)).toMatchObject({ name: 'New connection' });
	});

	it('is the file where there is no menu', () => {
		expect(withMenu(file, null)).toBe(file);
	});

	it('opens windows as the person has it', () => {
		expect(withMenu(file, menu)).toMatchObject({
			launch_handler: { client_mode: ['focus-existing', 'auto'] }
		});
		expect(withMenu(file, { ...menu, isInNewWindow: true })).toMatchObject({
			launch_handler: { client_mode: ['navigate-new', 'auto'] }
		});
	});
});

const asRecord = (value: unknown) => (isRecord(value) ? value : {});

describe('the written menu', () => {
	beforeEach(() => {
		vi.stubGlobal('indexedDB', new IDBFactory());
	});

	it('keeps its mark until somebody signs out', async () => {
		const db = await openAppDatabase();
		const store = new OsMenuStore(db);
		expect(await store.load()).toBeNull();
		const token = await store.token();
		expect(token).toMatch(/^[0-9a-f]{32}$/);
		const saved = await store.save({ entries: [entry('web-1', 'root')], isInNewWindow: true });
		expect(saved.token).toBe(token);
		expect(await store.token()).toBe(token);
		expect(await store.load()).toEqual(saved);
		await forgetPerson(db);
		expect(await store.load()).toBeNull();
		expect(await store.token()).not.toBe(token);
	});

	it('leaves out what is no machine or user, and refuses what is no menu', async () => {
		const db = await openAppDatabase();
		const store = new OsMenuStore(db);
		await db.put('meta', 'os-menu', {
			token: TOKEN,
			isInNewWindow: 'yes',
			entries: [
				{ node: 'we"b', login: 'root' },
				{ node: '🐧', login: 'root' },
				{ node: 'x'.repeat(200), login: 'root' },
				{ node: 'web-1', login: '-oProxyCommand=id' },
				{ node: 'web-1', login: 'r"oot' },
				{ node: 'web-1', login: 'root' },
				null,
				7
			]
		});
		expect(await store.load()).toEqual({
			token: TOKEN,
			isInNewWindow: false,
			entries: [entry('web-1', 'root')]
		});
		for (const broken of [null, 'x', {}, { token: 'short', entries: [] }, { token: TOKEN }]) {
			await db.put('meta', 'os-menu', broken);
			expect(await store.load()).toBeNull();
		}
	});
});
