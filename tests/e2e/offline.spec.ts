// The app without a network, and with a device that keeps nothing or damages it.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Page } from '@playwright/test';
import { requestsIn } from '../fixtures/profile';
import { expect } from '../fixtures/test';
import { JOIN_MS } from '../fixtures/waits';
import { assetPaths, kept, keptBytes, machines, test, truncate, unplug } from './kept';
import { openShell } from './shell';

const banner = (page: Page) => page.locator('[data-offline]');

test('a second launch takes no WASM, face or large code from the network', async ({
	stack,
	visited
}) => {
	await openShell(visited.page, `${stack.login}@web-1`);
	const paths = await assetPaths(visited.page);
	await visited.quit();
	stack.appProxy.forget();
	const page = await visited.launch();
	await page.goto(`${stack.appUrl}/?screenreader=1`);
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('echo fine');
	const requests = requestsIn(stack.appProxy.recorded());
	// Proof that the requests are seen.
	expect(requests).toContain('GET /api/session');
	const files = requests.filter((line) => /\.(wasm|ttf|woff2|js)(\?|$)/.test(line));
	expect(files.filter((line) => line !== 'GET /service-worker.js')).toEqual([]);
	for (const path of paths) expect(requests).not.toContain(`GET ${path}`);
});

test('P7 opens without a network with the last list, and connects when it is back', async ({
	stack,
	visited
}) => {
	const page = await visited.launch();
	await unplug(page, stack);
	for (const path of ['/connect/web-1', '/settings', '/']) {
		await page.goto(stack.appUrl + path);
		await expect(banner(page)).toContainText('You are offline');
	}
	await expect(machines(page)).toContainText('web-1');
	await expect(machines(page)).toHaveClass(/old/);
	await expect(page.getByText(/The list is .* old/)).toBeVisible();
	// What the person picks is opened when it can be.
	await page.getByRole('combobox', { name: 'Search machines' }).fill(`${stack.login}@web-1`);
	await page.keyboard.press('Enter');
	stack.appProxy.resume();
	await page.context().setOffline(false);
	const region = page.getByRole('region', { name: `${stack.login}@web-1` });
	await expect(region).toHaveAttribute('data-phase', 'open', { timeout: JOIN_MS * 2 });
	await expect(banner(page)).toBeHidden();
});

test('[server-unreachable] a server that is away is not a sign-out, and heals by itself', async ({
	stack,
	visited
}) => {
	const page = await visited.launch();
	stack.appProxy.pause();
	await page.goto(stack.appUrl);
	await expect(banner(page)).toContainText('The app server does not answer');
	await expect(machines(page)).toContainText('web-1');
	await page.getByRole('button', { name: 'Try now' }).click();
	await expect(banner(page)).toBeVisible();
	stack.appProxy.resume();
	await expect(banner(page)).toBeHidden({ timeout: JOIN_MS });
	await expect(machines(page)).not.toHaveClass(/old/, { timeout: JOIN_MS });
});

test('a launch by a link waits a few seconds for a server that does not answer, then opens the kept page', async ({
	stack,
	visited
}) => {
	const page = await visited.launch();
	await stack.crashApp();
	// Ends nothing either, as the server itself would after its limits.
	const open = new Set<Socket>();
	const silent = createServer((socket) => open.add(socket)).listen(stack.appPort, '127.0.0.1');
	await once(silent, 'listening');
	await page.goto(`${stack.appUrl}/connect/web-1?user=${stack.login}`);
	for (const socket of open) socket.destroy();
	await new Promise((resolve) => silent.close(resolve));
	await stack.restartApp();
	// Nobody has told who sent the person.
	await expect(page.getByRole('dialog')).toContainText('A link asked for this', {
		timeout: JOIN_MS
	});
});

