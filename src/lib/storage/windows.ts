// The tabs and splits of each window, so that a window that went away can offer them again: machines,
// users, shape; never output. Window only; client/windows saves and takes them.
import { isRecord, isTimeMs, parseLogin, parseNodeName } from '$lib/contracts/parse';
import type { Login, NodeName } from '$lib/contracts/ids';
import type { AppDatabase } from './db';
import { parseStartUp } from './start-up';

/** Windows remembered besides the open ones. */
export const WINDOWS_KEPT_MAX = 10;
/** A window that nobody has asked for in two weeks is forgotten. */
export const WINDOWS_KEPT_MS = 14 * 24 * 3_600_000;
const TABS_MAX = 100;
/** Splits of one tab; the client keeps to it, too. */
export const PANES_MAX = 16;
/** Letters of a name that a person gives a tab. */
export const TAB_NAME_MAX = 64;

/** `row`: side by side; `column`: one above the other. */
export type Axis = 'row' | 'column';

/** How the area of a tab is divided: a tree, its leaves are the panes. */
export type Layout<Leaf> = LayoutPane<Leaf> | LayoutSplit<Leaf>;

export interface LayoutPane<Leaf> {
	readonly kind: 'pane';
	readonly pane: Leaf;
}

export interface LayoutSplit<Leaf> {
	readonly kind: 'split';
	readonly axis: Axis;
	/** Share of `first`, in (0, 1). */
	readonly ratio: number;
	readonly first: Layout<Leaf>;
	readonly second: Layout<Leaf>;
}

/** What a pane is opened from. */
export interface SavedTarget {
	readonly node: NodeName;
	readonly login: Login;
	/** Of a tab that was duplicated in a folder; where the machine's start-up says when absent. */
	readonly folder?: string;
}

export interface SavedTab {
	/** Given by the person; null otherwise. */
	readonly name: string | null;
	readonly layout: Layout<SavedTarget>;
	/** Which pane had the keyboard, in the order of the layout. */
	readonly focusedIndex: number;
}

export interface WindowRecord {
	readonly id: string;
	readonly savedAtMs: number;
	/** Never empty: a window without tabs has no record. */
	readonly tabs: readonly SavedTab[];
	/** null when the launcher was in view. */
	readonly activeIndex: number | null;
	/** Tabs on their way to a new window, which takes them by the id: nobody else is offered them. */
	readonly isMoving: boolean;
}

export class WindowsStore {
	readonly #db: AppDatabase;

	constructor(db: AppDatabase) {
		this.#db = db;
	}

	/** All records, saved last first. Damaged ones are left out. */
	async all(): Promise<readonly WindowRecord[]> {
		const entries = await this.#db.entries('windows');
		return entries
			.flatMap(([id, value]) => {
				const record = parseRecord(id, value);
				return record === null ? [] : [record];
			})
			.sort((a, b) => b.savedAtMs - a.savedAtMs);
	}

	async save(record: WindowRecord): Promise<void> {
		const { id, ...rest } = record;
		await this.#db.put('windows', id, rest);
	}

	/** Reads and removes as one step: of two windows that ask, one gets it.
	 *  @returns null when it is gone or damaged */
	async take(id: string): Promise<WindowRecord | null> {
		let taken: WindowRecord | null = null;
		await this.#db.update('windows', id, (value) => {
			taken = parseRecord(id, value);
			return undefined;
		});
		return taken;
	}

	async delete(id: string): Promise<void> {
		await this.#db.delete('windows', id);
	}

	/** Forgets what is old or too much.
	 *  @param isOpen windows that live are left alone, whatever their age */
	async prune(nowMs: number, isOpen: (id: string) => boolean): Promise<void> {
		const entries = await this.#db.entries('windows');
		const closed = entries
			.filter(([id]) => !isOpen(id))
			.map(([id, value]) => ({ id, savedAtMs: parseRecord(id, value)?.savedAtMs ?? 0 }))
			.sort((a, b) => b.savedAtMs - a.savedAtMs);
		const old = closed.filter(
			({ savedAtMs }, index) => index >= WINDOWS_KEPT_MAX || nowMs - savedAtMs > WINDOWS_KEPT_MS
		);
		for (const { id } of old) await this.#db.delete('windows', id);
	}
}

/** A tab's name as it may be kept and shown: one line, no control or direction characters.
 *  @returns null when nothing is left */
export function cleanTabName(text: string): string | null {
	const clean = Array.from(text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim())
		.slice(0, TAB_NAME_MAX)
		.join('');
	return clean === '' ? null : clean;
}

function parseRecord(id: string, value: unknown): WindowRecord | null {
	if (!isRecord(value) || !Array.isArray(value['tabs'])) return null;
	const tabs = value['tabs'].slice(0, TABS_MAX).flatMap(parseTab);
	if (tabs.length === 0) return null;
	const { savedAtMs, activeIndex } = value;
	return {
		id,
		savedAtMs: isTimeMs(savedAtMs) ? savedAtMs : 0,
		tabs,
		activeIndex: typeof activeIndex === 'number' && activeIndex in tabs ? activeIndex : null,
		isMoving: value['isMoving'] === true
	};
}

function parseTab(value: unknown): readonly SavedTab[] {
	if (!isRecord(value)) return [];
	const budget = { panes: PANES_MAX };
	const layout = parseLayout(value['layout'], budget);
	if (layout === null) return [];
	const { name, focusedIndex } = value;
	return [
		{
			name: typeof name === 'string' ? cleanTabName(name) : null,
			layout,
			focusedIndex:
				typeof focusedIndex === 'number' && Number.isInteger(focusedIndex) && focusedIndex >= 0
					? Math.min(focusedIndex, PANES_MAX - budget.panes - 1)
					: 0
		}
	];
}

/** A damaged half leaves the other one. The budget bounds the number of panes; as many splits within each other
 *  are the most that it takes. */
function parseLayout(
	value: unknown,
	budget: { panes: number },
	depth = 0
): Layout<SavedTarget> | null {
	if (!isRecord(value) || budget.panes <= 0 || depth > PANES_MAX) return null;
	if (value['kind'] === 'pane') {
		const target = parseTarget(value['pane']);
		if (target === null) return null;
		budget.panes -= 1;
		return { kind: 'pane', pane: target };
	}
	if (value['kind'] !== 'split') return null;
	const first = parseLayout(value['first'], budget, depth + 1);
	const second = parseLayout(value['second'], budget, depth + 1);
	if (first === null || second === null) return first ?? second;
	const { ratio } = value;
	return {
		kind: 'split',
		axis: value['axis'] === 'column' ? 'column' : 'row',
		ratio: typeof ratio === 'number' && ratio > 0 && ratio < 1 ? ratio : 0.5,
		first,
		second
	};
}

function parseTarget(value: unknown): SavedTarget | null {
	if (!isRecord(value) || typeof value['node'] !== 'string' || typeof value['login'] !== 'string')
		return null;
	const node = parseNodeName(value['node']);
	const parsed = parseLogin(value['login']);
	if (node === null || !parsed.ok) return null;
	const folder = parseStartUp({ folder: value['folder'] })?.folder;
	return { node, login: parsed.login, ...(folder === undefined ? {} : { folder }) };
}
