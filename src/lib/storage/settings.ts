// Settings of this device. Window only.
export interface SettingsRecord {
	readonly colorScheme: 'system' | 'light' | 'dark';
	readonly fontSizePx: number;
	/** Closing a live session asks first. */
	readonly isCloseConfirmed: boolean;
	readonly isScreenReaderOn: boolean;
}
export declare class SettingsStore {
	load(): Promise<SettingsRecord>;
	save(values: SettingsRecord): Promise<void>;
}
