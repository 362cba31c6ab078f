// When the OS menu is written anew: what is visible of it changed, at most once in a while, and never
// before the lists are read.
import { flushSync } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { ManifestLink, type WorkerContainer } from '$lib/client/pwa/manifest-link';
import { OsMenuWriter } from '$lib/client/pwa/os-menu.svelte';
import { nodeName } from '$lib/contracts/ids';
import { OS_MENU_DEBOUNCE_MS } from '$lib/contracts/limits';
import { AppDatabase } from '$lib/storage/db';
import { OsMenuStore } from '$lib/storage/os-menu';
import type { RecentRecord } from '$lib/storage/recents';
import { DEFAULT_SETTINGS, type SettingsRecord } from '$lib/storage/settings';
import { FakeClock, login, peer, settle } from '../fakes';

const recent = (name: string, openedAtMs: number): RecentRecord => ({
	node: nodeName(name),
	logins: [{ login: login('root'), openedAtMs }],
	openedAtMs,
	isFavourite: false,
	color: null,
	lastEnd: null,
	startUp: null
});

class Sources {
	all: readonly RecentRecord[] = $state.raw([]);
	isLoaded = $state(true);
	peers = $state.raw([
		peer({ name: nodeName('web-1') }),
		peer({ name: nodeName('db-1') }),
		peer({ name: nodeName('old-1') })
	]);
	isLive = $state(true);
	readonly savedAtMs = null;
	values: SettingsRecord = $state.raw(DEFAULT_SETTINGS);
}

function menu(options: { wasServed?: boolean; storage?: OsMenuStore } = {}) {
	const sources = new Sources();
	const clock = new FakeClock();
	const storage = options.storage ?? new OsMenuStore(new AppDatabase(null));
	const refresh = vi.fn(() => Promise.resolve());
	const writer = new OsMenuWriter({
		recents: sources,
		peers: sources,
		settings: sources,
		storage,
		link: { wasServed: options.wasServed ?? true, refresh },
		clock
	});
	const pass = async () => {
		flushSync();
		await settle();
		clock.advance(OS_MENU_DEBOUNCE_MS);
	};
	return { sources, storage, refresh, writer, pass };
}
const names = async (storage: OsMenuStore) =>
	(await storage.load())?.entries.map(({ node }) => node) ?? [];

