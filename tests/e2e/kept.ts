// What a device keeps of the app, as a test asks and damages it. Used by the offline and update specs.
import { expect, type Page } from '@playwright/test';
import { JOIN_MS } from '../fixtures/waits';

/** WASM, five faces, restty's code. */
const ASSETS = 7;

/** Waits until the window has joined and everything for the next launch is kept. */
export async function kept(page: Page): Promise<void> {
	await expect.poll(() => assetPaths(page), { timeout: JOIN_MS }).toHaveLength(ASSETS);
	await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

/** Paths of the assets that lie on this device. */
export async function assetPaths(page: Page): Promise<readonly string[]> {
	return page.evaluate(async () => {
		const names = (await caches.keys()).filter((name) => name.startsWith('headtab-asset-'));
		const found = await Promise.all(
			names.map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => url))
		);
		return found.flat().map((url) => new URL(url).pathname);
	});
}

/** Bytes of a kept asset; 0 when it is not there. */
export async function keptBytes(page: Page, path: string): Promise<number> {
	return page.evaluate(async (wanted) => {
		const found = await caches.match(wanted);
		return found === undefined ? 0 : (await found.arrayBuffer()).byteLength;
	}, path);
}

/** Cuts a kept asset in half, as a full disk does. */
export async function truncate(page: Page, path: string): Promise<void> {
	await page.evaluate(async (wanted) => {
		for (const name of await caches.keys()) {
			const cache = await caches.open(name);
			const whole = await cache.match(wanted);
			if (whole === undefined) continue;
			const bytes = await whole.arrayBuffer();
			const headers = { 'content-type': whole.headers.get('content-type') ?? '' };
			await cache.put(wanted, new Response(bytes.slice(0, bytes.byteLength / 2), { headers }));
		}
	}, path);
}
