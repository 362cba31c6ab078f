// Keeps this window's tabs and splits in storage while it lives, and offers those of windows that are
// gone: after a crash, an update, a restart. Also hands a tab to a new window. Window only; app-client
// builds one. A window's Web Lock says that it lives; the browser lets go of it, however the window ends.
import { untrack } from 'svelte';
import { isRecord } from '$lib/contracts/parse';
import type { SavedTab, WindowRecord, WindowsStore } from '$lib/storage/windows';
import { systemClock, type Clock, type Timer } from '../clock';
import type { TabStrip } from '../tabs/tab-strip.svelte';

/** Name of this window's id in sessionStorage, which a reload keeps and a duplicated tab copies. */
const ID_NOTE = 'headtab:window';
const LOCK_PREFIX = 'headtab:window:';
export const WINDOWS_CHANNEL = 'headtab:windows';
/** Query of a URL whose window takes tabs over: the id of their record, nothing else. */
export const MOVE_PARAM = 'window';
/** A drag writes its last place once. */
const SAVE_DELAY_MS = 250;
/** The lock of a page that is being reloaded is free a moment after the new page runs. */
const FORMER_WAIT_MS = 1_000;
/** After this a moved tab that no window has taken is offered like any other. */
const MOVE_GRACE_MS = 60_000;

/** Tabs of a window that is gone. */
export type WindowOffer = Pick<WindowRecord, 'id' | 'savedAtMs' | 'tabs'>;

/** What of `navigator.locks` is used. */
export type WindowLocks = Pick<LockManager, 'request' | 'query'>;

/** Between windows: the tabs of this record have arrived. */
interface Arrived {
	readonly kind: 'windows/arrived';
	readonly id: string;
}

export interface WindowKeeperOptions {
	readonly storage: WindowsStore;
	readonly tabs: TabStrip;
	/** Of this browser tab. */
	readonly notes: Pick<Storage, 'getItem' | 'setItem'>;
	/** null where there are none: every record but our own former one counts as open then. */
	readonly locks: WindowLocks | null;
	readonly channel: BroadcastChannel | null;
	/** The person's setting, read when it is needed. */
	readonly restore: () => Promise<'ask' | 'always' | 'never'>;
	/** Opens a window of the app at this path. */
	readonly openWindow: (path: string) => void;
	/** Id of a record whose tabs this window was opened for; null otherwise. */
	readonly moved: string | null;
	readonly clock?: Clock;
}

export class WindowKeeper {
	/** New at each load: what the page before it kept is a record of its own, offered as such. */
	readonly id: string = crypto.randomUUID();
	readonly #options: WindowKeeperOptions;
	readonly #clock: Clock;
	readonly #former: string | null;
	/** Ends the promises that hold the locks. */
	readonly #over = new AbortController();
	#offer: WindowRecord | null = $state.raw(null);
	#timer: Timer | null = null;
	#hasSaved = false;
	#stopWatching: () => void = () => undefined;
	/** Tabs on their way to another window, by the id of their record. */
	// eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing is drawn from it
	readonly #leaving = new Map<string, () => void>();

	constructor(options: WindowKeeperOptions) {
		this.#options = options;
		this.#clock = options.clock ?? systemClock;
		this.#former = options.notes.getItem(ID_NOTE);
		options.notes.setItem(ID_NOTE, this.id);
		options.channel?.addEventListener('message', this.#onMessage);
	}

	/** Tabs of a window that is gone; null when there are none, or the person has decided. */
	get offer(): WindowOffer | null {
		return this.#offer;
	}

	/** Takes the window's name, takes over what it was opened for or looks for what it may offer, then
	 *  keeps what changes. */
	async start(): Promise<void> {
		await this.#hold(this.id, { isWaiting: false });
		if (this.#isOver()) return;
		this.#watch();
		const { moved, storage } = this.#options;
		const record = moved === null ? null : await storage.take(moved);
		if (this.#isOver()) return;
		if (record !== null) {
			this.#open(record);
			this.#options.channel?.postMessage({ kind: 'windows/arrived', id: record.id });
			return;
		}
		const isFormerOurs =
			this.#former !== null && (await this.#hold(this.#former, { isWaiting: true }));
		await this.#prune();
		await this.#look(isFormerOurs ? this.#former : null);
	}

	/** Opens what is offered, here, and looks for more. */
	async restoreOffer(): Promise<void> {
		const offer = this.#offer;
		if (offer === null) return;
		this.#offer = null;
		// Another window may have been quicker.
		const record = await this.#options.storage.take(offer.id);
		if (this.#isOver()) return;
		if (record !== null) this.#open(record);
		await this.#look(null);
	}

	/** The person does not want it: it is forgotten. */
	async dismissOffer(): Promise<void> {
		const offer = this.#offer;
		if (offer === null) return;
		this.#offer = null;
		await this.#options.storage.delete(offer.id);
		await this.#look(null);
	}

	/** Opens tabs in a new window.
	 *  @param onArrived the new window has them: the old ones may go */
	async send(tabs: readonly SavedTab[], onArrived: () => void): Promise<void> {
		const id = crypto.randomUUID();
		const savedAtMs = this.#clock.now();
		this.#leaving.set(id, onArrived);
		await this.#options.storage.save({ id, savedAtMs, tabs, activeIndex: 0, isMoving: true });
		this.#options.openWindow(`/?${MOVE_PARAM}=${id}`);
	}

	/** Writes now what would be written in a moment: the page may go. */
	flush(): void {
		if (this.#timer === null) return;
		this.#clock.clearTimeout(this.#timer);
		this.#timer = null;
		void this.#save();
	}

	dispose(): void {
		this.#stopWatching();
		if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
		this.#timer = null;
		this.#options.channel?.removeEventListener('message', this.#onMessage);
		this.#options.channel?.close();
		this.#over.abort();
	}

	/** Asked anew after each wait. */
	#isOver(): boolean {
		return this.#over.signal.aborted;
	}

	#watch(): void {
		const { tabs } = this.#options;
		this.#stopWatching = $effect.root(() => {
			$effect(() => {
				// Whatever is kept is read here, so that its change is seen.
				const isEmpty = tabs.tabs.map((tab) => tab.saved).length === 0 && tabs.active === null;
				untrack(() => {
					if (isEmpty && !this.#hasSaved) return;
					this.#timer ??= this.#clock.setTimeout(() => {
						this.#timer = null;
						void this.#save();
					}, SAVE_DELAY_MS);
				});
			});
		});
	}

