// Windows that are gone, and what is offered of them: locks, records and channels are the outside.
import { flushSync } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import type { SshSession, SshTarget } from '$lib/client/sessions/ssh-session.svelte';
import { TabStrip } from '$lib/client/tabs/tab-strip.svelte';
import { WindowKeeper, type WindowLocks } from '$lib/client/windows/window-keeper.svelte';
import { nodeName } from '$lib/contracts/ids';
import { AppDatabase } from '$lib/storage/db';
import type { SettingsRecord } from '$lib/storage/settings';
import { WindowsStore } from '$lib/storage/windows';
import { FakeClock, login, settle } from '../fakes';

class FakeSession {
	isLive = false;
	receivedBytes = 0;
	phase = { at: 'joining', startedAtMs: 0 };
	open = vi.fn();
	close = vi.fn();
	dispose = vi.fn();
}

/** The browser's locks: a name belongs to one holder until its promise ends. */
class FakeLocks {
	readonly held = new Set<string>();

	query(): Promise<LockManagerSnapshot> {
		return Promise.resolve({ held: [...this.held].map((name) => ({ name })), pending: [] });
	}

	async request(
		name: string,
		_options: LockOptions,
		run: (lock: Lock | null) => Promise<unknown>
	): Promise<unknown> {
		if (this.held.has(name)) {
			if (_options.ifAvailable === true) return run(null);
			throw new DOMException('timeout', 'TimeoutError');
		}
		this.held.add(name);
		try {
			return await run({ name, mode: 'exclusive' });
		} finally {
			this.held.delete(name);
		}
	}
}

const seed = (node: string): SshTarget => ({ node: nodeName(node), login: login('root') });

/** One browser: what all its windows share. */
class Browser {
	readonly database = new AppDatabase(null);
	readonly storage = new WindowsStore(this.database);
	readonly locks = new FakeLocks();
	readonly clock = new FakeClock();
	readonly channels = new Set<EventTarget>();
	restore: SettingsRecord['restore'] = 'ask';

	/** @param notes session storage of the tab: kept by a reload, copied by duplicating */
	async open(notes = new Map<string, string>(), moved: string | null = null) {
		const tabs = new TabStrip({ createSession: () => new FakeSession() as unknown as SshSession });
		const opened: string[] = [];
		const channel = Object.assign(new EventTarget(), {
			postMessage: (data: unknown) => {
				for (const other of this.channels)
					if (other !== channel) other.dispatchEvent(new MessageEvent('message', { data }));
			},
			close: () => this.channels.delete(channel)
		});
		this.channels.add(channel);
		const keeper = new WindowKeeper({
			storage: this.storage,
			tabs,
			notes: {
				getItem: (key) => notes.get(key) ?? null,
				setItem: (key, value) => void notes.set(key, value)
			},
			locks: this.locks as unknown as WindowLocks,
			channel: channel as unknown as BroadcastChannel,
			restore: () => Promise.resolve(this.restore),
			openWindow: (path) => opened.push(path),
			moved,
			clock: this.clock
		});
		await keeper.start();
		return {
			keeper,
			tabs,
			notes,
			opened,
			names: () => tabs.tabs.map((tab) => tab.ordered.map(({ name }) => name).join('+')),
			/** Saved, then gone without a word. */
			crash: async () => {
				await this.pass(1_000);
				keeper.dispose();
				await this.pass(0);
			}
		};
	}

	async pass(ms: number): Promise<void> {
		// Effects run, what they delay comes due, and what that starts ends.
		for (const step of [0, ms, 0]) {
			flushSync();
			for (let turn = 0; turn < 4; turn += 1) await settle();
			this.clock.advance(step);
		}
		for (let turn = 0; turn < 4; turn += 1) await settle();
	}
}

