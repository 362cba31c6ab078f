// What a device keeps of the app: a profile that has been there before, and how a test asks and damages
// what lies in it. Used by the offline and update specs.
import type { Page } from '@playwright/test';
import { firstPage, Profile } from '../fixtures/profile';
import { expect, test as base, type Stack } from '../fixtures/test';
import { JOIN_MS, NODE_GONE_UNSAID_MS } from '../fixtures/waits';

/** A device of alice's that has everything for the next launch. */
export interface Visited {
	/** Its window; closed by `launch` and `quit`. */
	readonly page: Page;
	/** Closes the windows and the browser, and starts it again. */
	launch(): Promise<Page>;
	/** Closes the windows as people do, waits until their nodes are gone, and ends the browser. */
	quit(): Promise<void>;
}

export const test = base.extend<{ readonly visited: Visited }>({
	visited: async ({ stack, logIn }, use) => {
		const profile = new Profile();
		const open = async () => firstPage(await profile.launch());
		const quit = async () => {
			await profile.closeWindows();
			await expect
				.poll(async () => (await stack.ownNodes()).length, { timeout: NODE_GONE_UNSAID_MS })
				.toBe(0);
			await profile.quit();
		};
		try {
			const page = await open();
			await page.goto(stack.appUrl);
			await page.getByRole('button', { name: 'Sign in' }).click();
			await logIn(page, 'alice');
			await expect(machines(page)).toContainText('web-1', { timeout: JOIN_MS });
			await kept(page);
			await use({
				page,
				quit,
				launch: async () => {
					await quit();
					return open();
				}
			});
			stack.appProxy.resume();
			await quit();
		} finally {
			await profile.remove();
		}
	}
});

export const machines = (page: Page) => page.getByRole('list', { name: 'Machines' });

/** No network, as the browser and the server see it. */
export async function unplug(page: Page, stack: Pick<Stack, 'appProxy'>): Promise<void> {
	await page.context().setOffline(true);
	stack.appProxy.pause();
}

/** WASM, five faces, restty's code. */
const ASSETS = 7;

/** Waits until the service worker serves the page. */
export async function controlled(page: Page): Promise<void> {
	await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

/** Waits until the window has joined and everything for the next launch is kept. */
export async function kept(page: Page): Promise<void> {
	await expect.poll(() => assetPaths(page), { timeout: JOIN_MS }).toHaveLength(ASSETS);
	await controlled(page);
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
