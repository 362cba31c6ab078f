// The palette over machines, tabs, actions and settings, and the launcher's filters and menus.
import type { Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { openShell, Shell } from './shell';

test.use({ hasServiceWorker: false });

const combobox = (page: Page) =>
	page.getByRole('combobox', { name: 'Find a command, tab or machine' });
const options = (page: Page) => page.getByRole('listbox', { name: 'Results' }).getByRole('option');

async function openPalette(page: Page, query = ''): Promise<void> {
	await page.keyboard.press('Control+Shift+P');
	await expect(combobox(page)).toBeFocused();
	await page.keyboard.type(query);
}

test('opens with what was used last, runs what is chosen, and gives the keyboard back', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const web = await openShell(page, `${stack.login}@web-1`);
	await page.keyboard.press('Control+Shift+W');
	await page.getByRole('alertdialog').getByRole('button', { name: 'Close tab' }).click();
	await openPalette(page);
	await expect(options(page).first()).toContainText(`${stack.login}@web-1`);
	await page.keyboard.press('Enter');
	await Shell.opened(page, web.name);

	await openPalette(page, '>rename');
	await expect(options(page)).toHaveCount(1);
	await page.keyboard.press('Escape');
	await expect(combobox(page)).toBeHidden();
	await web.run('echo keyboard-is-back');

	await openPalette(page, 'dark scheme');
	await page.keyboard.press('Enter');
	await expect(page.locator('html')).toHaveAttribute('data-scheme', 'dark');
	await openPalette(page, 'settings: keyboard');
	await page.keyboard.press('Enter');
	await expect(page.getByRole('heading', { name: 'Keyboard', exact: true })).toBeVisible();
});

test('user@machine connects as that user, and Ctrl+Enter opens a split', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const web = await openShell(page, `${stack.login}@web-1`);
	await openPalette(page, `${stack.login}@db`);
	await expect(options(page).first()).toContainText(`${stack.login}@db-1`);
	await page.keyboard.press('Control+Enter');
	const db = await Shell.opened(page, `${stack.login}@db-1`);
	await expect(db.region).toBeVisible();
	await expect(web.region).toBeVisible();
	await expect(page.getByRole('tab')).toHaveCount(1);
	await openPalette(page, '@web');
	await expect(options(page).first()).toContainText('@web-1');
});

test('a sign narrows, nothing found says so, and no state has an accessibility fault', async ({
	signIn
}) => {
	const page = await signIn('alice');
	await expect(page.getByRole('list', { name: 'Machines' })).toContainText('web-1');
	for (const scheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
		await openPalette(page, 'we');
		await expect(options(page).first()).toContainText('web-1');
		await expectNoAxeFaults(page);
		await page.keyboard.type('xyz');
		await expect(page.getByText('Nothing like “wexyz”')).toBeVisible();
		await expectNoAxeFaults(page);
		await page.keyboard.press('Escape');
	}
});

test('the search suggests owners and systems, and narrows to the one chosen', async ({
	signIn
}) => {
	const page = await signIn('alice');
	const list = page.getByRole('list', { name: 'Machines' });
	await expect(list).toContainText('web-1');
	const search = page.getByRole('combobox', { name: 'Search machines' });
	await search.fill('os:');
	await page.getByRole('list', { name: 'Systems' }).getByRole('button', { name: /Linux/ }).click();
	await expect(search).toHaveValue('os:linux ');
	await expect(search).toBeFocused();
	await expect(list).toContainText('web-1');
	await search.fill('os:plan9');
	await expect(page.getByText('No machine like “os:plan9”')).toBeVisible();
});

test('a machine’s menu by keyboard: star, colour, forget; the inspector says how it ended', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	// A prompt first: what is typed before it may meet no shell yet.
	await shell.run('true');
	await shell.type('exit');
	await expect(shell.region).toHaveAttribute('data-phase', 'closed');
	await page.getByRole('button', { name: 'Machines' }).click();
	const search = page.getByRole('combobox', { name: 'Search machines' });
	await search.fill('web-1');
	await expect(page.getByRole('group', { name: 'web-1' })).toContainText(/exit \d, just now/);

	await search.press('Shift+F10');
	const menu = page.getByRole('menu', { name: 'web-1' });
	await expect(menu).toBeVisible();
	await expectNoAxeFaults(page);
	await menu.getByRole('menuitem', { name: /^Star/ }).press('Enter');
	await expect(page.getByRole('heading', { name: /Favourites/ })).toBeVisible();
	await expect(search).toBeFocused();
	await search.press('Control+D');
	await expect(page.getByRole('heading', { name: /Favourites/ })).toBeHidden();

	await search.press('Shift+F10');
	await menu.getByRole('menuitem', { name: 'red' }).press('Enter');
	await search.press('ContextMenu');
	await expect(menu.getByRole('menuitem', { name: 'red, chosen' })).toBeVisible();
	await menu.getByRole('menuitem', { name: /^Forget/ }).press('Enter');
	await expect(page.getByRole('button', { name: 'Connect…' })).toBeVisible();
});

test('where a machine opens is chosen in the dialog and remembered', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	await openShell(page, `${stack.login}@web-1`);
	await page.getByRole('button', { name: 'New tab' }).click();
	const search = page.getByRole('combobox', { name: 'Search machines' });
	await search.fill('db-1');
	await search.press('Control+Enter');
	const dialog = page.getByRole('dialog', { name: 'Connect to db-1' });
	await dialog.getByRole('radio', { name: 'Split' }).check({ force: true });
	await expectNoAxeFaults(page);
	await dialog.getByRole('textbox', { name: 'User' }).fill(stack.login);
	await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
	await Shell.opened(page, `${stack.login}@db-1`);
	await expect(page.getByRole('tab')).toHaveCount(1);
	await page.keyboard.press('Control+Comma');
	await page.getByRole('button', { name: 'Connections' }).click();
	await expect(page.getByRole('radio', { name: 'Split' })).toBeChecked();
});
