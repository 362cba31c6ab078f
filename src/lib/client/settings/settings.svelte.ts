// The person's settings on this device, equal in all windows. Window only; owner is storage/settings.
import type { SettingsStore, SettingsRecord } from '$lib/storage/settings';

export interface SettingsOptions {
	readonly storage: SettingsStore;
	readonly createChannel?: () => BroadcastChannel | null;
	/** Query of the launch URL: `?screenreader=1` switches screen reader support on. */
	readonly search?: string;
}

export declare class Settings {
	constructor(options: SettingsOptions);
	get values(): SettingsRecord;
	get isScreenReaderOn(): boolean;
	/** False until the stored values were read. */
	get isLoaded(): boolean;
	set(change: Partial<SettingsRecord>): Promise<void>;
	dispose(): void;
}
