// Per machine: logins used, last opened, favourite. Runs in window and service worker.
import type { Login, NodeName } from '$lib/contracts/ids';

export interface RecentLogin {
	readonly login: Login;
	readonly openedAtMs: number;
}
export interface RecentRecord {
	readonly node: NodeName;
	/** Last used first; at most RECENT_LOGINS_MAX. */
	readonly logins: readonly RecentLogin[];
	/** 0 when only marked as favourite. */
	readonly openedAtMs: number;
	readonly isFavourite: boolean;
}
export declare class RecentsStore {
	all(): Promise<readonly RecentRecord[]>;
}
