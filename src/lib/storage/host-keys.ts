// Host keys trusted on first use, for peers that announce none. Window only.
import type { HostKey } from '$lib/contracts/tailnet';
import type { NodeId, NodeName } from '$lib/contracts/ids';
export interface HostKeyPlace {
	readonly nodeId: NodeId;
	readonly node: NodeName;
	readonly port: number;
}
export interface TrustedHostKey extends HostKeyPlace, HostKey {
	readonly trustedAtMs: number;
}
export declare class HostKeyStore {
	find(place: HostKeyPlace): Promise<TrustedHostKey | null>;
	trust(place: HostKeyPlace, key: HostKey, trustedAtMs: number): Promise<void>;
	forget(place: HostKeyPlace): Promise<void>;
	all(): Promise<readonly TrustedHostKey[]>;
}
