// Key and node of the agent in Headscale: its user, its pre-auth key, and their removal.
// Server only; used by agent/manager.ts.
import { AppError } from '$lib/contracts/app-error';
import { KEY_TTL_S } from '$lib/contracts/limits';
import type { Audit } from '../audit/log';
import type { AgentConfig } from '../config/schema';
import type { HeadscaleClient, KeyRequest } from '../headscale/client';
import type { NodeWire } from '../headscale/wire';
import { keyFault } from '../keys/fault';
import type { Hostnames } from '../keys/hostname';
import type { KeyLedger } from '../keys/ledger';
import type { KeyMarks } from '../keys/mark';

export interface AgentKey {
	readonly id: string;
	readonly secret: string;
}

export interface AgentKeysOptions {
	readonly config: AgentConfig;
	readonly headscale: HeadscaleClient;
	readonly hostnames: Hostnames;
	readonly marks: KeyMarks;
	readonly ledger: KeyLedger;
	readonly audit: Audit;
}

export class AgentKeys {
	readonly #options: AgentKeysOptions;

	constructor(options: AgentKeysOptions) {
		this.#options = options;
	}

	/** One single-use key. @throws AppError `agent-not-connected` | `key-unsafe` | `headscale-*` */
	async issue(): Promise<AgentKey> {
		const { config, headscale, marks, ledger, audit } = this.#options;
		const owner = await this.#owner();
		const userId = 'userId' in owner ? owner.userId : '';
		const headscaleNow = await headscale.now();
		const wanted = headscaleNow + KEY_TTL_S * 1000;
		const key = await headscale.createKey({
			owner,
			isEphemeral: !config.isLasting,
			expiration: marks.expiration(userId, wanted)
		});
		ledger.add(key.id);
		const fault = keyFault(key, { owner, isEphemeral: !config.isLasting, headscaleNow, wanted });
		if (fault !== null) {
			await headscale.expireKey(key.id);
			throw AppError.of('key-unsafe', { reason: fault });
		}
		audit.write('key.issued', true, { agent: true, keyId: key.id });
		return { id: key.id, secret: key.key };
	}

	/** The node has joined. A lasting node does not depend on its key, an ephemeral one is ephemeral by it. */
	async spent(key: AgentKey): Promise<void> {
		const { config, headscale, ledger } = this.#options;
		if (!config.isLasting) {
			await headscale.expireKey(key.id);
			return;
		}
		await headscale.deleteKey(key.id);
		ledger.remove(key.id);
	}

	/** A node of the agent, by its id as soon as that is known. @throws AppError `headscale-*` */
	async find(own: {
		readonly hostname: string;
		readonly nodeId: string | null;
	}): Promise<NodeWire | null> {
		const { headscale } = this.#options;
		if (own.nodeId !== null) return headscale.node(own.nodeId);
		return (await headscale.nodes()).find(({ hostname }) => hostname === own.hostname) ?? null;
	}

	/** Removes a former node of the agent and its key, in this order. A node is it by id and name together, or
	 *  by a name that proves itself; the session keys that made the name may have been replaced since.
	 *  @throws AppError `headscale-*` */
	async remove(former: {
		readonly hostname: string;
		readonly nodeId: string | null;
		readonly key: AgentKey | null;
	}): Promise<void> {
		const { headscale, hostnames, ledger, audit } = this.#options;
		if (former.nodeId === null && !hostnames.isAgent(former.hostname)) return;
		if (former.key !== null) await headscale.expireKey(former.key.id);
		const found = await this.find(former);
		const node = found?.hostname === former.hostname ? found : null;
		if (node !== null) {
			await headscale.deleteNode(node.id);
			audit.write('node.removed', true, { agent: true, node: node.id, hostname: node.hostname });
		}
		const keyId = former.key?.id ?? node?.preAuthKey?.id;
		if (keyId === undefined) return;
		await headscale.deleteKey(keyId);
		ledger.remove(keyId);
	}

	async #owner(): Promise<KeyRequest['owner']> {
		const { config, headscale, audit } = this.#options;
		if (config.tag !== null) return { tag: config.tag };
		const find = async (isFresh: boolean) =>
			(await headscale.users({ isFresh })).find(({ name }) => name === config.user);
		const found = await find(true);
		if (found !== undefined) return { userId: found.id };
		if (!config.createsUser)
			throw AppError.of('agent-not-connected', {
				reason: `Headscale has no user ${config.user}, and HEADTAB_AGENT_CREATE_USER is false`
			});
		// Another replica may make it at the same time.
		const made = await headscale.createUser(config.user).catch(async (cause: unknown) => {
			const other = await find(true);
			if (other === undefined) throw cause;
			return other;
		});
		audit.write('agent.user', true, { user: made.id, name: config.user });
		return { userId: made.id };
	}
}
