// Every surface of the app that opens over or beside a terminal: no fault that axe finds, and the keyboard
// reaches it and comes back. Dialogs of machines, settings and sign-in have their own specs.
import type { Locator, Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { JOIN_MS } from '../fixtures/waits';
import { connect, openShell, Shell, tabsOf } from './shell';

/** Opens a surface, looks at it in both schemes, and closes it with Esc. */
async function expectSound(page: Page, surface: Locator): Promise<void> {
	await expect(surface).toBeVisible();
	for (const colorScheme of ['dark', 'light'] as const) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		await expectNoAxeFaults(page);
	}
}

/** The keyboard is inside of it. */
const expectKeyboardIn = (surface: Locator) =>
	expect(
		surface.locator(':focus').or(surface.and(surface.page().locator(':focus')))
	).toBeAttached();

async function runCommand(page: Page, name: string): Promise<void> {
	await page.keyboard.press('Control+Shift+P');
	const palette = page.getByRole('combobox', { name: 'Find a command, tab or machine' });
	await palette.fill(`>${name}`);
	await expect(page.getByRole('option', { name }).first()).toBeVisible();
	await palette.press('Enter');
	await expect(palette).toBeHidden();
}

test('splits, menus, dialogs and notes: nothing that axe finds, all by keyboard', async ({
	signIn,
	stack,
	context
}) => {
	test.slow();
	const page = await signIn('alice');
	const web = `${stack.login}@web-1`;
	const shell = await openShell(page, web);
	await page.keyboard.press('Control+Shift+D');
	const right = await Shell.opened(page, web, 1);
	await page.keyboard.press('Control+Shift+E');
	const below = await Shell.opened(page, web, 2);
	await expectSound(page, page.getByRole('separator').first());

	// F6 goes round: terminal, status bar, tabs, terminal.
	await page.keyboard.press('F6');
	await expectKeyboardIn(page.locator('footer'));
	await page.keyboard.press('Enter');
	await expectSound(page, page.getByRole('dialog'));
	await page.keyboard.press('Escape');
	await expectKeyboardIn(page.locator('footer'));
	await page.keyboard.press('F6');
	await expect(tabsOf(page)).toBeFocused();

	await page.keyboard.press('Shift+F10');
	const tabMenu = page.getByRole('menu', { name: `Tab ${web}` });
	await expectSound(page, tabMenu);
	await expectKeyboardIn(tabMenu);
	await page.keyboard.press('Escape');
	await expect(tabMenu).toBeHidden();
	await expectKeyboardIn(below.region);

	for (const [name, command] of [
		[/new window/, 'Move tab to a new window'],
		[/sign out/i, 'Sign out']
	] as const) {
		await runCommand(page, command);
		const dialog = page.getByRole('alertdialog', { name });
		await expectSound(page, dialog);
		await expectKeyboardIn(dialog);
		await page.keyboard.press('Escape');
		await expect(dialog).toBeHidden();
		await expectKeyboardIn(below.region);
	}

	await runCommand(page, 'Install Headtab');
	const help = page.getByRole('dialog', { name: 'Install Headtab' });
	await expectSound(page, help);
	await page.keyboard.press('Enter');
	await expect(help).toBeHidden();

	await page.keyboard.press('Control+Shift+P');
	const palette = page.getByRole('dialog');
	await expectSound(page, palette);
	await page.keyboard.press('Escape');

	// A session that ended keeps its screen; the pane that is closed asks.
	await below.type('exit');
	await expect(below.region).toHaveAttribute('data-phase', 'closed');
	await expectSound(page, below.region.getByRole('button', { name: /Reconnect/ }));
	await page.keyboard.press('Control+Shift+ArrowUp');
	await page.keyboard.press('Control+Shift+W');
	const question = page.getByRole('alertdialog', { name: /^Close/ });
	await expectSound(page, question);
	await page.keyboard.press('Escape');
	await expectKeyboardIn(right.region);
	await expect(shell.region).toHaveAttribute('data-phase', 'open');

	// Without the server: what is held says so.
	await context.setOffline(true);
	stack.appProxy.pause();
	const banner = page.locator('[data-offline]');
	await expectSound(page, banner);
	await context.setOffline(false);
	stack.appProxy.resume();
	await expect(banner).toBeHidden();

	// The second window in which a shell opened.
	page.on('dialog', (dialog) => void dialog.accept());
	await page.reload();
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible();
	// What the browser says of an app that it can install; not in a profile that keeps nothing, as this one.
	await page.evaluate(() => {
		const asks = new Event('beforeinstallprompt', { cancelable: true });
		dispatchEvent(Object.assign(asks, { prompt: () => Promise.resolve() }));
	});
	await openShell(page, web);
	const offer = page.getByRole('status').filter({ hasText: 'Headtab can be an app of its own' });
	await expectSound(page, offer);
	await offer.getByRole('button', { name: 'Dismiss' }).focus();
	await page.keyboard.press('Enter');
	await expect(offer).toBeHidden();
});

test('the list in groups, more tabs than fit, a machine that is off, tabs that are offered again', async ({
	signIn
}) => {
	test.slow();
	const page = await signIn('alice');
	const list = page.getByRole('list', { name: 'Machines' });
	await expect(list).toContainText('web-1', { timeout: JOIN_MS });
	const grouping = page.getByRole('button', { name: /^Grouped by/ });
	await page.keyboard.press('Tab');
	await expect(grouping).toBeFocused();
	await page.keyboard.press('Enter');
	const groupings = page.getByRole('menu', { name: 'Grouping' });
	await expectSound(page, groupings);
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await expect(list.getByRole('heading', { name: /^db/ })).toBeVisible();
	await expectSound(page, list);
	// Remembered by this device.
	await page.reload();
	await expect(list.getByRole('heading', { name: /^db/ })).toBeVisible();
	await page.keyboard.press('Control+Shift+P');
	await page.keyboard.type('Group machines by owner');
	await page.keyboard.press('Enter');
	await expect(list.getByRole('heading', { name: /^No owner/ })).toBeVisible();

	await page.setViewportSize({ width: 720, height: 600 });
	for (const login of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
		await connect(page, `${login}@old-1`);
		await expect(page.getByRole('tab', { selected: true })).toHaveAccessibleName(`${login}@old-1`);
	}
	const all = page.getByRole('button', { name: 'All tabs' });
	await all.focus();
	await page.keyboard.press('Enter');
	await expectSound(page, page.getByRole('menu', { name: 'All tabs' }));
	await page.keyboard.press('Home');
	await page.keyboard.press('Enter');
	await expect(page.getByRole('tab', { selected: true })).toHaveAccessibleName('a@old-1');

	await page.reload();
	const offer = page.getByRole('status', { name: 'Tabs of a closed window' });
	await expectSound(page, offer);
	await offer.getByRole('button', { name: 'Restore' }).focus();
	await page.keyboard.press('Enter');
	await expect(tabsOf(page)).toHaveCount(7);
});
