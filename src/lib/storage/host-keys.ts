// Host keys trusted on first use, for peers that announce none. Window only; SshSession asks here
// before it dials. Keyed by stable node id, name and port, never by address (SECURITY 3).
import { nodeId, nodeName, type NodeId, type NodeName } from '$lib/contracts/ids';
import { isRecord, isTimeMs } from '$lib/contracts/parse';
import type { HostKey } from '$lib/contracts/tailnet';
import type { AppDatabase } from './db';

/** What a trusted key belongs to. */
export interface HostKeyPlace {
	readonly nodeId: NodeId;
	readonly node: NodeName;
	readonly port: number;
}

export interface TrustedHostKey extends HostKeyPlace, HostKey {
	readonly trustedAtMs: number;
}

export class HostKeyStore {
	readonly #db: AppDatabase;

	constructor(db: AppDatabase) {
		this.#db = db;
	}

	/** False: a key trusted now will not be remembered, and the dialog says so. */
	get isPersistent(): boolean {
		return this.#db.isPersistent;
	}

	async find(place: HostKeyPlace): Promise<TrustedHostKey | null> {
		return parseTrusted(await this.#db.get('host-keys', keyOf(place)));
	}

	async trust(place: HostKeyPlace, key: HostKey, trustedAtMs: number): Promise<void> {
		const { type, fingerprint } = key;
		const record: TrustedHostKey = { ...placeOf(place), type, fingerprint, trustedAtMs };
		await this.#db.put('host-keys', keyOf(place), record);
	}

	async forget(place: HostKeyPlace): Promise<void> {
		await this.#db.delete('host-keys', keyOf(place));
	}

	async all(): Promise<readonly TrustedHostKey[]> {
		const entries = await this.#db.entries('host-keys');
		return entries.flatMap(([, value]) => {
			const trusted = parseTrusted(value);
			return trusted === null ? [] : [trusted];
		});
	}
}

const placeOf = ({ nodeId, node, port }: HostKeyPlace): HostKeyPlace => ({ nodeId, node, port });
const keyOf = ({ nodeId, node, port }: HostKeyPlace): string =>
	JSON.stringify([nodeId, node, port]);

function parseTrusted(value: unknown): TrustedHostKey | null {
	if (!isRecord(value)) return null;
	const { node, port, type, fingerprint, trustedAtMs } = value;
	const id = value['nodeId'];
	if (typeof id !== 'string' || typeof node !== 'string' || typeof port !== 'number') return null;
	if (typeof type !== 'string' || typeof fingerprint !== 'string') return null;
	return {
		nodeId: nodeId(id),
		node: nodeName(node),
		port,
		type,
		fingerprint,
		trustedAtMs: isTimeMs(trustedAtMs) ? trustedAtMs : 0
	};
}
