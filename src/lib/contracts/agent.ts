// Messages between the server and the thread that runs its own tailnet node (the agent).
// `server/agent/thread.ts` sends and parses, `src/node/agent-thread.ts` answers.
import { parseWireError } from './app-error';
import { isRecord } from './parse';
import type { AgentEvent, ProbeLeg } from './wasm';
import type { FromWorker, ToWorker } from './worker';

/** The compiled module. Each life of the agent hands it to the server, which gives it to the next: compiling
 *  27 MB anew left the process 70 MB larger. */
export interface AgentModule {
	readonly kind: 'agent/module';
	/** A WebAssembly.Module. */
	readonly module: unknown;
}

/** What the server sends: the window's messages without the sessions, as the agent opens none. */
export type ToAgent = Exclude<ToWorker, { readonly kind: 'session/open' }> | AgentModule;

/** How the thread is: measured in it, each AGENT_HEALTH_MS. */
export interface AgentHealth {
	/** Event-loop lag since the last report. */
	readonly lagP99Ms: number;
	readonly lagMaxMs: number;
}

/** What the thread sends. Netmaps stay in it: a large one would keep the server's event loop busy. */
export type FromAgent =
	| Exclude<FromWorker, { readonly kind: 'node/netmap' } | { readonly kind: 'wasm/progress' }>
	| AgentEvent
	| AgentModule
	| ({ readonly kind: 'agent/health' } & AgentHealth)
	/** The netmap in short, on each change. */
	| { readonly kind: 'agent/netmap'; readonly peers: number }
	/** Go's last log lines; comes before a failure. */
	| { readonly kind: 'agent/log'; readonly lines: readonly string[] };

const LEGS: readonly unknown[] = ['wireguard', 'tcp', 'ssh'];

/** Legs of a probe as the thread sent them. @throws TypeError for anything else */
export function parseProbeLegs(value: unknown): readonly ProbeLeg[] {
	if (!Array.isArray(value)) throw new TypeError('a probe without legs');
	return value.map((item: unknown): ProbeLeg => {
		if (!isRecord(item) || !isLegName(item['leg'])) throw new TypeError('a leg without a name');
		const { leg, isOk, tookMs, detail, error } = item;
		return {
			leg,
			isOk: isOk === true,
			tookMs: typeof tookMs === 'number' ? tookMs : 0,
			detail: typeof detail === 'string' ? detail : '',
			error: isRecord(error) ? parseWireError(error) : null
		};
	});
}

const isLegName = (value: unknown): value is ProbeLeg['leg'] => LEGS.includes(value);
