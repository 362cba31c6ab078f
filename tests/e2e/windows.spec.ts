// Windows: two of them, one that crashed, one that is a copy, one that takes a tab over, one that asks.
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/test';
import { NODE_GONE_MS } from '../fixtures/waits';
import { machines } from './kept';
import { openShell, Shell, tabsOf } from './shell';

const offerOf = (page: Page): Locator =>
	page.getByRole('status', { name: 'Tabs of a closed window' });

/** What this origin keeps of windows, as JSON. */
function keptWindows(page: Page): Promise<string> {
	return page.evaluate(
		() =>
			new Promise<string>((resolve, reject) => {
				const open = indexedDB.open('headtab');
				open.onerror = () => {
					reject(new Error('no database'));
				};
				open.onsuccess = () => {
					const all = open.result.transaction('windows').objectStore('windows').getAll();
					all.onsuccess = () => {
						open.result.close();
						resolve(JSON.stringify(all.result));
					};
				};
			})
	);
}

/** Tabs of all windows that are kept. */
async function expectKept(page: Page, tabs: number): Promise<void> {
	await expect
		.poll(async () => (await keptWindows(page)).split('"focusedIndex"').length - 1)
		.toBe(tabs);
}

test('P8 a window that crashed offers its tabs and splits again, with machines, users and names', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const web = `${stack.login}@web-1`;
	const db = `${stack.login}@db-1`;
	await openShell(page, web);
	await page.keyboard.press('Control+Shift+D');
	await Shell.opened(page, web, 1);
	await openShell(page, db);
	await tabsOf(page).nth(0).dblclick();
	const field = page.getByRole('textbox', { name: 'Name of the tab' });
	await field.fill('deploy');
	await field.press('Enter');
	await expectKept(page, 2);
	await expect.poll(() => keptWindows(page)).toContain('deploy');

	const cdp = await page.context().newCDPSession(page);
	const crashed = page.waitForEvent('crash');
	// Its answer never comes: the page is gone.
	void cdp.send('Page.crash').catch(() => undefined);
	await crashed;
	// No beacon comes from a page that crashed; its connections tell.
	await expect.poll(() => stack.ownNodes(), { timeout: NODE_GONE_MS }).toEqual([]);

	const again = await page.context().newPage();
	await again.goto('/?screenreader=1');
	await expect(offerOf(again)).toContainText(/2 tabs from \d\d:\d\d/);
	await expect(offerOf(again)).toContainText(db);
	expect(await tabsOf(again).count()).toBe(0);
	await offerOf(again).getByRole('button', { name: 'Restore' }).click();
	await expect(tabsOf(again)).toHaveCount(2);
	await expect(tabsOf(again).nth(0)).toHaveAccessibleName(`deploy, ${web}`);
	await expect(tabsOf(again).nth(0)).toHaveAttribute('aria-description', /2 splits/);
	const first = await Shell.opened(again, web);
	await Shell.opened(again, web, 1);
	await Shell.opened(again, db);
	await tabsOf(again).nth(0).click();
	await expect(first.region).toBeVisible();
	await expect(offerOf(again)).toBeHidden();
});

test('a reload offers this window’s own tabs; dismissed, they are forgotten; a setting restores at once', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	page.on('dialog', (dialog) => void dialog.accept());
	const web = `${stack.login}@web-1`;
	await openShell(page, web);
	await expectKept(page, 1);
	await page.reload();
	await expect(offerOf(page)).toContainText('1 tab from');
	await offerOf(page).getByRole('button', { name: 'Dismiss' }).click();
	await expect(offerOf(page)).toBeHidden();
	await expectKept(page, 0);
	await page.reload();
	await expect(machines(page)).toContainText('web-1');
	await expect(offerOf(page)).toBeHidden();

	await page.keyboard.press('Control+Comma');
	await page.getByRole('button', { name: 'Connections', exact: true }).click();
	await page.getByRole('radio', { name: 'Always' }).check({ force: true });
	await page.keyboard.press('Escape');
	await openShell(page, web);
	await expectKept(page, 1);
	await page.reload();
	await Shell.opened(page, web);
	await expect(tabsOf(page)).toHaveCount(1);
	await expect(offerOf(page)).toBeHidden();
});

