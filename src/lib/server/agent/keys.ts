// Key and node of the agent in Headscale: its user, its pre-auth key, and their removal.
// Server only; used by agent/manager.ts.
import { AppError } from '$lib/contracts/app-error';
import { KEY_TTL_S } from '$lib/contracts/limits';
import type { Audit } from '../audit/log';
import type { AgentConfig } from '../config/schema';
import type { HeadscaleClient, KeyRequest } from '../headscale/client';
import type { PreAuthKeyWire } from '../headscale/wire';
import type { Hostnames } from '../keys/hostname';
import type { KeyLedger } from '../keys/ledger';
import type { KeyMarks } from '../keys/mark';

export interface AgentKey {
	readonly id: string;
	readonly secret: string;
}

export class AgentKeys {
	readonly #options: {
		readonly config: AgentConfig;
		readonly headscale: HeadscaleClient;
		readonly hostnames: Hostnames;
		readonly marks: KeyMarks;
		readonly ledger: KeyLedger;
		readonly audit: Audit;
	};

	constructor(options: {
		readonly config: AgentConfig;
		readonly headscale: HeadscaleClient;
		readonly hostnames: Hostnames;
		readonly marks: KeyMarks;
		readonly ledger: KeyLedger;
		readonly audit: Audit;
	}) {
		this.#options = options;
	}

	/** One single-use key. @throws AppError `agent-not-connected` | `key-unsafe` | `headscale-*` */
	async issue(): Promise<AgentKey> {
		const { config, headscale, marks, ledger, audit } = this.#options;
		const owner = await this.#owner();
		const userId = 'userId' in owner ? owner.userId : '';
		const headscaleNow = await headscale.now();
		const key = await headscale.createKey({
			owner,
			isEphemeral: !config.isLasting,
			expiration: marks.expiration(userId, headscaleNow + KEY_TTL_S * 1000)
		});
		ledger.add(key.id);
		const fault = keyFault(key, { owner, isEphemeral: !config.isLasting, headscaleNow });
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

	/** Removes a former node of the agent and its key, in this order.
	 *  @throws AppError `headscale-*` */
	async remove(former: {
		readonly hostname: string;
		readonly nodeId: string | null;
		readonly key: AgentKey | null;
	}): Promise<void> {
		const { headscale, hostnames, ledger, audit } = this.#options;
		if (!hostnames.isAgent(former.hostname)) return;
		if (former.key !== null) await headscale.expireKey(former.key.id);
		const node =
			former.nodeId === null
				? ((await headscale.nodes()).find(({ hostname }) => hostname === former.hostname) ?? null)
				: await headscale.node(former.nodeId);
		if (node !== null && node.hostname === former.hostname) {
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

/** What is wrong with a key that Headscale made for the agent; null when it is the one asked for. */
function keyFault(
	key: PreAuthKeyWire,
	asked: {
		readonly owner: KeyRequest['owner'];
		readonly isEphemeral: boolean;
		readonly headscaleNow: number;
	}
): string | null {
	if (key.isEphemeral !== asked.isEphemeral)
		return asked.isEphemeral ? 'it would make a lasting node' : 'it would make an ephemeral node';
	if (key.isReusable) return 'it could be used more than once';
	if ('userId' in asked.owner && (key.userId !== asked.owner.userId || key.tags.length > 0))
		return 'it belongs to another owner';
	if ('tag' in asked.owner && !(key.tags.length === 1 && key.tags[0] === asked.owner.tag))
		return 'it has other tags';
	if (!/^hskey-auth-[A-Za-z0-9_-]{16,200}$/.test(key.key)) return 'it has another form';
	if (!(key.expiresAtMs > asked.headscaleNow)) return 'it has expired already';
	return null;
}
