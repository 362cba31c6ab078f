// The person's settings on this device, equal in all windows. Window only; owner is storage/settings.
import { DEFAULT_SETTINGS, type SettingsRecord, type SettingsStore } from '$lib/storage/settings';

/** Carries no data: whoever hears it reads storage again. */
export const SETTINGS_CHANNEL = 'headtab:settings';

export interface SettingsOptions {
	readonly storage: SettingsStore;
	/** Defaults to a BroadcastChannel; null where there is none. */
	readonly createChannel?: () => BroadcastChannel | null;
	/** Query of the launch URL: `?screenreader=1` switches screen reader support on for this window. */
	readonly search?: string;
}

export class Settings {
	readonly #storage: SettingsStore;
	readonly #channel: BroadcastChannel | null;
	readonly #isScreenReaderAsked: boolean;
	/** Resolves when the stored values were read. */
	readonly loaded: Promise<void>;
	#values: SettingsRecord = $state.raw(DEFAULT_SETTINGS);
	#isLoaded = $state(false);
	/** Counts changes of this window: what storage answered to an older one is not shown. */
	#turn = 0;
	/** What `undo` goes back to. */
	#before: Partial<SettingsRecord> | null = $state.raw(null);

	constructor(options: SettingsOptions) {
		this.#storage = options.storage;
		this.#isScreenReaderAsked =
			// eslint-disable-next-line svelte/prefer-svelte-reactivity -- read once
			new URLSearchParams(options.search ?? '').get('screenreader') === '1';
		this.#channel = (options.createChannel ?? (() => new BroadcastChannel(SETTINGS_CHANNEL)))();
		if (this.#channel !== null) this.#channel.onmessage = () => void this.#load();
		this.loaded = this.#load();
	}

	get values(): SettingsRecord {
		return this.#values;
	}

	get isScreenReaderOn(): boolean {
		return this.#isScreenReaderAsked || this.#values.isScreenReaderOn;
	}

	/** False until the stored values were read. */
	get isLoaded(): boolean {
		return this.#isLoaded;
	}

	async set(change: Partial<SettingsRecord>): Promise<void> {
		const turn = ++this.#turn;
		this.#values = { ...this.#values, ...change };
		const stored = await this.#storage.change(change);
		// A later change is already on the screen; what it stores holds this one, too.
		if (turn === this.#turn) this.#values = stored;
		this.#channel?.postMessage(null);
	}

	/** Changes several at once, e.g. from a file; `undo` brings all of them back. */
	async replace(change: Partial<SettingsRecord>): Promise<void> {
		this.#before = Object.fromEntries(
			Object.entries(this.#values).filter(([name]) => Object.hasOwn(change, name))
		);
		await this.set(change);
	}

	/** There is a `replace` to take back. */
	get canUndo(): boolean {
		return this.#before !== null;
	}

	async undo(): Promise<void> {
		const before = this.#before;
		if (before === null) return;
		this.#before = null;
		await this.set(before);
	}

	/** What stands is wanted: nothing to take back any more. */
	keep(): void {
		this.#before = null;
	}

	/** An action's own key: a chord, null for none, undefined for the usual one. */
	async setKeys(change: Readonly<Record<string, string | null | undefined>>): Promise<void> {
		const keys: Record<string, string | null> = {};
		for (const [id, chord] of Object.entries({ ...this.#values.keys, ...change })) {
			if (chord !== undefined) keys[id] = chord;
		}
		await this.set({ keys });
	}

	dispose(): void {
		this.#channel?.close();
	}

	async #load(): Promise<void> {
		const turn = this.#turn;
		const stored = await this.#storage.load();
		if (turn === this.#turn) this.#values = stored;
		this.#isLoaded = true;
	}
}