test('nothing kept names a person or a machine after signing out', async ({ stack, visited }) => {
	const { page } = visited;
	await openShell(page, `${stack.login}@web-1`);
	await page.getByRole('button', { name: /Account/ }).click();
	await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
	// Signed out at the provider, too, which leads back: what is asked before is asked of a page that goes.
	const back = page.waitForResponse(
		(response) =>
			response.request().isNavigationRequest() &&
			response.ok() &&
			response.url().startsWith(stack.appUrl)
	);
	await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click();
	await back;
	await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
	const found = await page.evaluate(async () => {
		const texts: string[] = [JSON.stringify(Object.entries(localStorage))];
		for (const name of await caches.keys()) {
			const cache = await caches.open(name);
			for (const request of await cache.keys()) {
				const response = await cache.match(request);
				if (/html|json/.test(response?.headers.get('content-type') ?? ''))
					texts.push(request.url, (await response?.text()) ?? '');
			}
		}
		const database = await new Promise<IDBDatabase>((resolve) => {
			const request = indexedDB.open('headtab');
			request.onsuccess = () => {
				resolve(request.result);
			};
		});
		for (const store of database.objectStoreNames) {
			const values = database.transaction(store).objectStore(store).getAll();
			await new Promise((resolve) => (values.onsuccess = resolve));
			if (store !== 'host-keys') texts.push(JSON.stringify(values.result));
		}
		database.close();
		return texts.join('\n');
	});
	expect(found).toContain('</html>');
	expect(found).not.toMatch(/web-1|alice/);
	// And the next launch without a network shows nobody's list.
	const next = await visited.launch();
	await unplug(next, stack);
	await next.goto(stack.appUrl);
	await expect(next.getByText('server-unreachable')).toBeVisible();
	await expect(next.getByText('web-1')).toHaveCount(0);
});

test('P2 a truncated module and a truncated face are repaired, never used', async ({
	stack,
	visited
}) => {
	const { page } = visited;
	const paths = await assetPaths(page);
	const wasm = paths.find((path) => path.endsWith('.wasm')) ?? '';
	const face = '/fonts/headtab-mono-regular.ttf';
	const whole = [await keptBytes(page, wasm), await keptBytes(page, face)];
	await truncate(page, wasm);
	await truncate(page, face);
	const next = await visited.launch();
	await next.goto(`${stack.appUrl}/?screenreader=1`);
	const shell = await openShell(next, `${stack.login}@web-1`);
	await shell.run('echo fine');
	await expect.poll(() => keptBytes(next, wasm)).toBe(whole[0]);
	await expect.poll(() => keptBytes(next, face)).toBe(whole[1]);
});

test('P2 caches deleted by hand come back, and the app opens without them', async ({
	stack,
	visited
}) => {
	const { page } = visited;
	await page.evaluate(async () => {
		for (const name of await caches.keys()) await caches.delete(name);
	});
	await page.reload();
	await expect(machines(page)).toContainText('web-1', { timeout: JOIN_MS });
	await kept(page);
	await expect
		.poll(() => page.evaluate(async () => (await caches.keys()).some((n) => n.includes('shell'))))
		.toBe(true);
	const next = await visited.launch();
	await unplug(next, stack);
	await next.goto(stack.appUrl);
	await expect(machines(next)).toContainText('web-1');
});

test('P2 a download that is cut in the middle is fetched again', async ({ signIn, stack }) => {
	const page = await signIn('alice', {
		before: async () => {
			// Past the page's own files, within the module.
			stack.appProxy.cutAfter(3_000_000);
		}
	});
	await expect(machines(page)).toContainText('web-1', { timeout: JOIN_MS * 2 });
	await kept(page);
});

test('P3 P4 works with no room at all, and says so once', async ({ context, signIn, stack }) => {
	const page = await signIn('alice', {
		before: async (blank) => {
			const session = await context.newCDPSession(blank);
			// 0 would mean no override.
			await session.send('Storage.overrideQuotaForOrigin', { origin: stack.appUrl, quotaSize: 1 });
		}
	});
	await expect(machines(page)).toContainText('web-1', { timeout: JOIN_MS });
	await expect(
		page.getByText(/keeps nothing for Headtab|Nothing new is kept|no room for Headtab/)
	).toHaveCount(1);
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('echo fine');
	await page.getByRole('button', { name: 'New tab' }).click();
	await page.getByRole('status').getByRole('button', { name: 'Dismiss' }).click();
	await expect(
		page.getByText(/keeps nothing for Headtab|Nothing new is kept|no room for Headtab/)
	).toHaveCount(0);
});

test('P4 D8 works beside a database of a newer version, and says so', async ({ signIn, stack }) => {
	const page = await signIn('alice', {
		before: async (blank) => {
			await blank.goto(`${stack.appUrl}/healthz`);
			await blank.evaluate(
				() =>
					new Promise((resolve) => {
						const request = indexedDB.open('headtab', 99);
						request.onsuccess = () => {
							request.result.close();
							resolve(null);
						};
					})
			);
		}
	});
	await expect(machines(page)).toContainText('web-1', { timeout: JOIN_MS });
	await expect(page.getByText('This browser keeps nothing for Headtab')).toBeVisible();
});
