// The doors of the window itself: what other sites, scripts of the page, and the browser's own comings and goings
// can do (SECURITY 6h).
import type { Page } from '@playwright/test';
import { withOtherSite } from '../fixtures/other-site';
import { expect, test } from '../fixtures/test';
import { JOIN_MS, NODE_GONE_MS } from '../fixtures/waits';
import { machines } from './kept';
import { connect, connectTrusting, openShell, Shell } from './shell';

/** What a secret of ours looks like: keys of nodes and machines, sealed sign-ins, tokens. */
const SECRETS = /hskey-(auth|api)-|(node|priv|machine|disco)key:|eyJ[\w-]{10}|PRIVATE KEY/;

/** Whatever a script of the page can read: globals that no other page has, and stored values. */
async function reachable(page: Page, standard: readonly string[]): Promise<readonly string[]> {
	return page.evaluate(async (known) => {
		const found: string[] = [];
		const seen = new Set<unknown>();
		const walk = (value: unknown, depth: number) => {
			if (typeof value === 'string') found.push(value);
			if (depth > 8 || seen.has(value)) return;
			if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return;
			seen.add(value);
			if (value instanceof Node || value === globalThis) return;
			for (const name of Reflect.ownKeys(value)) {
				const property = Reflect.getOwnPropertyDescriptor(value, name);
				// A getter may do something.
				if (property?.get === undefined) walk(property?.value, depth + 1);
			}
		};
		for (const name of Object.getOwnPropertyNames(globalThis))
			if (!known.includes(name)) walk(Reflect.get(globalThis, name), 0);
		walk([document.cookie, Reflect.get(globalThis, 'name'), history.state], 0);
		walk([Object.entries(localStorage), Object.entries(sessionStorage)], 0);
		walk(
			performance.getEntries().map((entry) => JSON.stringify(entry)),
			0
		);
		const open = indexedDB.open('headtab');
		const database = await new Promise<IDBDatabase>((resolve) => {
			open.onsuccess = () => {
				resolve(open.result);
			};
		});
		for (const store of database.objectStoreNames) {
			const all = database.transaction(store).objectStore(store).getAll();
			await new Promise((resolve) => (all.onsuccess = resolve));
			found.push(JSON.stringify(all.result));
		}
		database.close();
		return found;
	}, standard);
}

test('P10 another site can neither frame the app, nor use the sign-in; no script of the page finds a secret', async ({
	signIn,
	stack,
	context,
	expectedErrors
}) => {
	// What the browser says of the frame and the requests that it refuses.
	expectedErrors.push(/frame|CORS|Cross-Origin/i);
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	const [own] = await stack.ownNodes();

	const html = `<!doctype html><title>evil</title><iframe src="${stack.appUrl}/"></iframe>`;
	await withOtherSite(html, async (url) => {
		const evil = await context.newPage();
		await evil.goto(url);
		await expect.poll(() => evil.frames()[1]?.url()).toMatch(/^chrome-error:/);
		const tried = await evil.evaluate(
			async ({ app, hostname }) => {
				const socket = new WebSocket(`${app.replace('http', 'ws')}/relay/derp/999`, ['derp']);
				const opened = await new Promise<boolean>((resolve) => {
					socket.onopen = () => {
						resolve(true);
					};
					socket.onclose = () => {
						resolve(false);
					};
				});
				const body = JSON.stringify({ hostname });
				// Nothing of the answer is told, not even that there is one.
				for (const path of ['/api/leave', '/auth/logout', '/auth/logout/everywhere'])
					await fetch(app + path, {
						method: 'POST',
						mode: 'no-cors',
						credentials: 'include',
						body
					}).catch(() => undefined);
				const read = await fetch(`${app}/api/session`, { credentials: 'include' }).then(
					() => true,
					() => false
				);
				return { opened, read };
			},
			{ app: stack.appUrl, hostname: own?.name ?? '' }
		);
		expect(tried).toEqual({ opened: false, read: false });
		await evil.close();
	});
	await page.bringToFront();
	await shell.region.click();
	await shell.run('echo still-here');
	expect((await stack.ownNodes()).map(({ id }) => id)).toEqual([own?.id]);

	const plain = await context.newPage();
	await plain.goto('/healthz');
	const standard = await plain.evaluate(() => Object.getOwnPropertyNames(globalThis));
	await plain.close();
	const texts = await reachable(page, standard);
	// Proof that something was read.
	expect(texts.join('\n')).toContain('web-1');
	expect(texts.filter((text) => SECRETS.test(text))).toEqual([]);
});

