// What stands in the launcher's search, taken apart: free words, `tag:` `owner:` `os:` filters, and
// `user@machine`. Also which letters of a text a word matches. Pure; launcher and palette call it.
import type { Peer } from '$lib/contracts/tailnet';

/** Start and end of matched letters. */
export type Hit = readonly [number, number];

/** What a filter of the search narrows by. */
const FACETS = ['tag', 'owner', 'os'] as const;
export type Facet = (typeof FACETS)[number];

export interface Filter {
	readonly by: Facet;
	/** In lower case; empty for anything at all. */
	readonly text: string;
}

export interface Query {
	readonly words: readonly string[];
	readonly filters: readonly Filter[];
	/** The filter at the end, which is still being typed; null when something else is. */
	readonly open: Filter | null;
	/** What stands before the last `@`; null without one. */
	readonly login: string | null;
	/** What stands after it, as typed. */
	readonly machine: string;
}

/** Takes a query apart. Case does not matter but in the login. */
export function parseQuery(text: string): Query {
	const filters: Filter[] = [];
	const rest: string[] = [];
	let open: Filter | null = null;
	for (const word of text.trim().split(/\s+/)) {
		const [, name, value = ''] = /^(tag|owner|os):(.*)$/i.exec(word) ?? [];
		const by = FACETS.find((facet) => facet === name?.toLowerCase());
		open = by === undefined ? null : { by, text: value.toLowerCase() };
		if (open !== null) filters.push(open);
		else if (word !== '') rest.push(word);
	}
	if (/\s$/.test(text)) open = null;
	const joined = rest.join(' ');
	const at = joined.lastIndexOf('@');
	const machine = (at < 0 ? joined : joined.slice(at + 1)).trim();
	return {
		words: machine
			.toLowerCase()
			.split(/\s+/)
			.filter((word) => word !== ''),
		filters,
		open,
		login: at < 0 ? null : joined.slice(0, at).trim(),
		machine
	};
}

/** The query with its last filter finished: what choosing a suggestion types. */
export const withFilter = (text: string, by: Facet, value: string): string =>
	`${text.replace(/\S*$/, '')}${by}:${value} `;

/** Where `word` stands in a text as a whole; null when it does not.
 *  @param lower the text in lower case, as `word` is */
export function findWord(lower: string, word: string): Hit | null {
	const at = lower.indexOf(word);
	return at < 0 ? null : [at, at + word.length];
}

/** The letters of `word` in their order, apart from each other; null when one is missing.
 *  @param lower the text in lower case, as `word` is */
export function findLetters(lower: string, word: string): readonly Hit[] | null {
	const hits: [number, number][] = [];
	let from = 0;
	for (const letter of word) {
		const at = lower.indexOf(letter, from);
		if (at < 0) return null;
		const last = hits.at(-1);
		if (last?.[1] === at) last[1] = at + letter.length;
		else hits.push([at, at + letter.length]);
		from = at + letter.length;
	}
	return hits;
}

/** Owner or tags of a peer as the list shows them. */
export const whoOf = (peer: Peer): string =>
	peer.tags.length > 0 ? peer.tags.map((tag) => tag.replace(/^tag:/, '')).join(', ') : peer.owner;

/** A peer's texts in lower case: made once for each list, not for each letter that is typed. */
export interface PeerText {
	readonly name: string;
	readonly who: string;
	readonly address: string;
	readonly elsewhere: readonly string[];
	readonly values: Readonly<Record<Facet, readonly string[]>>;
}

export const peerText = (peer: Peer): PeerText => ({
	name: peer.name.toLowerCase(),
	who: whoOf(peer).toLowerCase(),
	address: peer.addresses[0] ?? '',
	elsewhere: [...peer.addresses.slice(1), peer.dnsName.toLowerCase()],
	values: {
		tag: peer.tags.map((tag) => tag.replace(/^tag:/, '').toLowerCase()),
		owner: peer.owner === '' ? [] : [peer.owner.toLowerCase()],
		os: peer.os === '' ? [] : [peer.os.toLowerCase()]
	}
});

export interface PeerMatch {
	/** Smaller is better: 0 name begins, 1 name holds, 2 owner, tag or address, 3 letters of the name. */
	readonly rank: 0 | 1 | 2 | 3;
	readonly nameHits: readonly Hit[];
	readonly whoHits: readonly Hit[];
	readonly addressHits: readonly Hit[];
}

const NO_HITS: readonly Hit[] = [];
/** Every machine matches a search without words. */
export const PLAIN: PeerMatch = {
	rank: 0,
	nameHits: NO_HITS,
	whoHits: NO_HITS,
	addressHits: NO_HITS
};

/** How a peer matches a query; null when it does not. Every word and every filter has to. */
export function matchPeer(text: PeerText, query: Query): PeerMatch | null {
	for (const { by, text: wanted } of query.filters) {
		if (!text.values[by].some((value) => value.includes(wanted.replace(/^tag:/, '')))) return null;
	}
	if (query.words.length === 0) return PLAIN;
	let rank: PeerMatch['rank'] = 0;
	const atLeast = (other: PeerMatch['rank']) => {
		if (other > rank) rank = other;
	};
	let nameHits: Hit[] | null = null;
	let whoHits: Hit[] | null = null;
	let addressHits: Hit[] | null = null;
	for (const word of query.words) {
		const inName = findWord(text.name, word);
		if (inName) {
			(nameHits ??= []).push(inName);
			atLeast(inName[0] === 0 ? 0 : 1);
			continue;
		}
		const inWho = findWord(text.who, word);
		const inAddress = findWord(text.address, word);
		if (inWho || inAddress || text.elsewhere.some((other) => other.includes(word))) {
			if (inWho) (whoHits ??= []).push(inWho);
			if (inAddress) (addressHits ??= []).push(inAddress);
			atLeast(2);
			continue;
		}
		const letters = findLetters(text.name, word);
		if (!letters) return null;
		(nameHits ??= []).push(...letters);
		atLeast(3);
	}
	return {
		rank,
		nameHits: merge(nameHits),
		whoHits: merge(whoHits),
		addressHits: merge(addressHits)
	};
}

function merge(hits: readonly Hit[] | null): readonly Hit[] {
	if (hits === null) return NO_HITS;
	if (hits.length === 1) return hits;
	const merged: [number, number][] = [];
	for (const [from, to] of [...hits].sort((a, b) => a[0] - b[0])) {
		const last = merged.at(-1);
		if (last && from <= last[1]) last[1] = Math.max(last[1], to);
		else merged.push([from, to]);
	}
	return merged;
}
