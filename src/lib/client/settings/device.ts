// What Headtab keeps on this device, counted, and forgetting all of it. Window only; the privacy settings
// ask. Signing out forgets what names people and machines (client/person); this forgets the rest, too.
import { forgetDevice as forgetStored, withAppDatabase } from '$lib/storage/db';
import { HostKeyStore } from '$lib/storage/host-keys';
import { PeersStore } from '$lib/storage/peers';
import { RecentsStore } from '$lib/storage/recents';
import { RECENTS_CHANNEL } from '../recents/recents.svelte';
import { SETTINGS_CHANNEL } from './settings.svelte';

export interface DeviceFacts {
	/** False: this browser keeps nothing for Headtab. */
	readonly isPersistent: boolean;
	/** The browser does not clear it by itself when space runs out. */
	readonly isKept: boolean;
	/** Used, starred or coloured. */
	readonly machines: number;
	readonly logins: number;
	readonly listed: number;
	readonly listedAtMs: number | null;
	readonly hostKeys: number;
	readonly windows: number;
	/** All of it, the app's own files included; null where the browser does not tell. */
	readonly usedBytes: number | null;
}

export function deviceFacts(): Promise<DeviceFacts> {
	return withAppDatabase(async (database) => {
		const [recents, list, hostKeys, windows, used, isKept] = await Promise.all([
			new RecentsStore(database).all(),
			new PeersStore(database).load(),
			new HostKeyStore(database).all(),
			database.entries('windows'),
			usedBytes(),
			'storage' in navigator ? navigator.storage.persisted() : false
		]);
		return {
			isPersistent: database.isPersistent,
			isKept,
			machines: recents.length,
			logins: recents.reduce((sum, { logins }) => sum + logins.length, 0),
			listed: list?.peers.length ?? 0,
			listedAtMs: list?.savedAtMs ?? null,
			hostKeys: hostKeys.length,
			windows: windows.length,
			usedBytes: used
		};
	});
}

async function usedBytes(): Promise<number | null> {
	if (!('storage' in navigator)) return null;
	return (await navigator.storage.estimate()).usage ?? null;
}

/** Everything of every person: users, lists, trusted host keys, settings. Other windows hear of it. */
export async function forgetDevice(): Promise<void> {
	await withAppDatabase(forgetStored);
	for (const name of [RECENTS_CHANNEL, SETTINGS_CHANNEL]) {
		const channel = new BroadcastChannel(name);
		channel.postMessage(null);
		channel.close();
	}
}
