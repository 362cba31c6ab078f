// What a window says to its service worker, and the two files of its own build that it names. Window only;
// the layout calls it. Everything here is a convenience: without a service worker the app works.
import type { WasmModule } from '$lib/contracts/api';
import { isRecord } from '$lib/contracts/parse';
import {
	ASSET_CACHE,
	BUILD_LOCK,
	type KeepAnswer,
	type ToServiceWorker
} from '$lib/contracts/service-worker';

/** What the build's Go module is (vite.config.ts). */
declare const __HEADTAB_MODULE__: { readonly sha256: string; readonly sizeBytes: number } | null;

export interface WorkerLinkOptions {
	/** Null where the browser or the address has none. */
	readonly workers: ServiceWorkerContainer | null;
	readonly locks: LockManager | null;
	readonly caches: CacheStorage | null;
}

/** The browser's own; nothing in development, where no worker is built. */
export const browserWorkerLink = (): WorkerLinkOptions => ({
	workers: import.meta.env.PROD && 'serviceWorker' in navigator ? navigator.serviceWorker : null,
	locks: 'locks' in navigator ? navigator.locks : null,
	caches: 'caches' in globalThis ? caches : null
});

export class WorkerLink {
	readonly #options: WorkerLinkOptions;

	constructor(options: WorkerLinkOptions) {
		this.#options = options;
	}

	/** Says which build's files this window may still ask for, until the window is gone. */
	async holdBuild(): Promise<void> {
		const { workers, locks } = this.#options;
		const worker = workers?.controller;
		if (!worker || locks === null) return;
		const answer = await ask(worker, { type: 'build/ask' });
		if (!isRecord(answer) || typeof answer['build'] !== 'string') return;
		const forever = new Promise<never>(() => undefined);
		void locks.request(BUILD_LOCK + answer['build'], { mode: 'shared' }, () => forever);
	}

	/** The window has joined: WASM, faces and large code are kept for the next launch.
	 *  @returns null where there is no worker */
	async keepAssets(): Promise<KeepAnswer | null> {
		const { workers } = this.#options;
		const active = workers === null ? null : await activeWorker(workers);
		if (active === null) return null;
		const answer = await ask(active, { type: 'assets/keep' });
		if (!isRecord(answer)) return null;
		return { isComplete: answer['isComplete'] === true, isFull: answer['isFull'] === true };
	}

	/** The module of this window's own build when it lies on this device: the server may already have
	 *  another one, which belongs to another version of this window's code. */
	async module(fromServer: WasmModule): Promise<WasmModule> {
		const own = __HEADTAB_MODULE__;
		if (own === null || own.sha256 === fromServer.sha256) return fromServer;
		const kept = await this.#options.caches?.has(ASSET_CACHE + own.sha256).catch(() => false);
		return kept === true ? { ...own, url: `/wasm/${own.sha256}.wasm` } : fromServer;
	}
}

/** The worker that serves this window or its next launch; null when none could be installed. */
async function activeWorker(workers: ServiceWorkerContainer): Promise<ServiceWorker | null> {
	const registration = await workers.getRegistration();
	const coming = registration?.installing ?? registration?.waiting ?? null;
	if (registration?.active || coming === null) return registration?.active ?? null;
	return new Promise((resolve) => {
		const onState = () => {
			if (coming.state === 'activated') resolve(coming);
			else if (coming.state === 'redundant') resolve(null);
		};
		coming.addEventListener('statechange', onState);
		onState();
	});
}

/** Resolves with the answer; with null when the worker is replaced before it answers. */
function ask(worker: ServiceWorker, message: ToServiceWorker): Promise<unknown> {
	const { port1, port2 } = new MessageChannel();
	return new Promise((resolve) => {
		const done = (answer: unknown) => {
			port1.close();
			worker.removeEventListener('statechange', onState);
			resolve(answer);
		};
		const onState = () => {
			if (worker.state === 'redundant') done(null);
		};
		port1.onmessage = ({ data }: MessageEvent<unknown>) => {
			done(data);
		};
		worker.addEventListener('statechange', onState);
		worker.postMessage(message, [port2]);
	});
}
