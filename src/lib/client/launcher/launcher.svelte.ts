// Search and choice of the launcher: which machines are listed in which order, which one is chosen,
// and what a key means. Window only; Launcher.svelte builds one and carries out its commands.
import type { Login, NodeName } from '$lib/contracts/ids';
import { parseLogin, parseNodeName } from '$lib/contracts/parse';
import type { Peer } from '$lib/contracts/tailnet';
import type { PeerList } from '../peers/peer-list.svelte';
import type { Recents } from '../recents/recents.svelte';
import type { MachineColor, RecentEnd } from '$lib/storage/recents';
import type { GroupBy } from '../settings/fields';
import {
	matchPeer,
	parseQuery,
	peerText,
	PLAIN,
	withFilter,
	type Facet,
	type PeerMatch,
	type PeerText
} from './query';

export type { MachineColor, RecentEnd };
/** A part of the list under a head of its own. */
export interface LauncherGroup {
	/** `rest` has no tag or no owner. */
	readonly kind: 'favourite' | 'online' | 'offline' | 'tag' | 'owner' | 'rest';
	/** Of a tag or an owner; empty otherwise. */
	readonly name: string;
}

/** One machine as the list shows it. */
export interface LauncherRow {
	readonly peer: Peer;
	readonly group: LauncherGroup;
	readonly match: PeerMatch;
	readonly isFavourite: boolean;
	/** Connects at once with Enter; null opens the dialog. */
	readonly lastLogin: Login | null;
	readonly openedAtMs: number | null;
	/** Another machine has the same name: the row shows its address, too. */
	readonly isTwin: boolean;
	/** Given by the person. */
	readonly color: MachineColor | null;
	/** What the last connection said. */
	readonly lastEnd: RecentEnd | null;
}

/** A group that has rows now, and how many. */
export interface LauncherHead {
	readonly group: LauncherGroup;
	readonly count: number;
}

/** A value that a filter can have, and how many machines do. */
export interface FacetValue {
	readonly by: Facet;
	readonly value: string;
	readonly count: number;
}

/** `user@machine` as typed, ready to connect. */
export interface DirectTarget {
	readonly node: NodeName;
	readonly login: Login;
}

/** What a key or a click asks for. */
export type LauncherCommand =
	| { readonly kind: 'connect'; readonly node: NodeName; readonly login: Login }
	/** Ask for the user; `login` is what to begin with. */
	| { readonly kind: 'ask'; readonly node: NodeName; readonly login: string }
	| { readonly kind: 'star'; readonly node: NodeName; readonly isFavourite: boolean }
	| { readonly kind: 'inspect' }
	/** The menu of the chosen machine. */
	| { readonly kind: 'menu'; readonly row: LauncherRow }
	/** Esc on an empty search: back to the last tab. */
	| { readonly kind: 'leave' }
	/** The choice or the query changed; nothing else to do. */
	| { readonly kind: 'handled' };

/** What of a KeyboardEvent counts. */
export type LauncherKey = Pick<
	KeyboardEvent,
	'key' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey' | 'isComposing'
> & {
	/** The caret stands behind the last letter. */
	readonly isAtEnd: boolean;
};

export interface LauncherOptions {
	readonly peers: Pick<PeerList, 'peers'>;
	readonly recents: Pick<Recents, 'byNode' | 'lastLogin' | 'isFavourite'>;
	/** How the person wants the list divided. */
	readonly settings: { readonly values: { readonly groupBy: GroupBy } };
}

const FAVOURITES: LauncherGroup = { kind: 'favourite', name: '' };
const ONLINE: LauncherGroup = { kind: 'online', name: '' };
const OFFLINE: LauncherGroup = { kind: 'offline', name: '' };
const REST: LauncherGroup = { kind: 'rest', name: '' };
/** Suggestions for a filter: more are found by typing on. */
const FACET_VALUES_MAX = 12;
const PAGE_ROWS = 10;
const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

interface Machine {
	readonly text: PeerText;
	/** As it stands in the list while nothing is searched. */
	readonly row: LauncherRow;
	/** Place of its group in the list. */
	readonly place: number;
}

export class Launcher {
	readonly #options: LauncherOptions;
	#query = $state.raw('');
	#chosenId = $state.raw<string | null>(null);

