// The machines: the peers of the own node's netmap, and the last list from storage until it is there.
// Window only; the layout builds one, launcher and sessions read it.
import type { Peer } from '$lib/contracts/tailnet';
import type { PeersStore } from '$lib/storage/peers';
import type { NodeClient } from '../node/node-client.svelte';

export interface PeerListOptions {
	readonly node: Pick<NodeClient, 'netmap'>;
	readonly storage: PeersStore;
}

export declare class PeerList {
	constructor(options: PeerListOptions);
	get peers(): readonly Peer[];
	/** False while the list is the remembered one. */
	get isLive(): boolean;
	/** When the remembered list was saved; null without one. */
	get savedAtMs(): number | null;
	byName(name: string): Peer | null;
	dispose(): void;
}
