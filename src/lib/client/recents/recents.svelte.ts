// What this device remembers per machine: logins, last opened, favourite. Equal in all windows.
// Window only; owner is storage/recents.
import type { Login, NodeName } from '$lib/contracts/ids';
import type { RecentRecord, RecentsStore } from '$lib/storage/recents';

export interface RecentsOptions {
	readonly storage: RecentsStore;
	readonly createChannel?: () => BroadcastChannel | null;
	readonly now?: () => number;
}

/** One remembered session, for the launcher's list of recents. */
export interface RecentSession {
	readonly node: NodeName;
	readonly login: Login;
	readonly openedAtMs: number;
}

export declare class Recents {
	constructor(options: RecentsOptions);
	/** All records, last opened first. */
	get all(): readonly RecentRecord[];
	/** `user@node` pairs, last opened first. */
	get sessions(): readonly RecentSession[];
	byNode(node: string): RecentRecord | null;
	/** The login to connect with at once; null when none is known. */
	lastLogin(node: string): Login | null;
	/** Logins used on this machine, last used first. */
	logins(node: string): readonly Login[];
	isFavourite(node: string): boolean;
	remember(node: NodeName, login: Login): Promise<void>;
	setFavourite(node: NodeName, isFavourite: boolean): Promise<void>;
	forget(node: NodeName): Promise<void>;
	dispose(): void;
}
