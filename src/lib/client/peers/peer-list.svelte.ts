// The machines: the peers of the own node's netmap, and the last list from storage until it is there.
// Window only; the layout builds one, launcher and sessions read it. It owns nothing: Go does.
import type { NodeId } from '$lib/contracts/ids';
import type { Peer } from '$lib/contracts/tailnet';
import type { PeersStore } from '$lib/storage/peers';
import type { NodeClient } from '../node/node-client.svelte';

/** The netmap changes a few times a second at most; storage takes it this often. */
const SAVE_INTERVAL_MS = 5_000;

export interface PeerListOptions {
	readonly node: Pick<NodeClient, 'netmap'>;
	readonly storage: PeersStore;
	readonly now?: () => number;
}

export class PeerList {
	readonly #node: Pick<NodeClient, 'netmap'>;
	readonly #storage: PeersStore;
	readonly #now: () => number;
	#saved: readonly Peer[] = $state.raw([]);
	#savedAtMs: number | null = $state.raw(null);
	#lastSaveAtMs = 0;
	readonly #stop: () => void;

	readonly #peers = $derived.by(() => this.#node.netmap?.peers ?? this.#saved);
	readonly #byName = $derived.by(() => {
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew with each netmap
		return new Map(this.#peers.map((peer) => [peer.name as string, peer]));
	});

	constructor(options: PeerListOptions) {
		this.#node = options.node;
		this.#storage = options.storage;
		this.#now = options.now ?? Date.now;
		void this.#load();
		this.#stop = $effect.root(() => {
			$effect(() => {
				const peers = this.#node.netmap?.peers;
				if (peers !== undefined) this.#save(peers);
			});
		});
	}

	/** What the policy lets this person see; the remembered list until the netmap is there. */
	get peers(): readonly Peer[] {
		return this.#peers;
	}

	/** False while the list is the remembered one. */
	get isLive(): boolean {
		return this.#node.netmap !== null;
	}

	/** When the remembered list was saved; null without one. */
	get savedAtMs(): number | null {
		return this.#savedAtMs;
	}

	/** @param name first label, in lower case */
	byName(name: string): Peer | null {
		return this.#byName.get(name) ?? null;
	}

	/** @param id stays what it is when the machine is renamed */
	byId(id: NodeId): Peer | null {
		return this.#peers.find((peer) => peer.id === id) ?? null;
	}

	dispose(): void {
		this.#stop();
	}

	async #load(): Promise<void> {
		const saved = await this.#storage.load();
		if (saved === null) return;
		this.#saved = saved.peers;
		this.#savedAtMs = saved.savedAtMs;
	}

	#save(peers: readonly Peer[]): void {
		const now = this.#now();
		if (now - this.#lastSaveAtMs < SAVE_INTERVAL_MS) return;
		this.#lastSaveAtMs = now;
		void this.#storage.save(peers, now);
	}
}