describe('WindowKeeper', () => {
	it('offers the tabs and splits of a window that crashed, and opens them as they were', async () => {
		const browser = new Browser();
		const first = await browser.open();
		const tab = first.tabs.open(seed('a'));
		first.tabs.split(tab, 'row', seed('b'));
		tab.rename('pair');
		first.tabs.open(seed('c'));
		first.tabs.activate(tab.id);
		await first.crash();

		const second = await browser.open();
		expect(second.keeper.offer?.tabs).toHaveLength(2);
		expect(second.names()).toEqual([]);
		await second.keeper.restoreOffer();
		expect(second.names()).toEqual(['root@a+root@b', 'root@c']);
		expect(second.tabs.active?.givenName).toBe('pair');
		expect(second.keeper.offer).toBeNull();
		await browser.pass(1_000);
		expect((await browser.storage.all()).map(({ id }) => id)).toEqual([second.keeper.id]);
	});

	it('offers nothing of a window that is open, not even to its copy', async () => {
		const browser = new Browser();
		const first = await browser.open();
		first.tabs.open(seed('a'));
		await browser.pass(1_000);
		const copy = await browser.open(new Map(first.notes));
		const other = await browser.open();
		expect(copy.keeper.id).not.toBe(first.keeper.id);
		expect([copy.keeper.offer, other.keeper.offer]).toEqual([null, null]);
		copy.tabs.open(seed('b'));
		await browser.pass(1_000);
		expect(await browser.storage.all()).toHaveLength(2);
	});

	it('offers a reloaded window its own tabs before those of others', async () => {
		const browser = new Browser();
		const own = await browser.open();
		own.tabs.open(seed('own'));
		await browser.pass(1_000);
		const other = await browser.open();
		other.tabs.open(seed('later'));
		await other.crash();
		await own.crash();
		const again = await browser.open(own.notes);
		expect(again.keeper.offer?.tabs[0]?.layout).toMatchObject({ pane: { node: 'own' } });
		await again.keeper.dismissOffer();
		expect(again.keeper.offer?.tabs[0]?.layout).toMatchObject({ pane: { node: 'later' } });
		await again.keeper.dismissOffer();
		expect(again.keeper.offer).toBeNull();
		expect(await browser.storage.all()).toEqual([]);
	});

	it('gives a record to one of two windows that ask for it', async () => {
		const browser = new Browser();
		const gone = await browser.open();
		gone.tabs.open(seed('a'));
		await gone.crash();
		const [first, second] = [await browser.open(), await browser.open()];
		await Promise.all([first.keeper.restoreOffer(), second.keeper.restoreOffer()]);
		expect([...first.names(), ...second.names()]).toEqual(['root@a']);
	});

	it('restores at once when the person wants that: alone, or its own', async () => {
		const browser = new Browser();
		browser.restore = 'always';
		const gone = await browser.open();
		gone.tabs.open(seed('a'));
		await gone.crash();
		const first = await browser.open();
		expect(first.names()).toEqual(['root@a']);
		const lost = await browser.open();
		lost.tabs.open(seed('b'));
		await lost.crash();
		// Beside another window it is offered only: a new window begins empty.
		const second = await browser.open();
		expect(second.names()).toEqual([]);
		expect(second.keeper.offer).not.toBeNull();
		await second.crash();
		await browser.pass(1_000);
		await first.crash();
		expect((await browser.open(first.notes)).names()).toEqual(['root@a']);
	});

	it('offers nothing when the person never wants it', async () => {
		const browser = new Browser();
		const gone = await browser.open();
		gone.tabs.open(seed('a'));
		await gone.crash();
		browser.restore = 'never';
		expect((await browser.open()).keeper.offer).toBeNull();
	});

	it('sends tabs to a new window; the old ones go when they are there, and nobody else gets them', async () => {
		const browser = new Browser();
		const from = await browser.open();
		const tab = from.tabs.open(seed('a'));
		const onArrived = vi.fn();
		await from.keeper.send([tab.saved], onArrived);
		const moved = new URL(from.opened[0] ?? '', 'https://tab.example').searchParams.get('window');
		expect((await browser.open()).keeper.offer).toBeNull();
		expect(onArrived).not.toHaveBeenCalled();
		const to = await browser.open(undefined, moved);
		expect(to.names()).toEqual(['root@a']);
		expect(onArrived).toHaveBeenCalledOnce();
		// The address once more: the record is gone.
		expect((await browser.open(undefined, moved)).names()).toEqual([]);
	});

	it('forgets a window whose last tab is closed, and keeps nothing after it ended', async () => {
		const browser = new Browser();
		const one = await browser.open();
		const tab = one.tabs.open(seed('a'));
		await browser.pass(1_000);
		expect(await browser.storage.all()).toHaveLength(1);
		one.tabs.close(tab.id);
		await browser.pass(1_000);
		expect(await browser.storage.all()).toEqual([]);
		one.tabs.open(seed('b'));
		await browser.pass(0);
		one.keeper.dispose();
		await browser.pass(10_000);
		expect(await browser.storage.all()).toEqual([]);
	});

	it('writes what is due at once when the page goes', async () => {
		const browser = new Browser();
		const one = await browser.open();
		one.tabs.open(seed('a'));
		await browser.pass(0);
		one.keeper.flush();
		await browser.pass(0);
		expect(await browser.storage.all()).toHaveLength(1);
	});

	it('works without locks: its own former tabs, nobody else’s', async () => {
		const browser = new Browser();
		const own = await browser.open();
		own.tabs.open(seed('a'));
		await own.crash();
		const tabs = new TabStrip({ createSession: () => new FakeSession() as unknown as SshSession });
		const start = async (former: string | null) => {
			const keeper = new WindowKeeper({
				storage: browser.storage,
				tabs,
				notes: { getItem: () => former, setItem: () => undefined },
				locks: null,
				channel: null,
				restore: () => Promise.resolve('ask'),
				openWindow: () => undefined,
				moved: null
			});
			await keeper.start();
			return keeper.offer;
		};
		expect(await start(null)).toBeNull();
		expect(await start(own.keeper.id)).not.toBeNull();
	});
});
