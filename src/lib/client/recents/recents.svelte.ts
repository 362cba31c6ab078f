// What this device remembers per machine: logins, last opened, favourite. Equal in all windows by
// BroadcastChannel. Window only; owner of the fact is storage/recents, this is its view.
import type { Login, NodeName } from '$lib/contracts/ids';
import type { MachineColor, RecentEnd, RecentRecord, RecentsStore } from '$lib/storage/recents';
import type { StartUp } from '$lib/storage/start-up';

/** Carries no data: whoever hears it reads storage again. */
export const RECENTS_CHANNEL = 'headtab:recents';

export interface RecentsOptions {
	readonly storage: RecentsStore;
	/** Defaults to a BroadcastChannel; null where there is none. */
	readonly createChannel?: () => BroadcastChannel | null;
	readonly now?: () => number;
}

/** One remembered session, for the launcher's list of recents. */
export interface RecentSession {
	readonly node: NodeName;
	readonly login: Login;
	readonly openedAtMs: number;
}

export class Recents {
	readonly #storage: RecentsStore;
	readonly #now: () => number;
	readonly #channel: BroadcastChannel | null;
	#all: readonly RecentRecord[] = $state.raw([]);
	#isDisposed = false;
	#isLoaded = $state(false);

	readonly #sessions: readonly RecentSession[] = $derived.by(() =>
		this.#all
			.flatMap(({ node, logins }) => logins.map((known) => ({ node, ...known })))
			.sort((a, b) => b.openedAtMs - a.openedAtMs)
	);

	// A thousand machines ask at each letter of a search.
	readonly #byNode = $derived.by(() => {
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew with each change
		return new Map<string, RecentRecord>(this.#all.map((record) => [record.node, record]));
	});

	constructor(options: RecentsOptions) {
		this.#storage = options.storage;
		this.#now = options.now ?? Date.now;
		this.#channel = (options.createChannel ?? (() => new BroadcastChannel(RECENTS_CHANNEL)))();
		if (this.#channel !== null) this.#channel.onmessage = () => void this.#load();
		void this.#load();
	}

	/** False until the stored records were read. */
	get isLoaded(): boolean {
		return this.#isLoaded;
	}

	/** All records, last opened first. */
	get all(): readonly RecentRecord[] {
		return this.#all;
	}

	/** `user@node` pairs, last opened first. */
	get sessions(): readonly RecentSession[] {
		return this.#sessions;
	}

	byNode(node: string): RecentRecord | null {
		return this.#byNode.get(node) ?? null;
	}

	/** The login to connect with at once; null when none is known. */
	lastLogin(node: string): Login | null {
		return this.byNode(node)?.logins[0]?.login ?? null;
	}

	/** Logins used on this machine, last used first. */
	logins(node: string): readonly Login[] {
		return this.byNode(node)?.logins.map(({ login }) => login) ?? [];
	}

	isFavourite(node: string): boolean {
		return this.byNode(node)?.isFavourite ?? false;
	}

	async remember(node: NodeName, login: Login): Promise<void> {
		await this.#storage.remember(node, login, this.#now());
		await this.#changed();
	}

	async setFavourite(node: NodeName, isFavourite: boolean): Promise<void> {
		await this.#storage.setFavourite(node, isFavourite);
		await this.#changed();
	}

	async setColor(node: NodeName, color: MachineColor | null): Promise<void> {
		await this.#storage.setColor(node, color);
		await this.#changed();
	}

	async setStartUp(node: NodeName, startUp: StartUp | null): Promise<void> {
		await this.#storage.setStartUp(node, startUp);
		await this.#changed();
	}

	async setLastEnd(node: NodeName, lastEnd: RecentEnd): Promise<void> {
		await this.#storage.setLastEnd(node, lastEnd);
		await this.#changed();
	}

	async forget(node: NodeName): Promise<void> {
		await this.#storage.forget(node);
		await this.#changed();
	}

	dispose(): void {
		this.#isDisposed = true;
		this.#channel?.close();
	}

	/** What ends with the window's person, as another signs in, is still written down, and told to nobody here. */
	async #changed(): Promise<void> {
		if (!this.#isDisposed) await this.#load();
		// It may have ended while it read.
		if (!this.#isDisposed) this.#channel?.postMessage(null);
	}

	async #load(): Promise<void> {
		this.#all = await this.#storage.all();
		this.#isLoaded = true;
	}
}
