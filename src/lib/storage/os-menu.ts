// What the OS menu of the app's icon lists: which machines, in which order, under which names, and the
// mark that proves a launch was made by that menu. The window decides and writes (client/pwa/os-menu),
// the service worker makes the manifest's shortcuts of it. No DOM; runs in both.
import { hex } from '$lib/contracts/hex';
import type { Login, NodeName } from '$lib/contracts/ids';
import { isRecord, parseLogin, parseNodeName } from '$lib/contracts/parse';
import type { Peer } from '$lib/contracts/tailnet';
import type { AppDatabase } from './db';
import type { RecentRecord } from './recents';
import type { SettingsRecord } from './settings';

/** Chromium takes so many shortcuts of a manifest and drops the rest. */
export const SHORTCUTS_MAX = 10;

/** One machine in the menu. */
export interface MenuEntry {
	readonly node: NodeName;
	/** null for a favourite that nobody has connected to: choosing it asks for the user. */
	readonly login: Login | null;
}

export interface OsMenu {
	/** Unguessable, of this device and person. It opens nothing: it only says who made a launch URL. */
	readonly token: string;
	readonly entries: readonly MenuEntry[];
	/** Launches open a window of their own. */
	readonly isInNewWindow: boolean;
}

/** A member of the manifest's `shortcuts`. */
export interface ManifestShortcut {
	readonly name: string;
	readonly url: string;
}

export interface MenuSources {
	/** Last opened first. */
	readonly records: readonly RecentRecord[];
	/** The last netmap: a machine that is not in it is not named. */
	readonly peers: readonly Pick<Peer, 'name'>[];
	readonly settings: Pick<SettingsRecord, 'areNamesInOsMenu'>;
}

/** Favourites first, each machine once, then sessions by when they were last opened. */
export function menuEntries({ records, peers, settings }: MenuSources): readonly MenuEntry[] {
	if (!settings.areNamesInOsMenu) return [];
	const visible = new Set<string>(peers.map(({ name }) => name));
	const known = records.filter(({ node }) => visible.has(node));
	const favourites = known
		.filter(({ isFavourite }) => isFavourite)
		.map(({ node, logins }): MenuEntry => ({ node, login: logins[0]?.login ?? null }));
	const sessions = known
		.flatMap(({ node, logins }) => logins.map((used) => ({ node, ...used })))
		.sort((a, b) => b.openedAtMs - a.openedAtMs)
		.filter(
			({ node, login }) => !favourites.some((entry) => entry.node === node && entry.login === login)
		)
		.map(({ node, login }): MenuEntry => ({ node, login }));
	// The last place is New connection's.
	return [...favourites, ...sessions].slice(0, SHORTCUTS_MAX - 1);
}

/** Chromium on Linux sorts the menu by the names' letters and digits, everything else counting as `-`,
 *  and drops what is equal then. So many of these in front keep the order, are seen by nobody, and make
 *  each name unique. */
const INVISIBLE = '\u200b';

/** The menu's own items of the manifest, in order. */
export function menuShortcuts({ token, entries }: OsMenu): readonly ManifestShortcut[] {
	return entries.map(({ node, login }, index) => ({
		name: INVISIBLE.repeat(SHORTCUTS_MAX - index) + shortcutName(node, login),
		url: launchPath({ node, login }, token)
	}));
}

/** `user@machine`. It has to begin with a plain letter or digit, or it would be sorted as a dash. */
function shortcutName(node: NodeName, login: Login | null): string {
	if (login === null) return node;
	return /^[A-Za-z0-9]/.test(login) ? `${login}@${node}` : `${node} (${login})`;
}

/** The URL of a menu item. Its mark is a fragment, which no server, proxy or referrer gets to see. */
export function launchPath({ node, login }: MenuEntry, token: string): string {
	const user = login === null ? '' : `?user=${encodeURIComponent(login)}`;
	return `/connect/${node}${user}${hashOf(token)}`;
}

const MARK = 'menu=';

/** The fragment that carries a mark. */
export const hashOf = (mark: string): string => `#${MARK}${mark}`;

/** The mark that a URL's fragment carries; null without one. */
export const markOf = (hash: string): string | null =>
	hash.startsWith(`#${MARK}`) ? hash.slice(MARK.length + 1) : null;

/** The manifest with the menu's items in front of its own, and windows opened as the person has it.
 *  @param manifest the file's content, of any shape */
export function withMenu(manifest: unknown, menu: OsMenu | null): unknown {
	if (!isRecord(manifest) || menu === null) return manifest;
	const fixed = Array.isArray(manifest['shortcuts']) ? (manifest['shortcuts'] as unknown[]) : [];
	return {
		...manifest,
		...(menu.isInNewWindow ? { launch_handler: { client_mode: ['navigate-new', 'auto'] } } : {}),
		shortcuts: [...menuShortcuts(menu), ...fixed].slice(0, SHORTCUTS_MAX)
	};
}

const KEY = 'os-menu';

/** The written menu. Lies among what signing out clears (`forgetPerson`), its token with it. */
export class OsMenuStore {
	readonly #db: AppDatabase;

	constructor(db: AppDatabase) {
		this.#db = db;
	}

	/** null when none was written since the sign-in. */
	async load(): Promise<OsMenu | null> {
		return parseMenu(await this.#db.get('meta', KEY));
	}

	/** Keeps the token of before; without one, makes it.
	 *  @returns what stands there now */
	async save(menu: Omit<OsMenu, 'token'>): Promise<OsMenu> {
		return this.#update((before) => ({ ...menu, token: before?.token ?? newToken() }));
	}

	/** The token of this person on this device, made when there is none. */
	async token(): Promise<string> {
		const kept = await this.load();
		if (kept !== null) return kept.token;
		const { token } = await this.#update(
			(before) => before ?? { token: newToken(), entries: [], isInNewWindow: false }
		);
		return token;
	}

	async #update(change: (before: OsMenu | null) => OsMenu): Promise<OsMenu> {
		let next = change(null);
		await this.#db.update('meta', KEY, (value) => (next = change(parseMenu(value))));
		return next;
	}
}

const TOKEN_BYTES = 16;
const newToken = (): string => hex(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));

function parseMenu(value: unknown): OsMenu | null {
	if (!isRecord(value)) return null;
	const { token, entries } = value;
	if (typeof token !== 'string' || !/^[0-9a-f]{32}$/.test(token) || !Array.isArray(entries))
		return null;
	return {
		token,
		entries: entries.flatMap(parseEntry).slice(0, SHORTCUTS_MAX - 1),
		isInNewWindow: value['isInNewWindow'] === true
	};
}

function parseEntry(value: unknown): readonly MenuEntry[] {
	if (!isRecord(value) || typeof value['node'] !== 'string') return [];
	const node = parseNodeName(value['node']);
	if (node === null) return [];
	if (value['login'] === null) return [{ node, login: null }];
	const parsed = parseLogin(typeof value['login'] === 'string' ? value['login'] : '');
	return parsed.ok ? [{ node, login: parsed.login }] : [];
}
