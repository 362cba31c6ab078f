// WASM, terminal faces and large code: each in a cache named by its SHA-256, verified, fetched once and
// repaired when damaged. Runs in the service worker.
import { hex } from '$lib/contracts/hex';
import { ASSET_CACHE, BUILD_LOCK, type KeepAnswer } from '$lib/contracts/service-worker';

declare const self: ServiceWorkerGlobalScope;

export interface Asset {
	readonly path: string;
	/** Hex. */
	readonly sha256: string;
	/** The same for `fetch`: the browser hands over nothing that does not match. */
	readonly integrity: string;
	/** Kept once a window has asked for it. */
	readonly isOnDemand: boolean;
}

type Later = (work: Promise<unknown>) => void;

const isModule = ({ path }: Asset): boolean => path.endsWith('.wasm');
const cacheName = ({ sha256 }: Asset): string => ASSET_CACHE + sha256;

export class Assets {
	readonly #byPath: ReadonlyMap<string, Asset>;

	constructor(assets: readonly Asset[]) {
		this.#byPath = new Map(assets.map((asset) => [asset.path, asset]));
	}

	find(path: string): Asset | null {
		return this.#byPath.get(path) ?? null;
	}

	/** The kept copy; else the network's, which is kept. A request past the caches (`cache: 'reload'`) replaces
	 *  the copy. */
	async answer(path: string, request: Request, later: Later): Promise<Response> {
		const asset = this.find(path);
		if (asset === null) return fetch(request);
		const isReload = request.cache === 'reload' || request.cache === 'no-store';
		const kept = isReload ? null : await this.#kept(asset);
		if (kept !== null) return kept;
		if (isModule(asset)) {
			// Streamed for its progress: whoever runs it verifies it first (host/go-runtime).
			const response = await fetch(request);
			if (response.ok) later(this.#keep(asset, response.clone()));
			return response;
		}
		const response = await fetchVerified(asset);
		later(this.#keep(asset, response.clone()));
		return response;
	}

	/** Fetches what is missing. The browser's own cache has it when this window has just fetched it. */
	async keepAll(): Promise<KeepAnswer> {
		let isComplete = true;
		let isFull = false;
		for (const asset of this.#byPath.values()) {
			if (asset.isOnDemand || (await has(asset))) continue;
			// One fault of the network is the next ones', too: the next launch tries again.
			const response = await fetchVerified(asset).catch((cause: unknown) => {
				if (cause instanceof TypeError) return null;
				throw cause;
			});
			const outcome = response === null ? 'unreachable' : await this.#keep(asset, response);
			if (outcome === 'kept') continue;
			isComplete = false;
			isFull = outcome === 'full';
			break;
		}
		return { isComplete, isFull };
	}

	/** Drops assets of other builds, unless a window of such a build is open. */
	async removeOld(build: string): Promise<void> {
		if (await isOtherBuildOpen(build)) return;
		const wanted = new Set([...this.#byPath.values()].map(cacheName));
		const names = await self.caches.keys();
		const old = names.filter((name) => name.startsWith(ASSET_CACHE) && !wanted.has(name));
		await Promise.all(old.map((name) => self.caches.delete(name)));
	}

	/** The copy when it is whole. The module is verified by whoever runs it, at the same cost. */
	async #kept(asset: Asset): Promise<Response | null> {
		const find = () => self.caches.match(asset.path, { cacheName: cacheName(asset) });
		const kept = await find();
		if (kept === undefined) return null;
		if (isModule(asset)) return kept;
		// Another handle of the same copy is read: `kept` must reach the page untouched.
		const isWhole = await find()
			.then(async (copy) => copy !== undefined && (await hash(copy)) === asset.sha256)
			// The disk lost it between the two, or in the middle.
			.catch(() => false);
		if (isWhole) return kept;
		await self.caches.delete(cacheName(asset));
		return null;
	}

	/** Stores and reads back: a download that broke off, or that the disk did not take whole, is dropped. */
	async #keep(asset: Asset, response: Response): Promise<'kept' | 'full' | 'unreachable'> {
		try {
			const cache = await self.caches.open(cacheName(asset));
			await cache.put(asset.path, response);
			const stored = await cache.match(asset.path);
			if (stored !== undefined && (await hash(stored)) === asset.sha256) return 'kept';
			await self.caches.delete(cacheName(asset));
			return 'unreachable';
		} catch (cause) {
			// The body broke off, or storage is full, blocked or gone: the app works without.
			if (!(cause instanceof TypeError || cause instanceof DOMException)) throw cause;
			await self.caches.delete(cacheName(asset)).catch(() => false);
			const isFull = cause instanceof DOMException && cause.name === 'QuotaExceededError';
			return isFull ? 'full' : 'unreachable';
		}
	}
}

async function has(asset: Asset): Promise<boolean> {
	return (await self.caches.match(asset.path, { cacheName: cacheName(asset) })) !== undefined;
}

/** @throws TypeError when it cannot be had whole */
async function fetchVerified({ path, integrity }: Asset): Promise<Response> {
	try {
		return await fetch(path, { integrity, credentials: 'same-origin' });
	} catch (cause) {
		if (!(cause instanceof TypeError)) throw cause;
		// The browser's own cache may hold the damage.
		return fetch(path, { integrity, credentials: 'same-origin', cache: 'reload' });
	}
}

async function hash(response: Response): Promise<string> {
	const digest = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
	return hex(new Uint8Array(digest));
}

async function isOtherBuildOpen(build: string): Promise<boolean> {
	const { held = [] } = await self.navigator.locks.query();
	return held.some(({ name = '' }) => name.startsWith(BUILD_LOCK) && name !== BUILD_LOCK + build);
}