	async #save(): Promise<void> {
		const { storage, tabs } = this.#options;
		const { id } = this;
		if (tabs.tabs.length === 0) {
			await storage.delete(id);
			return;
		}
		this.#hasSaved = true;
		const at = tabs.active === null ? -1 : tabs.tabs.indexOf(tabs.active);
		await storage.save({
			id,
			savedAtMs: this.#clock.now(),
			tabs: tabs.tabs.map((tab) => tab.saved),
			activeIndex: at < 0 ? null : at,
			isMoving: false
		});
	}

	#open(record: WindowRecord): void {
		const { tabs } = this.#options;
		const opened = record.tabs.map((saved) => tabs.openSaved(saved));
		const active = record.activeIndex === null ? null : opened[record.activeIndex];
		tabs.activate((active ?? opened[0])?.id ?? null);
	}

	/** @param former our own page before a reload or a crash: restored even beside other windows */
	async #look(former: string | null): Promise<void> {
		const { storage, restore, tabs } = this.#options;
		const [records, open, wish] = await Promise.all([storage.all(), this.#openIds(), restore()]);
		if (this.#isOver() || wish === 'never') return;
		const nowMs = this.#clock.now();
		const free = records.filter(
			({ id, isMoving, savedAtMs }) =>
				id === former ||
				(open !== null &&
					!open.has(id) &&
					!(isMoving && Math.abs(nowMs - savedAtMs) < MOVE_GRACE_MS))
		);
		const offer = free.find(({ id }) => id === former) ?? free[0] ?? null;
		this.#offer = offer;
		if (offer === null || wish !== 'always' || tabs.tabs.length > 0) return;
		const isAlone = open !== null && [...open].every((id) => id === this.id || id === former);
		if (offer.id === former || isAlone) await this.restoreOffer();
	}

	async #prune(): Promise<void> {
		const open = await this.#openIds();
		if (open === null) return;
		await this.#options.storage.prune(this.#clock.now(), (id) => open.has(id));
	}

	/** Ids of windows that live, this one included; null where nobody can tell. */
	async #openIds(): Promise<ReadonlySet<string> | null> {
		const { locks } = this.#options;
		if (locks === null) return null;
		const { held = [] } = await locks.query();
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- a list of this moment
		return new Set(
			held.flatMap(({ name = '' }) =>
				name.startsWith(LOCK_PREFIX) ? [name.slice(LOCK_PREFIX.length)] : []
			)
		);
	}

	/** Holds a window's lock until this one ends. @returns whether it was free */
	#hold(id: string, options: { readonly isWaiting: boolean }): Promise<boolean> {
		const { locks } = this.#options;
		if (locks === null) return Promise.resolve(true);
		const over = this.#over.signal;
		return new Promise((resolve, reject) => {
			const keep = (lock: Lock | null): Promise<void> => {
				resolve(lock !== null);
				if (lock === null || over.aborted) return Promise.resolve();
				return new Promise((done) => {
					over.addEventListener('abort', () => {
						done();
					});
				});
			};
			const request = options.isWaiting
				? locks.request(LOCK_PREFIX + id, { signal: AbortSignal.timeout(FORMER_WAIT_MS) }, keep)
				: locks.request(LOCK_PREFIX + id, { ifAvailable: true }, keep);
			request.catch((cause: unknown) => {
				// Still held after the wait: a window that lives, e.g. the one this was duplicated from.
				if (cause instanceof DOMException) resolve(false);
				else reject(cause instanceof Error ? cause : new Error('lock', { cause }));
			});
		});
	}

	readonly #onMessage = ({ data }: MessageEvent<unknown>): void => {
		const arrived = parseArrived(data);
		if (arrived === null) return;
		const leave = this.#leaving.get(arrived.id);
		this.#leaving.delete(arrived.id);
		leave?.();
	};
}

function parseArrived(data: unknown): Arrived | null {
	if (!isRecord(data) || data['kind'] !== 'windows/arrived') return null;
	return typeof data['id'] === 'string' ? { kind: 'windows/arrived', id: data['id'] } : null;
}