describe('OsMenuWriter', () => {
	it('writes once for changes that come together', async () => {
		const { sources, storage, refresh, pass } = menu();
		sources.all = [recent('web-1', 1)];
		flushSync();
		await settle();
		sources.all = [recent('db-1', 2), recent('web-1', 1)];
		await pass();
		expect(refresh).toHaveBeenCalledOnce();
		expect(await names(storage)).toEqual(['db-1', 'web-1']);
	});

	it('leaves the browser alone while nothing visible changed', async () => {
		const { sources, refresh, pass } = menu();
		await pass();
		expect(refresh).not.toHaveBeenCalled();
		sources.all = [recent('web-1', 1)];
		await pass();
		expect(refresh).toHaveBeenCalledOnce();
		sources.all = [recent('web-1', 5)];
		sources.peers = [...sources.peers, peer({ name: nodeName('new-1') })];
		await pass();
		expect(refresh).toHaveBeenCalledOnce();
	});

	it('knows what the page was served with', async () => {
		const storage = new OsMenuStore(new AppDatabase(null));
		await storage.save({
			entries: [{ node: nodeName('web-1'), login: login('root') }],
			isInNewWindow: false
		});
		const same = menu({ storage });
		same.sources.all = [recent('web-1', 1)];
		await same.pass();
		expect(same.refresh).not.toHaveBeenCalled();
		// Past the worker the browser got the plain manifest.
		const past = menu({ storage, wasServed: false });
		past.sources.all = [recent('web-1', 1)];
		await past.pass();
		expect(past.refresh).toHaveBeenCalledOnce();
	});

	it('takes a machine out that is forgotten, gone from the netmap, or not to be named', async () => {
		const { sources, storage, refresh, pass } = menu();
		sources.all = [recent('web-1', 2), recent('db-1', 1)];
		await pass();
		sources.all = [recent('db-1', 1)];
		await pass();
		expect(await names(storage)).toEqual(['db-1']);
		sources.peers = [peer({ name: nodeName('web-1') })];
		await pass();
		expect(await names(storage)).toEqual([]);
		sources.peers = [peer({ name: nodeName('db-1') })];
		await pass();
		expect(await names(storage)).toEqual(['db-1']);
		sources.values = { ...sources.values, areNamesInOsMenu: false };
		await pass();
		expect(await names(storage)).toEqual([]);
		expect(refresh).toHaveBeenCalledTimes(5);
	});

	it('does not empty the menu before the lists are read', async () => {
		const { sources, storage, refresh, pass } = menu();
		sources.all = [recent('web-1', 1)];
		await pass();
		const later = menu({ storage });
		later.sources.isLoaded = false;
		await later.pass();
		later.sources.isLoaded = true;
		later.sources.isLive = false;
		later.sources.peers = [];
		await later.pass();
		expect(await names(storage)).toEqual(['web-1']);
		expect(refresh).toHaveBeenCalledOnce();
		expect(later.refresh).not.toHaveBeenCalled();
	});

	it('has the manifest fetched anew when launches are to open elsewhere', async () => {
		const { sources, storage, refresh, pass } = menu();
		sources.values = { ...sources.values, isLaunchInNewWindow: true };
		await pass();
		expect(refresh).toHaveBeenCalledOnce();
		expect((await storage.load())?.isInNewWindow).toBe(true);
	});

	it('is silent once the person has gone', async () => {
		const { sources, refresh, writer, pass } = menu();
		sources.all = [recent('web-1', 1)];
		flushSync();
		await settle();
		writer.dispose();
		await pass();
		expect(refresh).not.toHaveBeenCalled();
	});
});

describe('ManifestLink', () => {
	function page(controller: { state: string } | null) {
		const head = document.createElement('div');
		head.innerHTML = '<link rel="manifest" href="/manifest.webmanifest">';
		const listeners = new Set<() => void>();
		const asked: unknown[] = [];
		const container = {
			controller,
			ready: Promise.resolve({
				active: { postMessage: (message: unknown) => void asked.push(message) }
			}),
			addEventListener: (_: 'controllerchange', listener: () => void) => {
				listeners.add(listener);
			},
			removeEventListener: (_: 'controllerchange', listener: () => void) => {
				listeners.delete(listener);
			}
		} satisfies WorkerContainer;
		const link = new ManifestLink({ container, document: head });
		return { link, head, container, listeners, asked };
	}

	it('puts a new link in the place of the old one', async () => {
		const { link, head, asked } = page({ state: 'activated' });
		const old = head.querySelector('link');
		await link.refresh();
		expect(head.querySelectorAll('link')).toHaveLength(1);
		expect(head.querySelector('link')).not.toBe(old);
		expect(head.querySelector('link')?.getAttribute('href')).toBe('/manifest.webmanifest');
		expect(asked).toEqual([]);
		expect(link.wasServed).toBe(true);
	});

	it('first becomes the worker’s after a load that went past it', async () => {
		const { link, head, container, listeners, asked } = page(null);
		expect(link.wasServed).toBe(false);
		const old = head.querySelector('link');
		link.refreshNow();
		expect(head.querySelector('link')).toBe(old);
		const done = link.refresh();
		await settle();
		expect(asked).toEqual([{ type: 'claim' }]);
		expect(head.querySelector('link')).toBe(old);
		container.controller = { state: 'activated' };
		for (const listener of listeners) listener();
		await done;
		expect(head.querySelector('link')).not.toBe(old);
		expect(listeners.size).toBe(0);
	});

	it('does nothing where there are no workers', async () => {
		const head = document.createElement('div');
		head.innerHTML = '<link rel="manifest" href="/m">';
		const old = head.querySelector('link');
		const link = new ManifestLink({ container: null, document: head });
		await link.refresh();
		link.refreshNow();
		expect(head.querySelector('link')).toBe(old);
	});
});
