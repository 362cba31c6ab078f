// Whether this device keeps what the app needs: asks the browser once not to evict it, and knows when
// storage is blocked or full, which the workspace says once. Window only; the layout builds one.
import type { KeepAnswer } from '$lib/contracts/service-worker';
import type { PersistenceStore } from '$lib/storage/persistence';

/** `blocked`: nothing outlives the window. `refused`: what was kept before does. `full`: the app is loaded
 *  anew at each launch. */
export type StorageTrouble = 'blocked' | 'refused' | 'full';

export interface DeviceStorageOptions {
	/** Null where the browser has none. */
	readonly manager: Pick<StorageManager, 'persist' | 'persisted' | 'estimate'> | null;
	readonly caches: Pick<CacheStorage, 'open' | 'delete'> | null;
}

/** The browser's own. */
export const browserStorage = (): DeviceStorageOptions => ({
	manager: 'storage' in navigator ? navigator.storage : null,
	caches: 'caches' in globalThis ? caches : null
});

/** Written and deleted, to see whether the browser takes anything. */
const PROBE_CACHE = 'headtab-probe';
const PROBE_BYTES = 64 * 1024;
/** What the app keeps for its next launch: the module, faces, code; a little more than they are. */
const ROOM_BYTES = 48 * 1024 * 1024;

export class DeviceStorage {
	readonly #manager: DeviceStorageOptions['manager'];
	readonly #caches: DeviceStorageOptions['caches'];
	#trouble: StorageTrouble | null = $state.raw(null);
	#dismissed: StorageTrouble | null = $state.raw(null);

	constructor({ manager, caches }: DeviceStorageOptions) {
		this.#manager = manager;
		this.#caches = caches;
	}

	/** What the person has not been told yet. */
	get trouble(): StorageTrouble | null {
		return this.#trouble === this.#dismissed ? null : this.#trouble;
	}

	/** @param isOpen whether the database could be opened */
	noteDatabase(isOpen: boolean): void {
		if (!isOpen) this.#trouble = 'blocked';
	}

	/** The database was open, and takes no more. */
	noteRefusal(): void {
		this.#trouble = 'refused';
	}

	/** @param answer null when no service worker could be installed, for want of room or otherwise */
	async noteKept(answer: KeepAnswer | null): Promise<void> {
		if (answer?.isComplete === true) return;
		// The other two say more.
		if (answer?.isFull === true || !(await this.#hasRoom())) this.#trouble ??= 'full';
	}

	/** The estimate may be the disk's; a refusal shows in a write alone. */
	async #hasRoom(): Promise<boolean> {
		const { quota, usage = 0 } = (await this.#manager?.estimate()) ?? {};
		if (quota !== undefined && quota - usage < ROOM_BYTES) return false;
		try {
			const cache = await this.#caches?.open(PROBE_CACHE);
			await cache?.put('/probe', new Response(new Uint8Array(PROBE_BYTES)));
			return true;
		} catch (cause) {
			if (!(cause instanceof DOMException)) throw cause;
			return cause.name !== 'QuotaExceededError';
		} finally {
			await this.#caches?.delete(PROBE_CACHE).catch(() => false);
		}
	}

	dismiss(): void {
		this.#dismissed = this.#trouble;
	}

	/** Once on a device, and when there is something to lose: a first shell was open. */
	async askOnce(store: PersistenceStore): Promise<void> {
		const manager = this.#manager;
		if (manager === null || (await store.wasAsked()) || (await manager.persisted())) return;
		await store.setAsked();
		await manager.persist();
	}
}
