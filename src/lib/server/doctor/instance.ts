// How the doctor knows that an address leads to this very deployment, and how it gets in there: an id and a
// pass, both from the session keys, which all replicas and the command share.
// Server only; used by the doctor, /healthz and the relay's door.
import { createHash } from 'node:crypto';
import { parseWireError, type WireError } from '$lib/contracts/app-error';
import { isRecord } from '$lib/contracts/parse';
import { deriveKey, Sealer } from '../session/seal';
import type { LearntRegion } from '../relay/targets';

/** Header of `/healthz` with the deployment's id; tells nothing but "the same" or "another". */
export const INSTANCE_HEADER = 'x-headtab-instance';
/** Header with the doctor's pass. */
export const PASS_HEADER = 'x-headtab-doctor';
/** A whole examination takes less. */
const PASS_TTL_S = 120;

/** What only the running server knows; `GET /healthz` tells it for a pass. */
export interface ServerFacts {
	readonly agent: { readonly at: string; readonly error: WireError | null };
	/** What the relay serves now: HEADTAB_DERP, or the agent's map. */
	readonly regions: readonly LearntRegion[];
}

export class Instance {
	readonly id: string;
	readonly #ids: readonly string[];
	readonly #sealer: Sealer;
	readonly #now: () => number;

	constructor(sessionKeys: readonly Uint8Array[], now: () => number) {
		this.#ids = sessionKeys.map((key) =>
			createHash('sha256').update(deriveKey(key, 'instance')).digest('hex').slice(0, 16)
		);
		this.id = this.#ids[0] ?? '';
		this.#sealer = new Sealer({ keys: sessionKeys, purpose: 'doctor', now });
		this.#now = now;
	}

	/** While keys are rotated, processes of one deployment may begin with different ones. */
	isOurs(id: string | null): boolean {
		return id !== null && this.#ids.includes(id);
	}

	/** Opens the relay's door to nothing behind it, and the facts of `/healthz`; for two minutes. */
	async pass(): Promise<string> {
		return this.#sealer.seal({ typ: 'doctor' }, Math.floor(this.#now() / 1000) + PASS_TTL_S);
	}

	async isPass(value: string | null | undefined): Promise<boolean> {
		return (await this.#sealer.open(value ?? undefined))?.payload['typ'] === 'doctor';
	}
}

/** Facts out of the answer of `/healthz`; null where it told none. */
export function parseFacts(value: unknown): ServerFacts | null {
	const facts = isRecord(value) ? value['facts'] : null;
	if (!isRecord(facts) || !isRecord(facts['agent']) || !Array.isArray(facts['regions']))
		return null;
	const { at, error } = facts['agent'];
	return {
		agent: {
			at: typeof at === 'string' ? at : '',
			error: isRecord(error) ? parseWireError(error) : null
		},
		regions: facts['regions'].filter(isRecord).map(({ id, hosts, origins }) => ({
			id: Number(id),
			hosts: texts(hosts),
			origins: texts(origins)
		}))
	};
}

const texts = (value: unknown): readonly string[] =>
	Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
