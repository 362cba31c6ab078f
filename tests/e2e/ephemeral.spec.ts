// Nothing outlives its window: the node, the key, the login.
import { expect, test } from '../fixtures/test';
import { NODE_GONE_MS } from '../fixtures/waits';
import { openShell } from './shell';

test.use({ hasServiceWorker: false });

test('one ephemeral node while the window is open, none within 5 s of its closing', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	await openShell(page, `${stack.login}@web-1`);
	await expect.poll(async () => (await stack.ownNodes()).length).toBe(1);
	const [node] = await stack.ownNodes();
	expect(node?.preAuthKey?.ephemeral).toBe(true);
	expect(node?.name).toMatch(/^headtab-/);
	// The used key is expired as soon as the node has joined.
	await expect
		.poll(async () => {
			const key = (await stack.headscale.preAuthKeys()).find(
				({ id }) => id === node?.preAuthKey?.id
			);
			return key !== undefined && key.used && Date.parse(key.expiration) <= Date.now();
		})
		.toBe(true);
	await page.close({ runBeforeUnload: false });
	await expect.poll(async () => (await stack.ownNodes()).length, { timeout: NODE_GONE_MS }).toBe(0);
});

test('C6 signing out in one window ends all of that login: nodes, keys, and what they show', async ({
	signIn,
	stack
}) => {
	const keysOfOthers = new Set((await stack.headscale.preAuthKeys()).map(({ id }) => id));
	const page = await signIn('alice', { isOwnLogin: true });
	await openShell(page, `${stack.login}@web-1`);
	const other = await page.context().newPage();
	await other.goto('/');
	await expect(other.getByRole('list', { name: 'Machines' })).toContainText('web-1');
	await expect.poll(async () => (await stack.ownNodes()).length).toBe(2);

	await page.getByRole('button', { name: /Account/ }).click();
	await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
	await page
		.getByRole('alertdialog')
		.getByRole('button', { name: /Sign out/ })
		.click();
	await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
	await expect.poll(async () => (await stack.ownNodes()).length, { timeout: NODE_GONE_MS }).toBe(0);
	await expect(other.getByRole('button', { name: 'Sign in' })).toBeVisible();
	const valid = (await stack.headscale.preAuthKeys()).filter(
		({ id, used, expiration }) =>
			!keysOfOthers.has(id) && !used && Date.parse(expiration) > Date.now()
	);
	expect(valid).toEqual([]);
});

test('N9 a duplicated window has a node of its own', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	await expect.poll(async () => (await stack.ownNodes()).length).toBe(1);
	const [clone] = await Promise.all([
		page.context().waitForEvent('page'),
		page.evaluate(() => window.open(location.href) !== null)
	]);
	await expect.poll(async () => (await stack.ownNodes()).length).toBe(2);
	const names = (await stack.ownNodes()).map(({ name }) => name);
	expect(new Set(names).size).toBe(2);
	const stored = await page.evaluate(() =>
		JSON.stringify([Object.entries(sessionStorage), Object.entries(localStorage)])
	);
	expect(stored).not.toMatch(/hskey|privkey|nodekey/);
	await clone.close();
});