test('a window that is open is offered nowhere, not even in its copy', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const web = `${stack.login}@web-1`;
	const shell = await openShell(page, web);
	await expectKept(page, 1);
	// A window that knows its opener begins with a copy of its session storage, as a duplicated tab does.
	const [copy] = await Promise.all([
		page.context().waitForEvent('page'),
		page.evaluate(() => window.open('/?screenreader=1') !== null)
	]);
	await expect(machines(copy)).toContainText('web-1');
	await expect.poll(async () => (await stack.ownNodes()).length).toBe(2);
	await expect(offerOf(copy)).toBeHidden();
	await openShell(copy, web);
	await expectKept(page, 2);
	await copy.close();
	await expect.poll(async () => (await stack.ownNodes()).length).toBe(1);
	// The original is still itself.
	await page.bringToFront();
	await shell.run('echo still-$((3+4))');
	await shell.expectText('still-7');
	// Gone, the copy's tab is offered, but the original's is not.
	const third = await page.context().newPage();
	await third.goto('/');
	await expect(offerOf(third)).toContainText('1 tab from');
	await offerOf(third).getByRole('button', { name: 'Dismiss' }).click();
	await expect(offerOf(third)).toBeHidden();
	await expectKept(page, 1);
});

test('two windows: two ephemeral nodes, and closing one leaves the other’s sessions alone', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const web = `${stack.login}@web-1`;
	const shell = await openShell(page, web);
	await shell.run('kept=of-this-shell');
	const opened = page.context().waitForEvent('page');
	await page.keyboard.press('Control+Shift+N');
	const other = await opened;
	await openShell(other, `${stack.login}@db-1`).catch(() => undefined);
	await expect(Shell.named(other, `${stack.login}@db-1`).region).toHaveAttribute(
		'data-phase',
		'open'
	);
	const nodes = await stack.ownNodes();
	expect(nodes).toHaveLength(2);
	expect(new Set(nodes.map(({ name }) => name)).size).toBe(2);
	for (const { preAuthKey } of nodes) expect(preAuthKey?.ephemeral).toBe(true);
	await other.close();
	await expect.poll(async () => (await stack.ownNodes()).length).toBe(1);
	await page.bringToFront();
	await shell.run('echo "$kept"');
	await shell.expectText('of-this-shell');
	await expect(shell.region).toHaveAttribute('data-phase', 'open');
});

test('a tab moves to a new window: its session is opened anew there, which is said before', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const web = `${stack.login}@web-1`;
	await openShell(page, web);
	await page.keyboard.press('Control+Shift+D');
	await Shell.opened(page, web, 1);
	await tabsOf(page).click({ button: 'right' });
	await page.getByRole('menuitem', { name: 'Move to a new window' }).click();
	const dialog = page.getByRole('alertdialog', { name: /new window/ });
	await expect(dialog).toContainText('a session cannot move');
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	await expect(tabsOf(page)).toHaveCount(1);

	await tabsOf(page).click({ button: 'right' });
	await page.getByRole('menuitem', { name: 'Move to a new window' }).click();
	const opened = page.context().waitForEvent('page');
	await dialog.getByRole('button', { name: 'Move tab' }).click();
	const other = await opened;
	await Shell.opened(other, web);
	await Shell.opened(other, web, 1);
	await expect(tabsOf(page)).toHaveCount(0);
	// The address held an id alone, and does not open the tab once more.
	await expect(other).toHaveURL(`${stack.appUrl}/`);
	await expectKept(other, 1);
});

test('P8 a window that closes with a live session asks once; without one it does not', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('echo alive');
	let asked = 0;
	page.on('dialog', (dialog) => {
		asked += 1;
		void dialog.dismiss();
	});
	const question = page.waitForEvent('dialog');
	await page.close({ runBeforeUnload: true });
	expect((await question).type()).toBe('beforeunload');
	await shell.run('echo stayed-$((5+5))');
	await shell.expectText('stayed-10');
	expect(asked).toBe(1);
	await shell.type('exit');
	await expect(shell.region).toHaveAttribute('data-phase', 'closed');
	const closed = page.waitForEvent('close');
	await page.close({ runBeforeUnload: true });
	await closed;
	expect(asked).toBe(1);
});