test('[window-put-away] P11 a page that the browser put away and shows again asks who is signed in, and connects anew', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const name = `${stack.login}@web-1`;
	const shell = await openShell(page, name);
	await shell.run('echo before');
	// As iOS and the back-forward cache do; Chromium under automation keeps no page, so its two events are sent.
	await page.evaluate(() => {
		dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }));
	});
	await expect.poll(() => stack.ownNodes(), { timeout: NODE_GONE_MS }).toEqual([]);
	const asked = page.waitForRequest((request) => request.url().endsWith('/api/session'));
	await page.evaluate(() => {
		dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
	});
	await asked;
	await expect.poll(async () => (await stack.ownNodes()).length, { timeout: JOIN_MS }).toBe(1);
	await expect(shell.region).toHaveAttribute('data-phase', 'open', { timeout: JOIN_MS });
	await expect(shell.region.getByText('A new shell since')).toBeVisible();
	await expect(shell.region.getByText('The browser put this window away')).toBeVisible();
	await shell.region.click();
	await shell.run('echo after');
	await shell.expectText('before');
});

test('P12 a device that lost what it kept: still signed in, and a machine’s key is asked about again, with why', async ({
	signIn,
	stack,
	context
}) => {
	await stack.plain.serve('normal', ['-auth=none']);
	try {
		const page = await signIn('alice');
		const name = `${stack.plain.login}@plain-1`;
		await connectTrusting(page, name);
		const shell = await Shell.opened(page, name);
		await shell.type('exit');
		await expect(shell.region).toHaveAttribute('data-phase', 'closed');
		// Kept: not asked again.
		await page.keyboard.press('Enter');
		await Shell.opened(page, name);
		await shell.type('exit');
		await expect(shell.region).toHaveAttribute('data-phase', 'closed');
		await page.close();

		// What a browser takes that was not used for a week, or needs the room. The server's cookie stays.
		const next = await context.newPage();
		await next.goto('/healthz');
		await next.evaluate(async () => {
			for (const cache of await caches.keys()) await caches.delete(cache);
			for (const worker of await navigator.serviceWorker.getRegistrations())
				await worker.unregister();
			localStorage.clear();
			const gone = indexedDB.deleteDatabase('headtab');
			await new Promise((resolve) => (gone.onsuccess = resolve));
		});
		await next.goto('/?screenreader=1');
		await expect(machines(next)).toContainText('plain-1', { timeout: JOIN_MS });
		await connect(next, name);
		const trust = next.getByRole('dialog', { name: /plain-1/ });
		await expect(trust).toContainText('this device has not met it before');
		await expect(trust).toContainText('Remembered on this device');
	} finally {
		await stack.plain.serve('normal');
	}
});

test('H15 a machine that changes its key under an open shell is stopped, and no way leads on', async ({
	signIn,
	stack
}) => {
	// After so many bytes the server makes new session keys, and signs them with another host key.
	await stack.plain.serve('rekey-other-key', ['-auth=none', '-rekey=65536']);
	try {
		const page = await signIn('alice');
		const name = `${stack.plain.login}@plain-1`;
		await connectTrusting(page, name);
		const shell = await Shell.opened(page, name);
		await shell.type('seq 1 30000');
		await expect(shell.region).toHaveAttribute('data-code', 'ssh-host-key-changed', {
			timeout: 60_000
		});
		await expect(shell.region).toContainText('plain-1 changed its key under an open connection');
		await expect(shell.region.locator('dd')).toHaveCount(2);
		await expect(shell.region.getByRole('button', { name: /Forget|Try again|Trust/ })).toHaveCount(
			0
		);
	} finally {
		await stack.plain.serve('normal');
	}
});
