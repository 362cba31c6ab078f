// The agent with real parts in the test's process: Headscale's client, keys, state, and its thread.
// Used by agent.test.ts, janitor.test.ts and the bench.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ROOT, threadFile } from '../thread-file';
import type { Headscale } from '../../../stack/headscale';
import { AgentKeys } from '$lib/server/agent/keys';
import { Agent, type AgentProgram } from '$lib/server/agent/manager';
import { AgentStateFile } from '$lib/server/agent/state';
import { Audit } from '$lib/server/audit/log';
import type { AgentConfig } from '$lib/server/config/schema';
import { HeadscaleClient } from '$lib/server/headscale/client';
import { Hostnames } from '$lib/server/keys/hostname';
import { KeyLedger } from '$lib/server/keys/ledger';
import { KeyMarks } from '$lib/server/keys/mark';
import { makeLogger } from '$lib/server/log';
import type { CheckedDerpMap } from '$lib/server/agent/derp-map';
import { Secret } from '$lib/server/secret';

const WASM = join(ROOT, 'static', 'wasm');
export const SESSION_KEYS = [new Uint8Array(32).fill(9)];

/** The program of the agent; `threads` are those that it was started in. */
export async function agentProgram(): Promise<AgentProgram & { readonly threads: Worker[] }> {
	const file = await threadFile('agent-thread');
	const { sha256 } = JSON.parse(readFileSync(join(WASM, 'manifest.json'), 'utf8')) as {
		sha256: string;
	};
	const threads: Worker[] = [];
	return {
		threads,
		wasmUrl: pathToFileURL(join(WASM, 'headtab.wasm')).href,
		wasmSha256: sha256,
		spawn: () => {
			const thread = new Worker(file, { name: 'agent' });
			threads.push(thread);
			return thread;
		}
	};
}

export const AGENT_CONFIG: AgentConfig = {
	isOn: true,
	user: 'headtab-agent',
	createsUser: true,
	tag: null,
	isLasting: false,
	memoryMaxBytes: 512 * 1024 * 1024
};

export interface Parts {
	readonly agent: Agent;
	readonly client: HeadscaleClient;
	readonly hostnames: Hostnames;
	readonly marks: KeyMarks;
	readonly ledger: KeyLedger;
	readonly lines: string[];
	readonly maps: CheckedDerpMap[];
}

/** All that an agent needs, over a real Headscale. */
export function agentParts(options: {
	readonly headscale: Pick<Headscale, 'url' | 'apiKey'>;
	readonly config?: Partial<AgentConfig>;
	readonly stateDir?: string;
	readonly now?: () => number;
	readonly sessionKeys?: readonly Uint8Array[];
}): Parts {
	const { headscale, stateDir = null, now = Date.now, sessionKeys = SESSION_KEYS } = options;
	const config = { ...AGENT_CONFIG, ...options.config };
	const lines: string[] = [];
	const maps: CheckedDerpMap[] = [];
	const apiKey = new Secret(headscale.apiKey);
	const log = makeLogger({
		level: 'debug',
		secrets: [apiKey],
		write: (line) => lines.push(line)
	});
	const client = new HeadscaleClient({ url: headscale.url, apiKey, log, now });
	const hostnames = new Hostnames(sessionKeys);
	const marks = new KeyMarks(sessionKeys);
	const ledger = new KeyLedger(stateDir, log);
	const audit = new Audit(log);
	const agent = new Agent({
		config,
		headscaleUrl: headscale.url,
		isLoopback: true,
		hostnames,
		keys: new AgentKeys({ config, headscale: client, hostnames, marks, ledger, audit }),
		file: stateDir === null ? null : new AgentStateFile(stateDir),
		audit,
		log,
		now,
		onDerpMap: (map) => maps.push(map)
	});
	return { agent, client, hostnames, marks, ledger, lines, maps };
}
