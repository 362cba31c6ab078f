// The last list of machines, for an instant first paint and an offline launch. Window only;
// client/peers is its only caller. Addresses and host keys of it are never dialled or trusted.
import { nodeId, nodeName } from '$lib/contracts/ids';
import { isRecord, isTimeMs } from '$lib/contracts/parse';
import type { Peer } from '$lib/contracts/tailnet';
import type { AppDatabase } from './db';

/** Peers kept; a longer list would only slow the first paint. */
const SAVED_PEERS_MAX = 5_000;

export interface SavedPeers {
	readonly savedAtMs: number;
	readonly peers: readonly Peer[];
}

export class PeersStore {
	readonly #db: AppDatabase;

	constructor(db: AppDatabase) {
		this.#db = db;
	}

	/** The list of the last visit; null when there is none. */
	async load(): Promise<SavedPeers | null> {
		const value = await this.#db.get('peers', 'last');
		if (!isRecord(value)) return null;
		const { savedAtMs, peers } = value;
		if (!isTimeMs(savedAtMs) || !Array.isArray(peers)) return null;
		return { savedAtMs, peers: peers.flatMap(parsePeer) };
	}

	async save(peers: readonly Peer[], savedAtMs: number): Promise<void> {
		await this.#db.put('peers', 'last', { savedAtMs, peers: peers.slice(0, SAVED_PEERS_MAX) });
	}
}

function parsePeer(value: unknown): readonly Peer[] {
	if (!isRecord(value)) return [];
	const { id, name, dnsName, os, owner, lastSeenMs } = value;
	if (typeof id !== 'string' || typeof name !== 'string') return [];
	return [
		{
			id: nodeId(id),
			name: nodeName(name),
			dnsName: text(dnsName),
			addresses: texts(value['addresses']),
			os: text(os),
			isOnline: value['isOnline'] === true,
			lastSeenMs: isTimeMs(lastSeenMs) ? lastSeenMs : null,
			hasTailscaleSsh: value['hasTailscaleSsh'] === true,
			// Keys are only ever taken from a live netmap.
			hostKeys: [],
			tags: texts(value['tags']),
			owner: text(owner)
		}
	];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): readonly string[] =>
	Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
