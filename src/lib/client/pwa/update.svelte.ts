// Registers the service worker, looks for new versions, and says when one waits. It takes over when the
// person says so, or when nothing lives and nobody types in any window; then all windows reload. A window
// with a live session never reloads without the person's word. Window only; the layout builds one.
import { Workbox } from 'workbox-window';
import { isRecord } from '$lib/contracts/parse';
import type { Release } from './news';
import type { LiveCounts } from './session-locks';

/** Between the windows: the person has agreed to a restart. */
export const UPDATE_CHANNEL = 'headtab:update';

/** How often an open window looks for a new version, beside each time it comes back to the screen. */
const CHECK_INTERVAL_MS = 3_600_000;
/** Coming back to the screen looks at most this often. */
const CHECK_MIN_MS = 60_000;
/** Somebody who has not typed for this long is not interrupted by a reload. */
export const QUIET_MS = 10_000;
/** A window that crashed with the last session says nothing: a waiting version asks now and then. */
const LOOK_INTERVAL_MS = 15_000;

/** What of workbox-window's Workbox is used. */
export interface UpdateSource {
	addEventListener(type: 'waiting' | 'controlling', listener: () => void): void;
	register(): Promise<unknown>;
	update(): Promise<void>;
	messageSkipWaiting(): void;
}

/** What of SessionLocks is used. */
export interface LiveSource {
	readonly ownCount: number;
	query(): Promise<LiveCounts>;
	onChange(listener: () => void): () => void;
	holdBusy(windowId: string): () => void;
}

export interface AppUpdateOptions {
	/** Null where there is no service worker: development, private windows of some browsers. */
	readonly workbox: UpdateSource | null;
	/** The service worker that serves this window now; null while none does. */
	readonly controller: () => object | null;
	readonly sessions: LiveSource;
	/** Tells the other windows that the person has agreed; null where there is none. */
	readonly channel: BroadcastChannel | null;
	readonly reload: () => void;
	/** What the version that waits has that this one has not, newest first. */
	readonly news: () => Promise<readonly Release[]>;
}

/** The real one; null where the browser or the address has none. */
export const createWorkbox = (): Workbox | null =>
	'serviceWorker' in navigator
		? new Workbox('/service-worker.js', { updateViaCache: 'none' })
		: null;

export class AppUpdate {
	readonly #options: AppUpdateOptions;
	readonly #windowId = crypto.randomUUID();
	readonly #stop = new AbortController();
	#isWaiting = $state(false);
	#isDismissed = $state(false);
	#isRestarting = $state(false);
	#liveCount = $state(0);
	#news = $state.raw<readonly Release[]>([]);
	#controller: object | null;
	/** The new version has taken over while sessions lived here: only a reload is missing. */
	#isTakenOver = false;
	#hasConsent = false;
	#lastCheckMs = 0;
	#release: (() => void) | null = null;
	#quietTimer: ReturnType<typeof setTimeout> | undefined;

