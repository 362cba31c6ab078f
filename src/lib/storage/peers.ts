// The last list of machines, for an instant first paint. Window only.
import type { Peer } from '$lib/contracts/tailnet';
export interface SavedPeers {
	readonly savedAtMs: number;
	readonly peers: readonly Peer[];
}
export declare class PeersStore {
	load(): Promise<SavedPeers | null>;
	save(peers: readonly Peer[], savedAtMs: number): Promise<void>;
}
