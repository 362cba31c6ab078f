// A Node worker_thread that runs the node host: the server's agent and the integration tests use it.
// `workerData` is GoThreadData; its control channel is the parent port. It hides Node from Go, which
// otherwise refuses `fetch`, and gives it `ws` sockets with the headers a browser would send.
import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { WebSocket as WsSocket } from 'ws';
import type { ToWorker } from '$lib/contracts/worker';
import type { GoClass, GoFiles } from '$lib/host/go-runtime';
import { NodeHost } from '$lib/host/node-host';

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
const realFetch = globalThis.fetch;

const files: GoFiles = {
	async fetchModule(url) {
		if (!url.startsWith('file:')) return realFetch(url, { headers });
		const missing = { status: 404 };
		const bytes = await readFile(new URL(url)).catch(() => null);
		return bytes === null
			? new Response(null, missing)
			: new Response(new Uint8Array(bytes), { headers: { 'content-type': 'application/wasm' } });
	},
	async withGo(url, run) {
		const { process } = globalThis;
		Reflect.deleteProperty(globalThis, 'process');
		// Evaluated as it would be in a browser: with stubs for `fs` and `process`.
		await import(/* @vite-ignore */ url);
		const found: unknown = Reflect.get(globalThis, 'Go');
		if (typeof found !== 'function') throw new TypeError('wasm_exec.js did not set Go');
		run(new (found as new () => GoClass)());
		// Go has looked at it once, at its start; `ws` and the runtime need the real one.
		globalThis.process = process;
	}
};

const host = new NodeHost({
	post: (message) => port.postMessage(message),
	platform: {
		connect: (url, protocols) =>
			new WsSocket(url, [...protocols], { headers, perMessageDeflate: false }),
		fetch: (url, init) => realFetch(url, { ...init, headers: { ...headers } }),
		later: (run) => setImmediate(run)
	},
	files,
	...(isVerbose ? { onLog: (line: string) => port.postMessage({ kind: 'log', line }) } : {})
});

port.on('message', (message: ToWorker) => host.receive(message));
