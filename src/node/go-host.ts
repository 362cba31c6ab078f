// A NodeHost on a Node thread: hides Node from Go, which otherwise refuses `fetch`, and gives it `ws`
// sockets. Runs in worker threads; go-thread.ts (tests, bench) and agent-thread.ts (server) use it.
import { readFile } from 'node:fs/promises';
import { WebSocket as WsSocket } from 'ws';
import type { GoClass, GoFiles } from '$lib/host/go-runtime';
import { NodeHost, type NodeHostOptions } from '$lib/host/node-host';

export interface GoHostOptions extends Pick<
	NodeHostOptions,
	'post' | 'onAgent' | 'onLog' | 'onModule'
> {
	/** Sent with every request and socket: Cookie and Origin of a login session, for the relay. */
	readonly headers: Readonly<Record<string, string>>;
	/** The module as a former thread of this process has compiled it. */
	readonly compiled?: () => WebAssembly.Module | null;
}

/** `ws` with what keeps Go's library (coder/websocket v1.8.14) from waiting for ever in a browser, which would hold
 *  up the whole thread: when it hears of an error it closes, with a code that a browser refuses, and waits in that
 *  very handler for the close that only comes after it. */
class BrowserLikeSocket extends WsSocket {
	#isFailing = false;

	override emit(event: string | symbol, ...args: unknown[]): boolean {
		this.#isFailing = event === 'error';
		try {
			return super.emit(event, ...args);
		} finally {
			this.#isFailing = false;
		}
	}

	override close(code?: number, reason?: string): void {
		if (this.#isFailing)
			throw new DOMException('a socket that failed closes by itself', 'InvalidAccessError');
		super.close(code, reason);
	}
}

export function goHost({ headers, compiled = () => null, ...options }: GoHostOptions): NodeHost {
	const realFetch = globalThis.fetch;
	return new NodeHost({
		...options,
		platform: {
			connect: (url, protocols) =>
				new BrowserLikeSocket(url, [...protocols], { headers, perMessageDeflate: false }),
			fetch: (url, init) => realFetch(url, { ...init, headers: { ...headers } }),
			later: (run) => setImmediate(run)
		},
		files: goFiles(realFetch, headers, compiled)
	});
}

const goFiles = (
	realFetch: typeof fetch,
	headers: Readonly<Record<string, string>>,
	compiled: () => WebAssembly.Module | null
): GoFiles => ({
	async fetchModule(url) {
		const known = compiled();
		if (known !== null) return known;
		if (!url.startsWith('file:')) return realFetch(url, { headers });
		return readFile(new URL(url)).catch(() => new Response(null, { status: 404 }));
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
});
