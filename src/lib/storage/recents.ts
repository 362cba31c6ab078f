// Per machine: logins used, last opened, favourite. Owner of that fact in window and service worker.
// The service worker makes the manifest's shortcuts of it; client/recents is its view in a window.
import { isRecord, parseLogin, parseNodeName } from '$lib/contracts/parse';
import type { Login, NodeName } from '$lib/contracts/ids';
import type { AppDatabase } from './db';

/** Logins kept for one machine. */
export const RECENT_LOGINS_MAX = 8;

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

export class RecentsStore {
	readonly #db: AppDatabase;

	constructor(db: AppDatabase) {
		this.#db = db;
	}

	/** All records, last opened first. Damaged ones are left out. */
	async all(): Promise<readonly RecentRecord[]> {
		const entries = await this.#db.entries('recents');
		return entries
			.flatMap(([key, value]) => {
				const record = parseRecord(key, value);
				return record === null ? [] : [record];
			})
			.sort((a, b) => b.openedAtMs - a.openedAtMs || (a.node < b.node ? -1 : 1));
	}

	async remember(node: NodeName, login: Login, openedAtMs: number): Promise<void> {
		await this.#change(node, (record) => ({
			...record,
			openedAtMs,
			logins: [
				{ login, openedAtMs },
				...record.logins.filter((known) => known.login !== login)
			].slice(0, RECENT_LOGINS_MAX)
		}));
	}

	async setFavourite(node: NodeName, isFavourite: boolean): Promise<void> {
		await this.#change(node, (record) => ({ ...record, isFavourite }));
	}

	async forget(node: NodeName): Promise<void> {
		await this.#db.delete('recents', node);
	}

	async #change(node: NodeName, change: (record: RecentRecord) => RecentRecord): Promise<void> {
		await this.#db.update('recents', node, (value) => {
			const next = change(parseRecord(node, value) ?? emptyRecord(node));
			return next.logins.length === 0 && !next.isFavourite ? undefined : next;
		});
	}
}

const emptyRecord = (node: NodeName): RecentRecord => ({
	node,
	logins: [],
	openedAtMs: 0,
	isFavourite: false
});

function parseRecord(key: string, value: unknown): RecentRecord | null {
	const node = parseNodeName(key);
	if (node === null || !isRecord(value)) return null;
	const logins = Array.isArray(value['logins']) ? value['logins'].flatMap(parseRecentLogin) : [];
	const openedAtMs = value['openedAtMs'];
	return {
		node,
		logins: logins.slice(0, RECENT_LOGINS_MAX),
		openedAtMs: typeof openedAtMs === 'number' && Number.isFinite(openedAtMs) ? openedAtMs : 0,
		isFavourite: value['isFavourite'] === true
	};
}

function parseRecentLogin(value: unknown): readonly RecentLogin[] {
	if (!isRecord(value) || typeof value['login'] !== 'string') return [];
	const parsed = parseLogin(value['login']);
	const openedAtMs = value['openedAtMs'];
	return parsed.ok && typeof openedAtMs === 'number' ? [{ login: parsed.login, openedAtMs }] : [];
}