	readonly #parsed = $derived(parseQuery(this.#query));
	/** All machines by name, with what each search compares: once for each list. */
	readonly #index = $derived.by(() => {
		const { peers } = this.#options.peers;
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- lives for one derivation only
		const seen = new Map<string, number>();
		for (const { name } of peers) seen.set(name, (seen.get(name) ?? 0) + 1);
		return peers
			.map((peer) => ({ peer, text: peerText(peer), isTwin: (seen.get(peer.name) ?? 0) > 1 }))
			.sort(
				(a, b) => names.compare(a.peer.name, b.peer.name) || names.compare(a.peer.id, b.peer.id)
			);
	});
	/** The groups that the list can have, in their order: favourites first, what has no name last. */
	readonly #groups = $derived.by((): readonly LauncherGroup[] => {
		const { groupBy } = this.#options.settings.values;
		if (groupBy === 'state') return [FAVOURITES, ONLINE, OFFLINE];
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- lives for one derivation only
		const found = new Set(this.#index.map(({ text }) => groupName(text, groupBy)));
		return [
			FAVOURITES,
			...[...found]
				.filter((name) => name !== '')
				.sort((a, b) => names.compare(a, b))
				.map((name) => ({ kind: groupBy, name })),
			REST
		];
	});
	/** The same with what is remembered of each: once for each change of either. */
	readonly #machines = $derived.by(() => {
		const { recents } = this.#options;
		const { groupBy } = this.#options.settings.values;
		const groups = this.#groups;
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- lives for one derivation only
		const places = new Map(groups.map(({ name }, place) => [name, place]));
		return this.#index.map(({ peer, text, isTwin }): Machine => {
			const record = recents.byNode(peer.name);
			const isFavourite = recents.isFavourite(peer.name);
			const name = groupBy === 'state' ? '' : groupName(text, groupBy);
			const place = isFavourite
				? 0
				: groupBy === 'state'
					? groups.indexOf(peer.isOnline ? ONLINE : OFFLINE)
					: name === ''
						? groups.length - 1
						: (places.get(name) ?? groups.length - 1);
			const row: LauncherRow = {
				peer,
				match: PLAIN,
				isTwin,
				isFavourite,
				group: groups[place] ?? REST,
				lastLogin: recents.lastLogin(peer.name),
				openedAtMs: record === null || record.openedAtMs === 0 ? null : record.openedAtMs,
				color: record?.color ?? null,
				lastEnd: record?.lastEnd ?? null
			};
			return { text, row, place };
		});
	});
	readonly #rows = $derived.by((): readonly LauncherRow[] => {
		const query = this.#parsed;
		const isByState = this.#options.settings.values.groupBy === 'state';
		// Sorted by name already: buckets keep that order. By group, then by match, then what is online.
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- lives for one derivation only
		const buckets = new Map<number, LauncherRow[]>();
		for (const { text, row, place } of this.#machines) {
			const match = matchPeer(text, query);
			if (match === null) continue;
			// The same object while nothing is marked in it: its row on the screen need not change.
			const shown = match === PLAIN ? row : { ...row, match };
			const at = place * 8 + match.rank * 2 + (isByState || row.peer.isOnline ? 0 : 1);
			const bucket = buckets.get(at);
			if (bucket === undefined) buckets.set(at, [shown]);
			else bucket.push(shown);
		}
		return [...buckets.keys()].sort((a, b) => a - b).flatMap((at) => buckets.get(at) ?? []);
	});
	readonly #heads = $derived.by((): readonly LauncherHead[] => {
		const heads: { group: LauncherGroup; count: number }[] = [];
		for (const { group } of this.#rows) {
			const last = heads.at(-1);
			if (last?.group === group) last.count += 1;
			else heads.push({ group, count: 1 });
		}
		return heads;
	});
	readonly #facets = $derived.by((): readonly FacetValue[] => {
		const { open } = this.#parsed;
		if (open === null) return [];
		const { by } = open;
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- lives for one derivation only
		const counts = new Map<string, number>();
		for (const { text } of this.#index) {
			for (const value of text.values[by]) counts.set(value, (counts.get(value) ?? 0) + 1);
		}
		return [...counts]
			.filter(([value]) => value.includes(open.text))
			.sort(([a, most], [b, more]) => more - most || names.compare(a, b))
			.slice(0, FACET_VALUES_MAX)
			.map(([value, count]) => ({ by, value, count }));
	});
	readonly #direct = $derived.by((): DirectTarget | null => {
		const { login, machine } = this.#parsed;
		if (login === null) return null;
		const parsed = parseLogin(login);
		if (!parsed.ok) return null;
		const exact = this.#rows.find((row) => row.peer.name === machine.toLowerCase());
		const node = exact?.peer.name ?? this.#rows[0]?.peer.name ?? parseNodeName(machine);
		return node === null || machine === '' ? null : { node, login: parsed.login };
	});

	constructor(options: LauncherOptions) {
		this.#options = options;
	}

	get query(): string {
		return this.#query;
	}
	/** A new query begins at the top again. */
	set query(text: string) {
		if (text === this.#query) return;
		this.#query = text;
		this.#chosenId = null;
	}
	/** Machines that match: favourites, then group by group, in each the best match first. */
	get rows(): readonly LauncherRow[] {
		return this.#rows;
	}
	/** The groups of `rows`, in their order. */
	get heads(): readonly LauncherHead[] {
		return this.#heads;
	}
	/** What `user@machine` in the search connects to; null without one. */
	get direct(): DirectTarget | null {
		return this.#direct;
	}
	/** The typed target is chosen, not a row. */
	get isDirectChosen(): boolean {
		return this.#direct !== null && this.#chosenId === null;
	}
	/** -1 when no row is chosen. */
	get chosenIndex(): number {
		if (this.isDirectChosen) return -1;
		if (this.#rows.length === 0) return -1;
		const at = this.#rows.findIndex((row) => row.peer.id === this.#chosenId);
		return Math.max(0, at);
	}
	get chosen(): LauncherRow | null {
		const at = this.chosenIndex;
		return at < 0 ? null : (this.#rows[at] ?? null);
	}

	/** What the filter that is being typed can be; the most frequent first, empty without one. */
	get facets(): readonly FacetValue[] {
		return this.#facets;
	}

	/** Finishes that filter. */
	narrow({ by, value }: Pick<FacetValue, 'by' | 'value'>): void {
		this.query = withFilter(this.#query, by, value);
	}

	choose(peerId: string): void {
		this.#chosenId = peerId;
	}

	clear(): void {
		this.query = '';
	}

	/** What Enter means now. */
	enter(): LauncherCommand | null {
		const direct = this.#direct;
		if (direct && this.isDirectChosen) return { kind: 'connect', ...direct };
		const row = this.chosen;
		if (row) return this.connect(row);
		// No list yet, or no such machine in it: what was typed is opened all the same, and the tab
		// waits for the list or says that there is no such machine.
		const node = parseNodeName(this.#parsed.machine);
		if (node === null) return null;
		const login = this.#options.recents.lastLogin(node);
		return login === null
			? { kind: 'ask', node, login: this.#parsed.login ?? '' }
			: { kind: 'connect', node, login };
	}

	/** Connects to a row: as typed, else as the last login, else asks. */
	connect(row: LauncherRow): LauncherCommand {
		const node = row.peer.name;
		const typed = this.#parsed.login === null ? null : parseLogin(this.#parsed.login);
		if (typed?.ok) return { kind: 'connect', node, login: typed.login };
		if (typed) return { kind: 'ask', node, login: this.#parsed.login ?? '' };
		return row.lastLogin === null
			? { kind: 'ask', node, login: '' }
			: { kind: 'connect', node, login: row.lastLogin };
	}

	/** Asks for the user of a row, beginning with what is known. */
	ask(row: LauncherRow): LauncherCommand {
		const login = this.#parsed.login ?? row.lastLogin ?? '';
		return { kind: 'ask', node: row.peer.name, login };
	}

	star(row: LauncherRow): LauncherCommand {
		return { kind: 'star', node: row.peer.name, isFavourite: !row.isFavourite };
	}

	/** @returns null when the key is the text field's own */
	key(event: LauncherKey): LauncherCommand | null {
		if (event.isComposing || event.altKey) return null;
		const isCommand = event.ctrlKey || event.metaKey;
		const row = this.chosen;
		switch (event.key) {
			case 'ArrowDown':
				return this.#move(1);
			case 'ArrowUp':
				return this.#move(-1);
			case 'PageDown':
				return this.#move(PAGE_ROWS);
			case 'PageUp':
				return this.#move(-PAGE_ROWS);
			case 'Enter': {
				if (!isCommand) return this.enter();
				if (row) return this.ask(row);
				return this.#direct ? { kind: 'ask', ...this.#direct } : null;
			}
			case 'd':
			case 'D':
				return isCommand && !event.shiftKey && row ? this.star(row) : null;
			case 'ContextMenu':
				return row ? { kind: 'menu', row } : null;
			case 'F10':
				return event.shiftKey && !isCommand && row ? { kind: 'menu', row } : null;
			case 'ArrowRight':
				return event.isAtEnd && !isCommand && !event.shiftKey && row ? { kind: 'inspect' } : null;
			case 'Escape':
				if (this.#query === '') return { kind: 'leave' };
				this.clear();
				return { kind: 'handled' };
			default:
				return null;
		}
	}

	#move(by: number): LauncherCommand {
		const lowest = this.#direct ? -1 : 0;
		const to = Math.min(this.#rows.length - 1, Math.max(lowest, this.chosenIndex + by));
		this.#chosenId = this.#rows[to]?.peer.id ?? null;
		return { kind: 'handled' };
	}
}

/** The group of a machine by its tag or its owner: each machine is listed once, so by the first of its
 *  tags; empty where it has none. A tagged machine belongs to its tags, whoever brought it. */
const groupName = ({ values }: PeerText, by: 'tag' | 'owner'): string =>
	by === 'tag' ? (values.tag[0] ?? '') : values.tag.length > 0 ? '' : (values.owner[0] ?? '');
