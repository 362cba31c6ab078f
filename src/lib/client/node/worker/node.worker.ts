// The browser's worker of a window: runs the node host on the worker's own globals. Made by
// NodeClient only, as a module worker; its control channel is the worker's own.
import type { ToWorker } from '$lib/contracts/worker';
import type { GoClass, GoFiles } from '$lib/host/go-runtime';
import { channelLater } from '$lib/host/net-shim';
import { NodeHost } from '$lib/host/node-host';

declare const self: DedicatedWorkerGlobalScope;

// Kept before Go's own network takes their places.
const RealWebSocket = globalThis.WebSocket;
const realFetch = self.fetch.bind(self);

const files: GoFiles = {
	async fetchModule(url, isRetry) {
		if (isRetry) await forget(url);
		return realFetch(url, isRetry ? { cache: 'reload' } : {});
	},
	async withGo(url, run) {
		// Not bundled: it must be the file that belongs to the module.
		await import(/* @vite-ignore */ url);
		run(new (goClass())());
	}
};

/** wasm_exec.js sets it. */
function goClass(): new () => GoClass {
	const found: unknown = Reflect.get(self, 'Go');
	if (typeof found !== 'function') throw new TypeError('wasm_exec.js did not set Go');
	return found as new () => GoClass;
}

/** A damaged copy may lie in a cache of the service worker. */
async function forget(url: string): Promise<void> {
	if (!('caches' in self)) return;
	for (const name of await self.caches.keys()) {
		await (await self.caches.open(name)).delete(url);
	}
}

const host = new NodeHost({
	post: (message) => self.postMessage(message),
	platform: {
		connect: (url, protocols) => new RealWebSocket(url, [...protocols]),
		fetch: realFetch,
		later: channelLater()
	},
	files
});

self.onmessage = ({ data }: MessageEvent<ToWorker>) => host.receive(data);
