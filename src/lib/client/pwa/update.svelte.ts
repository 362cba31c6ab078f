// Registers the service worker and knows when a new version waits. A live session is never ended:
// the new version takes over when the person says so, or when the last window closes. Window only;
// the layout builds one.
import { Workbox } from 'workbox-window';

/** What of workbox-window's Workbox is used. */
export interface UpdateSource {
	addEventListener(type: 'waiting' | 'controlling', listener: () => void): void;
	register(): Promise<unknown>;
	messageSkipWaiting(): void;
}

export interface AppUpdateOptions {
	/** Null where there is no service worker: development, private windows of some browsers. */
	readonly workbox: UpdateSource | null;
	readonly reload: () => void;
}

/** The real one; null where the browser or the address has none. */
export const createWorkbox = (): Workbox | null =>
	'serviceWorker' in navigator
		? new Workbox('/service-worker.js', { updateViaCache: 'none' })
		: null;

export class AppUpdate {
	readonly #options: AppUpdateOptions;
	#isWaiting = $state(false);
	#isApplying = false;

	constructor(options: AppUpdateOptions) {
		this.#options = options;
		options.workbox?.addEventListener('waiting', () => (this.#isWaiting = true));
		// Only this window asked: another one that updates must not reload this one's sessions away.
		options.workbox?.addEventListener('controlling', () => {
			if (this.#isApplying) options.reload();
		});
	}

	/** A new version is there and waits. */
	get isWaiting(): boolean {
		return this.#isWaiting;
	}

	/** Without a service worker the app works from the network, so a refusal is no failure of the app.
	 *  @returns whether it registered */
	async register(): Promise<boolean> {
		if (this.#options.workbox === null) return false;
		try {
			return (await this.#options.workbox.register()) !== undefined;
		} catch (error) {
			// Browsers refuse by TypeError or SecurityError, e.g. in a private window.
			if (error instanceof TypeError || error instanceof DOMException) return false;
			throw error;
		}
	}

	/** Lets the new version take over and reloads this window. Call only when no session lives. */
	apply(): void {
		this.#isApplying = true;
		this.#options.workbox?.messageSkipWaiting();
	}

	dismiss(): void {
		this.#isWaiting = false;
	}
}
