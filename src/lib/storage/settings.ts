// Settings of this device. Window only; client/settings is its view.
import { isRecord } from '$lib/contracts/parse';
import type { AppDatabase } from './db';

export interface SettingsRecord {
	readonly colorScheme: 'system' | 'light' | 'dark';
	readonly fontSizePx: number;
	/** Closing a live session asks first. */
	readonly isCloseConfirmed: boolean;
	/** Each terminal mirrors its visible lines as text. */
	readonly isScreenReaderOn: boolean;
}

export const FONT_SIZE_MIN_PX = 10;
export const FONT_SIZE_MAX_PX = 32;

export const DEFAULT_SETTINGS: SettingsRecord = {
	colorScheme: 'system',
	fontSizePx: 14,
	isCloseConfirmed: true,
	isScreenReaderOn: false
};

export class SettingsStore {
	readonly #db: AppDatabase;

	constructor(db: AppDatabase) {
		this.#db = db;
	}

	async load(): Promise<SettingsRecord> {
		return parseSettings(await this.#db.get('settings', 'device'));
	}

	/** Changes only what is named, so that two windows do not undo each other. */
	async change(change: Partial<SettingsRecord>): Promise<SettingsRecord> {
		const next = await this.#db.update('settings', 'device', (value) =>
			parseSettings({ ...parseSettings(value), ...change })
		);
		return parseSettings(next);
	}
}

/** Any stored or sent value as settings; what is missing or out of range takes its default. */
export function parseSettings(value: unknown): SettingsRecord {
	if (!isRecord(value)) return DEFAULT_SETTINGS;
	const { colorScheme, fontSizePx, isCloseConfirmed, isScreenReaderOn } = value;
	return {
		colorScheme:
			colorScheme === 'light' || colorScheme === 'dark'
				? colorScheme
				: DEFAULT_SETTINGS.colorScheme,
		fontSizePx:
			typeof fontSizePx === 'number' && Number.isFinite(fontSizePx)
				? Math.min(FONT_SIZE_MAX_PX, Math.max(FONT_SIZE_MIN_PX, Math.round(fontSizePx)))
				: DEFAULT_SETTINGS.fontSizePx,
		isCloseConfirmed:
			typeof isCloseConfirmed === 'boolean' ? isCloseConfirmed : DEFAULT_SETTINGS.isCloseConfirmed,
		isScreenReaderOn:
			typeof isScreenReaderOn === 'boolean' ? isScreenReaderOn : DEFAULT_SETTINGS.isScreenReaderOn
	};
}
