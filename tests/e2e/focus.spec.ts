// Where the keyboard is as panes are chosen, fail and go: keys meant for one part of the window reach no other.
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/test';
import { JOIN_MS } from '../fixtures/waits';
import { connect, connectTrusting, openShell, openWaiting, Shell, tabsOf, tryAgain } from './shell';

test.use({ hasServiceWorker: false });

/** Finds something in the palette, which is left open. */
async function find(page: Page, query: string): Promise<Locator> {
	await page.keyboard.press('Control+Shift+P');
	const palette = page.getByRole('combobox', { name: 'Find a command, tab or machine' });
	await palette.fill(query);
	await expect(page.getByRole('option', { name: query.replace(/^.*@/, '') }).first()).toBeVisible();
	return palette;
}

test('it follows what is chosen into the page of a failed split or tab, and F6 leads there', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await (await find(page, 'a@old-1')).press('Control+Enter');
	await expect(tryAgain(page)).toBeFocused();
	await page.keyboard.press('Control+Shift+ArrowLeft');
	await shell.run('echo left-$((1+1))');
	await page.keyboard.press('Control+Shift+ArrowRight');
	await expect(tryAgain(page)).toBeFocused();
	// What is typed now is no shell's.
	const received = await shell.receivedBytes();
	await page.keyboard.type('nobody');
	await expect(tryAgain(page)).toBeFocused();
	expect(await shell.receivedBytes()).toBe(received);

	await openWaiting(page, 'b@old-1');
	await page.keyboard.press('Control+Shift+Digit1');
	await page.keyboard.press('Control+Shift+ArrowLeft');
	await expect(shell.region.locator(':focus')).toBeAttached();
	await page.keyboard.press('Control+Shift+Digit2');
	await expect(tryAgain(page)).toBeFocused();
	await page.keyboard.press('F6');
	await page.keyboard.press('F6');
	await expect(tabsOf(page).nth(1)).toBeFocused();
	await page.keyboard.press('F6');
	await expect(tryAgain(page)).toBeFocused();
});

test('it stays in the row of tabs while a session ends, comes back or is closed there', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const plain = `${stack.plain.login}@plain-1`;
	await stack.plain.serve('silent');
	try {
		const shell = Shell.named(page, plain);
		await openWaiting(page, 'a@old-1');
		await openWaiting(page, 'b@old-1');
		await connect(page, plain);
		await expect(shell.region).toHaveAttribute('data-phase', /dialing|authenticating/);
		await tabsOf(page).first().focus();
		await expect(shell.region).toHaveAttribute('data-phase', 'failed', { timeout: JOIN_MS });
		await expect(tabsOf(page).first()).toBeFocused();
		await page.keyboard.press('Delete');
		await expect(tabsOf(page)).toHaveCount(2);
		await expect(tabsOf(page).first()).toBeFocused();
		await page.keyboard.press('Delete');
		await expect(tabsOf(page)).toHaveCount(1);
		await expect(tabsOf(page).first()).toBeFocused();
	} finally {
		await stack.plain.serve('normal');
	}
});

test('a question in a tab has it when that tab is clicked, and the field in it that was', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	await connectTrusting(page, `${stack.plain.login}@plain-1`);
	const password = page.getByLabel(/password/i);
	await expect(password).toBeFocused();
	await openWaiting(page, 'a@old-1');
	await tabsOf(page).first().click();
	await expect(password).toBeFocused();
	await page.keyboard.press('Control+Shift+P');
	await page.keyboard.press('Escape');
	await page.keyboard.type('typed');
	await expect(password).toHaveValue('typed');
});

test('it goes into what is in view when a notice or a dialog that had it goes', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const search = page.getByRole('combobox', { name: 'Search machines' });
	await expect(search).toBeFocused();
	// The palette that asked for the dialog is gone by the time that it closes.
	await (await find(page, 'old-1')).press('Enter');
	await expect(page.getByRole('dialog', { name: /old-1/ })).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(search).toBeFocused();
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('true');
});

test('Back from an address that was loaded anew makes no terminal anew', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const name = `${stack.login}@web-1`;
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeFocused();
	await page.keyboard.press('Control+Comma');
	await expect(page.getByRole('navigation', { name: 'Settings' })).toBeVisible();
	// The text view, for this document, too.
	await page.evaluate(() => {
		history.replaceState(history.state, '', '/settings?screenreader=1');
	});
	await page.reload();
	await expect(page.getByRole('navigation', { name: 'Settings' })).toBeVisible();
	await (await find(page, name)).press('Enter');
	const shell = await Shell.opened(page, name);
	await shell.run('echo stays-here');
	const canvas = await shell.region.locator('canvas').elementHandle();
	await page.goBack();
	await expect(shell.region).toBeVisible();
	expect(await canvas.evaluate((element) => element.isConnected)).toBe(true);
	await shell.expectText('stays-here');
	await shell.run('echo goes-on');
});
