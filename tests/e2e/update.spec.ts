// A new version deployed under open windows: no session ends without the person's word.
import type { Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { makeSecondBuild, SECOND_NEWS, type SecondBuild } from '../fixtures/second-build';
import { expect } from '../fixtures/test';
import { JOIN_MS, NODE_GONE_UNSAID_MS, UPDATE_MS } from '../fixtures/waits';
import { kept, machines, test as base } from './kept';
import { openShell, Shell } from './shell';

const test = base.extend<object, { readonly second: SecondBuild }>({
	second: [
		// eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures it needs here
		async ({}, use) => {
			const build = makeSecondBuild('2');
			await use(build);
			build.remove();
		},
		{ scope: 'worker' }
	]
});

test.afterEach(async ({ stack }) => stack.restartApp());

/** What the hourly look does. */
const look = (page: Page) =>
	page.evaluate(async () => {
		await (await navigator.serviceWorker.ready).update();
	});
const versionOf = (page: Page) => page.locator('html').getAttribute('data-version');

test('P1 an update under two live sessions waits, asks twice, and brings every window back', async ({
	context,
	second,
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const web = await openShell(page, `${stack.login}@web-1`);
	await kept(page);
	const other = await context.newPage();
	await other.goto('/?screenreader=1');
	const db = await openShell(other, `${stack.login}@db-1`);
	await db.run('MARK=before');

	await stack.restartApp(second.dir);
	await look(page);
	for (const window of [page, other]) {
		await expect(window.getByText('Update ready')).toBeVisible();
		await expect(window.getByText('when your 2 sessions have ended')).toBeVisible();
		// What is new in it, as the server tells that has it.
		await expect(window.getByText('Update ready: 2.0.0')).toBeVisible();
		await expect(window.getByRole('listitem').filter({ hasText: SECOND_NEWS })).toBeVisible();
	}
	await expectNoAxeFaults(page);
	// Both still run, in the shells of before.
	await page.bringToFront();
	await web.region.click();
	await web.run('echo still-here');
	await other.bringToFront();
	await db.region.click();
	await db.run('echo $MARK-after');
	await db.expectText('before-after');
	expect(await versionOf(page)).toBe(null);

	await other.getByRole('button', { name: 'Restart now' }).click();
	await expect(other.getByText('End 2 sessions in all windows?')).toBeVisible();
	await expectNoAxeFaults(other);
	await other.getByRole('button', { name: 'End and restart' }).click();
	for (const [window, name] of [
		[page, `${stack.login}@web-1`],
		[other, `${stack.login}@db-1`]
	] as const) {
		await expect.poll(() => versionOf(window), { timeout: UPDATE_MS }).toBe('2');
		await window.bringToFront();
		const offer = window.getByRole('status', { name: 'Tabs of a closed window' });
		await expect(offer).toContainText(name);
		await offer.getByRole('button', { name: 'Restore' }).click();
		const restored = await Shell.opened(window, name);
		await restored.run('echo back');
	}
});

test('an update with nothing live comes by itself, in every window', async ({
	context,
	second,
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	await kept(page);
	const other = await context.newPage();
	await other.goto('/');
	await expect(machines(other)).toContainText('web-1', { timeout: JOIN_MS });
	await stack.restartApp(second.dir);
	await look(page);
	for (const window of [page, other])
		await expect.poll(() => versionOf(window), { timeout: UPDATE_MS }).toBe('2');
	await expect(machines(page)).toContainText('web-1', { timeout: JOIN_MS });
});

test('P1 P2 a browser ended while an update is installed leaves the next launch sound', async ({
	second,
	stack,
	visited
}) => {
	await visited.page.context().newPage();
	await visited.page.close();
	// Its goodbye has arrived before the server restarts.
	await expect.poll(() => stack.ownNodes(), { timeout: NODE_GONE_UNSAID_MS }).toEqual([]);
	const [blank] = visited.page.context().pages();
	await stack.restartApp(second.dir);
	await blank?.goto(`${stack.appUrl}/healthz`);
	// Resolves when the script has come and installing begins; the browser ends in the middle of it.
	await blank?.evaluate(async () => {
		await (await navigator.serviceWorker.getRegistration('/'))?.update();
	});
	const next = await visited.launch();
	await next.goto(stack.appUrl);
	await expect(machines(next)).toContainText('web-1', { timeout: JOIN_MS });
	await expect.poll(() => versionOf(next), { timeout: UPDATE_MS }).toBe('2');
	await expect(machines(next)).toContainText('web-1', { timeout: JOIN_MS });
});
