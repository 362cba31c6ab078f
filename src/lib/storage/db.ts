// The one IndexedDB of the app: schema, upgrades, and memory in its place where it is blocked.
// Runs in window and service worker; only storage/* uses it.
export declare class AppDatabase {
	/** False when IndexedDB is blocked: nothing outlives the window. */
	get isPersistent(): boolean;
	close(): void;
}
export declare function openAppDatabase(): Promise<AppDatabase>;
