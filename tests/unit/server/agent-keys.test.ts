// Which nodes count as a former one of the agent, and are removed.
import { beforeEach, expect, test } from 'vitest';
import { AgentKeys } from '$lib/server/agent/keys';
import { Audit } from '$lib/server/audit/log';
import type { HeadscaleClient } from '$lib/server/headscale/client';
import { Hostnames } from '$lib/server/keys/hostname';
import { KeyLedger } from '$lib/server/keys/ledger';
import { KeyMarks } from '$lib/server/keys/mark';
import { makeLogger } from '$lib/server/log';

const KEYS = [new Uint8Array(32).fill(1)];
const REPLACED = [new Uint8Array(32).fill(2)];
const log = makeLogger({ level: 'silent', secrets: [] });
const hostname = new Hostnames(KEYS).makeAgent();

let nodes: readonly { readonly id: string; readonly hostname: string; readonly preAuthKey: null }[];
const headscale = {
	nodes: () => Promise.resolve(nodes),
	node: (id: string) => Promise.resolve(nodes.find((node) => node.id === id) ?? null),
	deleteNode: (id: string) => {
		nodes = nodes.filter((node) => node.id !== id);
		return Promise.resolve(true);
	}
} as unknown as HeadscaleClient;
const agentKeys = (sessionKeys: readonly Uint8Array[]): AgentKeys =>
	new AgentKeys({
		config: {
			isOn: true,
			isLasting: true,
			user: 'headtab-agent',
			tag: null,
			createsUser: true,
			memoryMaxBytes: 1
		},
		headscale,
		hostnames: new Hostnames(sessionKeys),
		marks: new KeyMarks(sessionKeys),
		ledger: new KeyLedger(null, log),
		audit: new Audit(log)
	});
beforeEach(() => (nodes = [{ id: '5', hostname, preAuthKey: null }]));

test('by id and name together, also after the session keys were replaced', async () => {
	await agentKeys(REPLACED).remove({ hostname, nodeId: '5', key: null });
	expect(nodes).toEqual([]);
});

test('another node with that id, or a name alone that proves nothing, is left', async () => {
	await agentKeys(KEYS).remove({ hostname: 'headtab-agent-x', nodeId: '5', key: null });
	await agentKeys(REPLACED).remove({ hostname, nodeId: null, key: null });
	expect(nodes).toHaveLength(1);
	await agentKeys(KEYS).remove({ hostname, nodeId: null, key: null });
	expect(nodes).toEqual([]);
});
