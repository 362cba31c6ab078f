// What the palette offers and in which order. Pure; window-items makes the items, Palette.svelte draws the
// rows. Texts are put into lower case once for each list, so that a letter costs a thousand machines little.
import type { Component } from 'svelte';
import { findLetters, findWord, type Hit } from '$lib/client/launcher/query';

export type PaletteGroup = 'Recent' | 'Actions' | 'Machines' | 'Tabs' | 'Settings';

export interface PaletteItem {
	readonly id: string;
	readonly group: PaletteGroup;
	readonly label: string;
	readonly note?: string;
	readonly isMono?: boolean;
	readonly keys?: readonly string[] | undefined;
	readonly icon: Component<{ class?: string }>;
	/** A machine's system, drawn in place of the icon. */
	readonly os?: string;
	/** Presence, for a machine. */
	readonly isOnline?: boolean;
	/** More words it is found by; `#` asks for those that begin with `tag:`. */
	readonly tags?: readonly string[];
	/** When it was last used: of equal matches the latest is first. */
	readonly usedAtMs?: number;
	readonly run: () => void;
	/** Ctrl+Enter: in a split beside what is in view. */
	readonly runInSplit?: () => void;
	/** A machine: what `user@` before its name does. Null when that is no user. */
	readonly as?: (login: string) => Pick<PaletteItem, 'run' | 'runInSplit'> | null;
}

export interface PaletteRow {
	readonly item: PaletteItem;
	readonly hits: readonly Hit[];
	readonly noteHits: readonly Hit[];
	readonly isFirstOfGroup: boolean;
}

/** An item with its texts as they are compared. */
export interface PaletteEntry {
	readonly item: PaletteItem;
	readonly label: string;
	readonly note: string;
	readonly tags: readonly string[];
}

/** Order of groups that match equally well. */
const GROUPS: readonly PaletteGroup[] = ['Recent', 'Tabs', 'Actions', 'Machines', 'Settings'];
/** Rows of a group; more of it when a sign asks for it alone. */
const GROUP_MAX = 8;
const ALONE_MAX = 50;
/** Loose letters count only when they stand in so few pieces. */
const PIECES_MAX = 3;

export const paletteIndex = (items: readonly PaletteItem[]): readonly PaletteEntry[] =>
	items.map((item) => ({
		item,
		label: item.label.toLowerCase(),
		note: (item.note ?? '').toLowerCase(),
		tags: (item.tags ?? []).map((tag) => tag.toLowerCase())
	}));

type Found = Omit<PaletteRow, 'isFirstOfGroup'> & { readonly rank: number };
const NONE: readonly Hit[] = [];

/** Matching items, groups by their best match. `@` asks for users, `#` for tags, `>` for actions;
 *  `root@web` for machines as that user; nothing for what was used last. */
export function paletteRows(
	entries: readonly PaletteEntry[],
	query: string
): readonly PaletteRow[] {
	const sign = /^[@#>]/.exec(query)?.[0] ?? '';
	const word = query.slice(sign.length).trim().toLowerCase();
	const max = sign === '' ? GROUP_MAX : ALONE_MAX;
	const found =
		sign === '#'
			? entries.flatMap((entry) => byTag(entry, word))
			: sign === '' && word.includes('@')
				? [
						...entries.flatMap((entry) => asUser(entry, query.trim())),
						...entries.flatMap((entry) => (isAsked(entry, '', word) ? byText(entry, word) : []))
					]
				: entries.flatMap((entry) => (isAsked(entry, sign, word) ? byText(entry, word) : []));
	return grouped(found, max);
}

/** Whether a group is meant at all. */
function isAsked({ item: { group, label } }: PaletteEntry, sign: string, word: string): boolean {
	if (sign === '>') return group === 'Actions';
	if (sign === '@') return group === 'Recent' || (group === 'Tabs' && label.includes('@'));
	// Nothing typed: what was used last, what is open, what can be done.
	if (word === '') return group === 'Recent' || group === 'Tabs' || group === 'Actions';
	// Their machines are found as machines.
	return group !== 'Recent';
}

function byText({ item, label, note, tags }: PaletteEntry, word: string): readonly Found[] {
	if (word === '') return [{ item, hits: NONE, noteHits: NONE, rank: 1 }];
	const whole = findWord(label, word);
	if (whole) return [{ item, hits: [whole], noteHits: NONE, rank: whole[0] === 0 ? 0 : 1 }];
	const inNote = findWord(note, word);
	if (inNote) return [{ item, hits: NONE, noteHits: [inNote], rank: 2 }];
	if (tags.some((tag) => tag.includes(word)))
		return [{ item, hits: NONE, noteHits: NONE, rank: 2 }];
	const letters = findLetters(label, word);
	return letters && letters.length <= PIECES_MAX
		? [{ item, hits: letters, noteHits: NONE, rank: 3 }]
		: [];
}

function byTag({ item, note, tags }: PaletteEntry, word: string): readonly Found[] {
	if (item.group !== 'Machines') return [];
	const isFound = tags.some((tag) => tag.startsWith('tag:') && tag.slice(4).includes(word));
	if (!isFound) return [];
	const hit = word === '' ? null : findWord(note, word);
	return [{ item, hits: NONE, noteHits: hit === null ? NONE : [hit], rank: 1 }];
}

function asUser({ item, label }: PaletteEntry, query: string): readonly Found[] {
	const at = query.lastIndexOf('@');
	const login = query.slice(0, at);
	const machine = query.slice(at + 1).toLowerCase();
	const hit = findWord(label, machine);
	if (item.group !== 'Machines' || item.as === undefined || hit === null) return [];
	const runs = item.as(login);
	if (runs === null) return [];
	const name = `${login}@${item.label}`;
	const from = login.length + 1 + hit[0];
	return [
		{
			item: { ...item, ...runs, id: `${item.id}-as`, label: name },
			hits: machine === '' ? NONE : [[from, from + machine.length]],
			noteHits: NONE,
			rank: label === machine ? 0 : hit[0] === 0 ? 0.5 : 1
		}
	];
}

function grouped(found: readonly Found[], max: number): readonly PaletteRow[] {
	const best = new Map<PaletteGroup, number>();
	for (const { item, rank } of found) {
		best.set(item.group, Math.min(best.get(item.group) ?? rank, rank));
	}
	// Loose letters only where a group has nothing better.
	const isNear = ({ item, rank }: Found) => rank < 3 || best.get(item.group) === 3;
	return GROUPS.filter((group) => best.has(group))
		.sort((a, b) => (best.get(a) ?? 0) - (best.get(b) ?? 0))
		.flatMap((group) =>
			found
				.filter((row) => row.item.group === group && isNear(row))
				.sort((a, b) => a.rank - b.rank || (b.item.usedAtMs ?? 0) - (a.item.usedAtMs ?? 0))
				.slice(0, max)
				.map(({ item, hits, noteHits }, index) => ({
					item,
					hits,
					noteHits,
					isFirstOfGroup: index === 0
				}))
		);
}
