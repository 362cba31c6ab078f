// What the palette offers and in which order. Pure; Palette.svelte draws it, Workspace fills it.
import type { Component } from 'svelte';
import { findLetters, findWord, type Hit } from '$lib/client/launcher/query';

export type PaletteGroup = 'Actions' | 'Machines' | 'Tabs' | 'Settings';

export interface PaletteItem {
	readonly id: string;
	readonly group: PaletteGroup;
	readonly label: string;
	readonly note?: string;
	readonly isMono?: boolean;
	readonly keys?: readonly string[];
	readonly icon: Component<{ class?: string }>;
	/** Presence, for a machine. */
	readonly isOnline?: boolean;
	/** More words it is found by. */
	readonly tags?: readonly string[];
	readonly run: () => void;
}

export interface PaletteRow {
	readonly item: PaletteItem;
	readonly hits: readonly Hit[];
	readonly isFirstOfGroup: boolean;
}

/** At most so many rows of a group while nothing narrows them. */
const GROUP_MAX = 8;

/** Matching items, groups by their best match. `@` asks for machines, `>` for actions, `#` for tags. */
export function paletteRows(items: readonly PaletteItem[], query: string): readonly PaletteRow[] {
	const sign = /^[@#>]/.exec(query)?.[0] ?? '';
	const word = query.slice(sign.length).trim().toLowerCase();
	const found: { item: PaletteItem; hits: readonly Hit[]; rank: number }[] = [];
	for (const item of items) {
		if (sign === '>' && item.group !== 'Actions') continue;
		if ((sign === '@' || sign === '#') && item.group !== 'Machines' && item.group !== 'Tabs')
			continue;
		const tags = item.tags ?? [];
		if (sign === '#') {
			if (tags.some((tag) => tag.toLowerCase().includes(word)))
				found.push({ item, hits: [], rank: 1 });
			continue;
		}
		if (word === '') {
			found.push({ item, hits: [], rank: 1 });
			continue;
		}
		const whole = findWord(item.label, word);
		if (whole) {
			found.push({ item, hits: [whole], rank: whole[0] === 0 ? 0 : 1 });
			continue;
		}
		if ([item.note ?? '', ...tags].some((text) => findWord(text, word))) {
			found.push({ item, hits: [], rank: 2 });
			continue;
		}
		const letters = findLetters(item.label, word);
		if (letters && letters.length <= 3) found.push({ item, hits: letters, rank: 3 });
	}
	const best = new Map<PaletteGroup, number>();
	for (const { item, rank } of found) {
		best.set(item.group, Math.min(best.get(item.group) ?? rank, rank));
	}
	const isNear = (group: PaletteGroup, rank: number) => rank < 3 || (best.get(group) ?? 0) === 3;
	const groups = [...best.keys()].sort((a, b) => (best.get(a) ?? 0) - (best.get(b) ?? 0));
	return groups.flatMap((group) =>
		found
			.filter(({ item, rank }) => item.group === group && isNear(group, rank))
			.sort((a, b) => a.rank - b.rank)
			.slice(0, GROUP_MAX)
			.map(({ item, hits }, index) => ({ item, hits, isFirstOfGroup: index === 0 }))
	);
}
