// A Node worker_thread that runs the node host, for the integration tests and the bench.
// `workerData` is GoThreadData; its control channel is the parent port.
import { parentPort, workerData } from 'node:worker_threads';
import type { ToWorker } from '$lib/contracts/worker';
import { goHost } from './go-host';

/** What the maker of the thread hands over. */
export interface GoThreadData {
	/** Sent with every request and socket: Cookie and Origin of a login session, for the relay. */
	readonly headers: Readonly<Record<string, string>>;
	/** Post Go's own log as `{ kind: 'log' }` messages; for tests. */
	readonly isVerbose: boolean;
	/** Upstream's WebSocket wrapper and TCP window instead of ours, for the bench to compare with. */
	readonly isStock: boolean;
}

const port = parentPort;
if (port === null) throw new Error('go-thread runs as a worker thread only');
const { headers, isVerbose, isStock } = workerData as GoThreadData;
if (isStock) Reflect.set(globalThis, 'headtabStock', true);

const host = goHost({
	headers,
	post: (message) => port.postMessage(message),
	onAgent: (event) => port.postMessage(event),
	...(isVerbose ? { onLog: (line: string) => port.postMessage({ kind: 'log', line }) } : {})
});

port.on('message', (message: ToWorker) => host.receive(message));
