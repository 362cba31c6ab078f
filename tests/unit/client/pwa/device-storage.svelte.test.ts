// Asks once to keep storage, and says once what is wrong with it.
import 'fake-indexeddb/auto';
import { expect, it, vi } from 'vitest';
import { DeviceStorage } from '$lib/client/pwa/device-storage.svelte';
import { openAppDatabase } from '$lib/storage/db';
import { PersistenceStore } from '$lib/storage/persistence';

const ROOMY = {
	persist: () => Promise.resolve(true),
	persisted: () => Promise.resolve(false),
	estimate: () => Promise.resolve({ quota: 1e9, usage: 1e6 })
};

it('asks the browser once on a device', async () => {
	const persist = vi.fn(() => Promise.resolve(false));
	const manager = { ...ROOMY, persist };
	const store = new PersistenceStore(await openAppDatabase());
	await new DeviceStorage({ manager, caches: null }).askOnce(store);
	await new DeviceStorage({ manager, caches: null }).askOnce(store);
	expect(persist).toHaveBeenCalledOnce();
	await new DeviceStorage({ manager: null, caches: null }).askOnce(store);
});

it('says what is wrong until it is put away', async () => {
	const full = new DeviceStorage({ manager: ROOMY, caches: null });
	full.noteDatabase(true);
	await full.noteKept({ isComplete: true, isFull: false });
	// No network, or no service worker here: not for want of room.
	await full.noteKept({ isComplete: false, isFull: false });
	await full.noteKept(null);
	expect(full.trouble).toBe(null);
	await full.noteKept({ isComplete: false, isFull: true });
	expect(full.trouble).toBe('full');
	full.dismiss();
	expect(full.trouble).toBe(null);
	const none = new DeviceStorage({
		manager: { ...ROOMY, estimate: () => Promise.resolve({ quota: 0 }) },
		caches: null
	});
	await none.noteKept(null);
	expect(none.trouble).toBe('full');
	const refusing = new DeviceStorage({
		manager: ROOMY,
		caches: {
			open: () => Promise.reject(new DOMException('', 'QuotaExceededError')),
			delete: () => Promise.resolve(false)
		}
	});
	await refusing.noteKept(null);
	expect(refusing.trouble).toBe('full');
	const blocked = new DeviceStorage({ manager: null, caches: null });
	blocked.noteDatabase(false);
	await blocked.noteKept({ isComplete: false, isFull: true });
	expect(blocked.trouble).toBe('blocked');
});

it('P3 says once that nothing new is kept, also after it was said that there is no room', async () => {
	const storage = new DeviceStorage({ manager: ROOMY, caches: null });
	await storage.noteKept({ isComplete: false, isFull: true });
	storage.dismiss();
	storage.noteRefusal();
	expect(storage.trouble).toBe('refused');
	await storage.noteKept({ isComplete: false, isFull: true });
	expect(storage.trouble).toBe('refused');
	storage.dismiss();
	expect(storage.trouble).toBe(null);
});