	constructor(options: AppUpdateOptions) {
		this.#options = options;
		this.#controller = options.controller();
		options.workbox?.addEventListener('waiting', () => {
			this.#wait();
		});
		options.workbox?.addEventListener('controlling', () => {
			this.#controlled();
		});
		if (options.channel) {
			options.channel.onmessage = ({ data }: MessageEvent<unknown>) => {
				if (!isRecord(data) || data['kind'] !== 'update/apply') return;
				this.#hasConsent = true;
				// The worker's word may have come first.
				if (this.#isTakenOver) this.#reload();
			};
		}
	}

	/** A new version is there and waits, and the person has not put the offer away. */
	get isWaiting(): boolean {
		return this.#isWaiting && !this.#isDismissed;
	}

	/** What is new in it, newest version first; empty when that cannot be told. */
	get news(): readonly Release[] {
		return this.#news;
	}

	/** Live sessions in all windows: what a restart ends. */
	get liveCount(): number {
		return this.#liveCount;
	}

	/** The window is about to reload: nothing asks whether to leave. */
	get isRestarting(): boolean {
		return this.#isRestarting;
	}

	/** Without a service worker the app works from the network, so a refusal is no failure of the app.
	 *  @returns whether it registered */
	async register(): Promise<boolean> {
		if (this.#options.workbox === null) return false;
		const isRegistered = await attempt(() => this.#options.workbox?.register());
		// The first one may have come before anybody listened: a sign-in leaves a page that is installing it.
		this.#controller ??= this.#options.controller();
		if (isRegistered) this.#watch();
		return isRegistered;
	}

	/** The person's word: the new version takes over and all windows reload, live sessions or not. */
	apply(): void {
		this.#hasConsent = true;
		this.#options.channel?.postMessage({ kind: 'update/apply' });
		this.#takeOver();
	}

	/** Puts the offer away; the version still takes over when nothing lives. */
	dismiss(): void {
		this.#isDismissed = true;
	}

	dispose(): void {
		this.#stop.abort();
		clearTimeout(this.#quietTimer);
		this.#release?.();
		this.#options.channel?.close();
	}

	/** Looks for a new version now and then. Times are the page's own: the clock may be a day off. */
	#watch(): void {
		const { signal } = this.#stop;
		this.#lastCheckMs = performance.now();
		const check = () => {
			this.#lastCheckMs = performance.now();
			void attempt(() => this.#options.workbox?.update());
		};
		const checkAgain = () => {
			const isDue = performance.now() - this.#lastCheckMs >= CHECK_MIN_MS;
			if (document.visibilityState === 'visible' && isDue) check();
		};
		every(CHECK_INTERVAL_MS, check, signal);
		document.addEventListener('visibilitychange', checkAgain, { signal });
		addEventListener('online', checkAgain, { signal });
	}

	#wait(): void {
		this.#isDismissed = false;
		void this.#options.news().then((news) => (this.#news = news));
		if (this.#isWaiting) return;
		this.#isWaiting = true;
		const { signal } = this.#stop;
		const look = () => void this.#look();
		signal.addEventListener('abort', this.#options.sessions.onChange(look));
		document.addEventListener('visibilitychange', look, { signal });
		every(LOOK_INTERVAL_MS, look, signal);
		// Whoever types, in any window, is let finish.
		const typed = () => {
			this.#release ??= this.#options.sessions.holdBusy(this.#windowId);
			clearTimeout(this.#quietTimer);
			this.#quietTimer = setTimeout(() => {
				this.#release?.();
				this.#release = null;
			}, QUIET_MS);
		};
		for (const type of ['keydown', 'pointerdown'])
			addEventListener(type, typed, { signal, capture: true, passive: true });
		if (document.visibilityState === 'visible') typed();
		look();
	}

	async #look(): Promise<void> {
		const { sessions, busy } = await this.#options.sessions.query();
		this.#liveCount = sessions;
		if (sessions === 0 && busy === 0 && !this.#isRestarting) this.#takeOver();
	}

	#takeOver(): void {
		if (this.#isTakenOver) this.#reload();
		else this.#options.workbox?.messageSkipWaiting();
	}

	/** Another version serves this window from now on. */
	#controlled(): void {
		const before = this.#controller;
		this.#controller = this.#options.controller();
		if (before === null || before === this.#controller) return;
		this.#isTakenOver = true;
		if (this.#hasConsent || this.#options.sessions.ownCount === 0) this.#reload();
		else this.#wait();
	}

	#reload(): void {
		this.#isRestarting = true;
		this.#options.reload();
	}
}

/** Browsers refuse by TypeError (no network, a script that is gone) or DOMException (private window). */
async function attempt(run: () => Promise<unknown> | undefined): Promise<boolean> {
	try {
		return (await run()) !== undefined;
	} catch (error) {
		if (error instanceof TypeError || error instanceof DOMException) return false;
		throw error;
	}
}

function every(intervalMs: number, run: () => void, signal: AbortSignal): void {
	const timer = setInterval(run, intervalMs);
	signal.addEventListener('abort', () => {
		clearInterval(timer);
	});
}
