// What stands in the launcher's search, taken apart: free words, `tag:` `owner:` `os:` filters, and
// `user@machine`. Also which letters of a text a word matches. Pure; launcher and palette call it.
import type { Peer } from '$lib/contracts/tailnet';

/** Start and end of matched letters. */
export type Hit = readonly [number, number];

export interface Query {
	readonly words: readonly string[];
	readonly filters: readonly { readonly by: 'tag' | 'owner' | 'os'; readonly text: string }[];
	/** What stands before the last `@`; null without one. */
	readonly login: string | null;
	/** What stands after it, as typed. */
	readonly machine: string;
}

/** Takes a query apart. Case does not matter but in the login. */
export function parseQuery(text: string): Query {
	const filters: { by: 'tag' | 'owner' | 'os'; text: string }[] = [];
	const rest: string[] = [];
	for (const word of text.trim().split(/\s+/)) {
		const filter = /^(tag|owner|os):(.+)$/i.exec(word);
		const by = filter?.[1]?.toLowerCase();
		if (filter?.[2] !== undefined && (by === 'tag' || by === 'owner' || by === 'os')) {
			filters.push({ by, text: filter[2].toLowerCase() });
		} else if (word !== '') rest.push(word);
	}
	const joined = rest.join(' ');
	const at = joined.lastIndexOf('@');
	const machine = (at < 0 ? joined : joined.slice(at + 1)).trim();
	return {
		words: machine
			.toLowerCase()
			.split(/\s+/)
			.filter((word) => word !== ''),
		filters,
		login: at < 0 ? null : joined.slice(0, at).trim(),
		machine
	};
}

/** Where `word` stands in `text` as a whole; null when it does not. */
export function findWord(text: string, word: string): Hit | null {
	const at = text.toLowerCase().indexOf(word);
	return at < 0 ? null : [at, at + word.length];
}

/** The letters of `word` in their order, apart from each other; null when one is missing. */
export function findLetters(text: string, word: string): readonly Hit[] | null {
	const lower = text.toLowerCase();
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

export interface PeerMatch {
	/** Smaller is better: 0 name begins, 1 name holds, 2 owner, tag or address, 3 letters of the name. */
	readonly rank: number;
	readonly nameHits: readonly Hit[];
	readonly whoHits: readonly Hit[];
	readonly addressHits: readonly Hit[];
}

/** How a peer matches a query; null when it does not. Every word and every filter has to. */
export function matchPeer(peer: Peer, query: Query): PeerMatch | null {
	for (const filter of query.filters) {
		const texts =
			filter.by === 'tag' ? peer.tags : filter.by === 'owner' ? [peer.owner] : [peer.os];
		if (!texts.some((text) => text.toLowerCase().includes(filter.text))) return null;
	}
	const who = whoOf(peer);
	const address = peer.addresses[0] ?? '';
	let rank = 0;
	const nameHits: Hit[] = [];
	const whoHits: Hit[] = [];
	const addressHits: Hit[] = [];
	for (const word of query.words) {
		const inName = findWord(peer.name, word);
		if (inName) {
			nameHits.push(inName);
			rank = Math.max(rank, inName[0] === 0 ? 0 : 1);
			continue;
		}
		const inWho = findWord(who, word);
		const inAddress = findWord(address, word);
		const elsewhere =
			peer.addresses.some((other) => other.includes(word)) ||
			peer.dnsName.toLowerCase().includes(word);
		if (inWho || inAddress || elsewhere) {
			if (inWho) whoHits.push(inWho);
			if (inAddress) addressHits.push(inAddress);
			rank = Math.max(rank, 2);
			continue;
		}
		const letters = findLetters(peer.name, word);
		if (!letters) return null;
		nameHits.push(...letters);
		rank = 3;
	}
	return {
		rank,
		nameHits: merge(nameHits),
		whoHits: merge(whoHits),
		addressHits: merge(addressHits)
	};
}

function merge(hits: readonly Hit[]): readonly Hit[] {
	const merged: [number, number][] = [];
	for (const [from, to] of [...hits].sort((a, b) => a[0] - b[0])) {
		const last = merged.at(-1);
		if (last && from <= last[1]) last[1] = Math.max(last[1], to);
		else merged.push([from, to]);
	}
	return merged;
}
