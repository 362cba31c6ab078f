// Per machine: logins used, last opened, favourite. Owner of that fact in window and service worker.
// The service worker makes the manifest's shortcuts of it; client/recents is its view in a window.
import { isRecord, isTimeMs, parseLogin, parseNodeName } from '$lib/contracts/parse';
import type { Login, NodeName } from '$lib/contracts/ids';
import type { AppDatabase } from './db';
import { parseStartUp, type StartUp } from './start-up';

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
	/** Chosen by the person, for its tabs; null for none. */
	readonly color: MachineColor | null;
	/** How the last connection ended; null while none has. */
	readonly lastEnd: RecentEnd | null;
	/** What its shells begin with; null for a plain login shell, as in records that know nothing of it. */
	readonly startUp: StartUp | null;
}

/** Names of the terminal palette's colours (`--term-1` …). */
export const MACHINE_COLORS = ['red', 'green', 'yellow', 'blue', 'magenta', 'cyan'] as const;
export type MachineColor = (typeof MACHINE_COLORS)[number];

export interface RecentEnd {
	readonly login: Login;
	readonly atMs: number;
	/** Code of the failure; null when the shell ended by itself or was closed. */
	readonly code: string | null;
	/** Exit status of the shell; null when it told none. */
	readonly exitStatus: number | null;
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

	async setColor(node: NodeName, color: MachineColor | null): Promise<void> {
		await this.#change(node, (record) => ({ ...record, color }));
	}

	async setStartUp(node: NodeName, startUp: StartUp | null): Promise<void> {
		await this.#change(node, (record) => ({ ...record, startUp }));
	}

	/** Only of a machine that is remembered: a mistyped user leaves no trace. */
	async setLastEnd(node: NodeName, lastEnd: RecentEnd): Promise<void> {
		await this.#change(node, (record) => ({ ...record, lastEnd }));
	}

	async forget(node: NodeName): Promise<void> {
		await this.#db.delete('recents', node);
	}

	async #change(node: NodeName, change: (record: RecentRecord) => RecentRecord): Promise<void> {
		await this.#db.update('recents', node, (value) => {
			const next = change(parseRecord(node, value) ?? emptyRecord(node));
			const isWorthKeeping =
				next.logins.length > 0 || next.isFavourite || next.color !== null || next.startUp !== null;
			return isWorthKeeping ? next : undefined;
		});
	}
}

const emptyRecord = (node: NodeName): RecentRecord => ({
	node,
	logins: [],
	openedAtMs: 0,
	isFavourite: false,
	color: null,
	lastEnd: null,
	startUp: null
});

function parseRecord(key: string, value: unknown): RecentRecord | null {
	const node = parseNodeName(key);
	if (node === null || !isRecord(value)) return null;
	const logins = Array.isArray(value['logins']) ? value['logins'].flatMap(parseRecentLogin) : [];
	const openedAtMs = value['openedAtMs'];
	return {
		node,
		logins: logins.slice(0, RECENT_LOGINS_MAX),
		openedAtMs: isTimeMs(openedAtMs) ? openedAtMs : 0,
		isFavourite: value['isFavourite'] === true,
		color: MACHINE_COLORS.find((color) => color === value['color']) ?? null,
		lastEnd: parseEnd(value['lastEnd']),
		startUp: parseStartUp(value['startUp'])
	};
}

function parseEnd(value: unknown): RecentEnd | null {
	if (!isRecord(value) || typeof value['login'] !== 'string') return null;
	const parsed = parseLogin(value['login']);
	const { atMs, code, exitStatus } = value;
	if (!parsed.ok || !isTimeMs(atMs)) return null;
	return {
		login: parsed.login,
		atMs,
		code: typeof code === 'string' ? code : null,
		exitStatus: typeof exitStatus === 'number' ? exitStatus : null
	};
}

function parseRecentLogin(value: unknown): readonly RecentLogin[] {
	if (!isRecord(value) || typeof value['login'] !== 'string') return [];
	const parsed = parseLogin(value['login']);
	const openedAtMs = value['openedAtMs'];
	return parsed.ok && isTimeMs(openedAtMs) ? [{ login: parsed.login, openedAtMs }] : [];
}
