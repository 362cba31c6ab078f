// The thread of the server's own tailnet node: the node host, and reports of how the thread is.
// A Node worker_thread, made by server/agent/manager.ts; messages are those of contracts/agent.ts.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parentPort } from 'node:worker_threads';
import type { FromAgent, ToAgent } from '$lib/contracts/agent';
import { AGENT_HEALTH_MS } from '$lib/contracts/limits';
import type { FromWorker } from '$lib/contracts/worker';
import { goHost } from './go-host';

/** Enough of Go's log to see why it ended. */
const LOG_LINES_MAX = 40;
const LOG_LINE_MAX_CHARS = 300;

const port = parentPort;
if (port === null) throw new Error('agent-thread runs as a worker thread only');
const post = (message: FromAgent): void => port.postMessage(message);

const lines: string[] = [];
let compiled: WebAssembly.Module | null = null;
const host = goHost({
	headers: {},
	compiled: () => compiled,
	onModule: (module) => {
		if (module !== compiled) post({ kind: 'agent/module', module });
	},
	post: forward,
	onAgent: post,
	onLog: (line) => {
		lines.push(line.trim().slice(0, LOG_LINE_MAX_CHARS));
		if (lines.length > LOG_LINES_MAX) lines.shift();
	}
});
port.on('message', (message: ToAgent) => {
	if (message.kind !== 'agent/module') host.receive(message);
	else if (message.module instanceof WebAssembly.Module) ({ module: compiled } = message);
});

function forward(message: FromWorker): void {
	switch (message.kind) {
		case 'wasm/progress':
			return;
		case 'node/netmap':
			post({ kind: 'agent/netmap', peers: message.netmap.peers.length });
			return;
		case 'wasm/crashed':
			post({ kind: 'agent/log', lines: [...lines] });
			post(message);
			return;
		case 'node/phase':
			if (message.phase.at === 'failed') post({ kind: 'agent/log', lines: [...lines] });
			post(message);
			return;
		default:
			post(message);
	}
}

const LAG_RESOLUTION_MS = 20;
const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
lag.enable();
/** Node measures from timer to timer, so an idle loop shows the resolution itself. */
const lagMs = (ns: number): number => Math.max(0, ns / 1e6 - LAG_RESOLUTION_MS);
setInterval(() => {
	post({
		kind: 'agent/health',
		lagP99Ms: lagMs(lag.percentile(99)),
		lagMaxMs: lagMs(lag.max)
	});
	lag.reset();
}, AGENT_HEALTH_MS);
