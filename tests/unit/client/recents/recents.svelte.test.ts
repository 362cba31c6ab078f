// What the device remembers per machine, equal in all windows; settings travel the same way.
import { describe, expect, it } from 'vitest';
import { Recents } from '$lib/client/recents/recents.svelte';
import { Settings } from '$lib/client/settings/settings.svelte';
import { nodeName } from '$lib/contracts/ids';
import { AppDatabase } from '$lib/storage/db';
import { RecentsStore } from '$lib/storage/recents';
import { SettingsStore } from '$lib/storage/settings';
import { login, settle } from '../fakes';

const web = nodeName('web-1');

/** A BroadcastChannel whose members hear each other at once. */
class Channel {
	onmessage: (() => void) | null = null;
	readonly #members: Set<Channel>;
	constructor(members: Set<Channel>) {
		this.#members = members;
		members.add(this);
	}
	postMessage(): void {
		if (!this.#members.has(this)) throw new Error('the channel is closed');
		for (const member of this.#members) if (member !== this) member.onmessage?.();
	}
	close(): void {
		this.#members.delete(this);
	}
}

function channels() {
	const members = new Set<Channel>();
	return () => new Channel(members) as unknown as BroadcastChannel;
}

describe('Recents', () => {
	it('L12 write down what ends as the window goes to another person, and tell nobody', async () => {
		const storage = new RecentsStore(new AppDatabase(null));
		const recents = new Recents({ storage, createChannel: channels() });
		await recents.remember(web, login('root'));
		const end = { login: login('root'), atMs: 7, code: null, exitStatus: 0 };
		const written = recents.setLastEnd(web, end);
		recents.dispose();
		await written;
		expect((await storage.all())[0]?.lastEnd).toEqual(end);
	});

	it('P5 are equal in all windows', async () => {
		const storage = new RecentsStore(new AppDatabase(null));
		const createChannel = channels();
		let now = 1;
		const first = new Recents({ storage, createChannel, now: () => now });
		const second = new Recents({ storage, createChannel });
		await settle();
		await first.remember(web, login('root'));
		now = 2;
		await first.remember(web, login('deploy'));
		await settle();
		expect(second.lastLogin('web-1')).toBe('deploy');
		expect(second.logins('web-1')).toEqual(['deploy', 'root']);
		expect(second.sessions.map((known) => `${known.login}@${known.node}`)).toEqual([
			'deploy@web-1',
			'root@web-1'
		]);
		await second.setFavourite(web, true);
		await settle();
		expect(first.isFavourite('web-1')).toBe(true);
		await first.forget(web);
		await settle();
		expect(second.byNode('web-1')).toBeNull();
		first.dispose();
		second.dispose();
	});
});

describe('Settings', () => {
	it('apply at once, in all windows', async () => {
		const storage = new SettingsStore(new AppDatabase(null));
		const createChannel = channels();
		const first = new Settings({ storage, createChannel });
		const second = new Settings({ storage, createChannel });
		await settle();
		const set = first.set({ fontSizePx: 18 });
		expect(first.values.fontSizePx).toBe(18);
		await set;
		await settle();
		expect(second.values.fontSizePx).toBe(18);
		expect(second.isLoaded).toBe(true);
	});

	it('take screen reader support from the launch URL, for this window only', async () => {
		const storage = new SettingsStore(new AppDatabase(null));
		const settings = new Settings({
			storage,
			createChannel: channels(),
			search: '?screenreader=1'
		});
		await settle();
		expect(settings.isScreenReaderOn).toBe(true);
		expect((await storage.load()).isScreenReaderOn).toBe(false);
	});
});
