// Who has Headtab open on this server, for admins: asks now and then while somebody looks, sorts, ends one.
// Window only; AdminWindows builds one.
import type { WindowView } from '$lib/contracts/api';
import { isAppError, toAppError, type WireError } from '$lib/contracts/app-error';
import type { Api } from '../api';
import { systemClock, type Clock, type Timer } from '../clock';
import type { AdminSection } from '../place';

export const ADMIN_WORDS: Readonly<Record<AdminSection, string>> = {
	windows: 'Live windows',
	doctor: 'Doctor'
};

/** How often the list is asked for while it is in view. */
export const WINDOWS_REFRESH_MS = 4_000;

export type WindowsColumn = 'person' | 'node' | 'since' | 'bytes' | 'connections';
export interface WindowsOrder {
	readonly by: WindowsColumn;
	readonly isDescending: boolean;
}

/** Figures and times begin with the largest, names with A. */
const DESCENDING_FIRST: readonly WindowsColumn[] = ['since', 'bytes', 'connections'];

const relayedBytes = (window: WindowView): number => window.upBytes + window.downBytes;

/** Sorted anew; equal ones by id, so that no row jumps between two answers. */
export function sortWindows(
	windows: readonly WindowView[],
	{ by, isDescending }: WindowsOrder
): readonly WindowView[] {
	const sign = isDescending ? -1 : 1;
	return windows.toSorted(
		(one, two) => sign * compare(by, one, two) || (one.id < two.id ? -1 : one.id > two.id ? 1 : 0)
	);
}

function compare(by: WindowsColumn, one: WindowView, two: WindowView): number {
	switch (by) {
		case 'person':
			return one.person.localeCompare(two.person) || one.email.localeCompare(two.email);
		case 'node':
			return (one.hostname ?? '').localeCompare(two.hostname ?? '');
		case 'since':
			return one.sinceMs - two.sinceMs;
		case 'bytes':
			return relayedBytes(one) - relayedBytes(two);
		case 'connections':
			return one.connections - two.connections;
	}
}

export interface LiveWindowsOptions {
	readonly api: Pick<Api, 'windows' | 'endWindow'>;
	readonly clock?: Clock;
	readonly page?: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>;
}

export class LiveWindows {
	readonly #options: LiveWindowsOptions;
	readonly #clock: Clock;
	/** null before the first answer. */
	#windows: readonly WindowView[] | null = $state.raw(null);
	#error: WireError | null = $state.raw(null);
	#askedAtMs: number | null = $state.raw(null);
	#order: WindowsOrder = $state.raw({ by: 'since', isDescending: true });
	#ending: string | null = $state.raw(null);
	#ended: WindowView | null = $state.raw(null);
	#endError: WireError | null = $state.raw(null);
	#isWatching = false;
	#timer: Timer | null = null;
	#run: AbortController | null = null;

	readonly rows: readonly WindowView[] | null = $derived.by(() =>
		this.#windows === null ? null : sortWindows(this.#windows, this.#order)
	);

	constructor(options: LiveWindowsOptions) {
		this.#options = options;
		this.#clock = options.clock ?? systemClock;
	}

	/** Why the last question failed; the list that was there stays. */
	get error(): WireError | null {
		return this.#error;
	}

	/** Why the last ending failed. It stays until the next one: a list that came says nothing about it. */
	get endError(): WireError | null {
		return this.#endError;
	}

	/** What the last ending ended; null while another goes on, so that two of one person are told apart. */
	get ended(): WindowView | null {
		return this.#ended;
	}

	/** When the list was true. */
	get askedAtMs(): number | null {
		return this.#askedAtMs;
	}

	get order(): WindowsOrder {
		return this.#order;
	}

	/** Id of the window that is being ended. */
	get ending(): string | null {
		return this.#ending;
	}

	/** The same column once more turns the order around. */
	sortBy(by: WindowsColumn): void {
		this.#order =
			this.#order.by === by
				? { by, isDescending: !this.#order.isDescending }
				: { by, isDescending: DESCENDING_FIRST.includes(by) };
	}

	/** Asks at once and then every WINDOWS_REFRESH_MS, but not while nobody can see it.
	 *  @returns stop */
	watch(): () => void {
		const page = this.#options.page ?? document;
		const ask = () => void this.refresh();
		this.#isWatching = true;
		page.addEventListener('visibilitychange', ask);
		ask();
		return () => {
			this.#isWatching = false;
			page.removeEventListener('visibilitychange', ask);
			this.#cancel();
		};
	}

	/** Asks now, if somebody watches; the next question waits its time from here. */
	async refresh(): Promise<void> {
		this.#cancel();
		const page = this.#options.page ?? document;
		if (!this.#isWatching || page.visibilityState !== 'visible') return;
		const run = new AbortController();
		this.#run = run;
		try {
			const windows = await this.#options.api.windows(run.signal);
			if (run.signal.aborted) return;
			this.#windows = windows;
			this.#error = null;
			this.#askedAtMs = this.#clock.now();
		} catch (cause) {
			if (run.signal.aborted) return;
			this.#error = toAppError(cause).toWire();
			// Who may not see it need not ask again.
			if (this.#error.code === 'admin-only') return;
		}
		this.#timer = this.#clock.setTimeout(() => void this.refresh(), WINDOWS_REFRESH_MS);
	}

	/** Ends one and asks for the list anew.
	 *  @returns whether it ended; one that is gone already has */
	async end(window: WindowView): Promise<boolean> {
		this.#ending = window.id;
		this.#ended = null;
		this.#endError = null;
		try {
			await this.#options.api.endWindow(window.id);
		} catch (cause) {
			if (!isAppError(cause) || cause.code !== 'not-found') {
				this.#endError = toAppError(cause).toWire();
				return false;
			}
		} finally {
			this.#ending = null;
		}
		this.#ended = window;
		await this.refresh();
		return true;
	}

	#cancel(): void {
		this.#run?.abort();
		this.#run = null;
		if (this.#timer !== null) this.#clock.clearTimeout(this.#timer);
		this.#timer = null;
	}
}
