// Keys of one's own: learnt by pressing them, working at once, never taken in silence; and the settings,
// the launcher and the palette without a pointer.
import type { Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { openShell, Shell } from './shell';

test.use({ hasServiceWorker: false });

async function openKeys(page: Page): Promise<void> {
	await page.keyboard.press('Control+Comma');
	await page.getByRole('button', { name: 'Keyboard', exact: true }).press('Enter');
	await expect(page.getByRole('heading', { name: 'Keyboard', exact: true })).toBeVisible();
}
const keyOf = (page: Page, action: string) =>
	page.getByRole('button', { name: new RegExp(`^${action},.*Change$`) });

test('a new key works at once, in a terminal too, and the old one is the shell’s again', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await openKeys(page);
	const newTab = keyOf(page, 'New tab');
	await newTab.press('Enter');
	const learning = page.getByRole('button', { name: /^New key for New tab/ });
	await expect(learning).toBeFocused();
	// A letter alone is nobody's key; what closes a tab is learnt, not done.
	await page.keyboard.press('t');
	await expect(learning).toBeFocused();
	await page.keyboard.press('Alt+Shift+Y');
	await expect(newTab).toBeFocused();
	await expect(newTab).toHaveAccessibleName('New tab, Alt+Shift+Y. Change');
	await expect(page.getByText('Shells and programs use Alt+Shift+Y')).toBeVisible();

	await page.keyboard.press('Escape');
	await shell.run('echo in-the-shell');
	await page.keyboard.press('Control+Shift+T');
	await shell.run('echo still-in-the-shell');
	await page.keyboard.press('Alt+Shift+Y');
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeFocused();
	await page.reload();
	await page.keyboard.press('Control+Comma');
	await page.keyboard.press('Alt+Shift+Y');
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeFocused();
});

test('a key that another action has is asked about, taken only when said, and all go back', async ({
	signIn
}) => {
	const page = await signIn('alice');
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible();
	await openKeys(page);
	const clear = keyOf(page, 'Clear screen and scrollback');
	await clear.press('Enter');
	await page.keyboard.press('Control+Shift+W');
	const question = page.getByRole('alert');
	await expect(question).toContainText('Ctrl+Shift+W is “Close tab or split”.');
	await expectNoAxeFaults(page);
	await question.getByRole('button', { name: 'Cancel' }).press('Enter');
	await expect(clear).toHaveAccessibleName(/no key/);
	await expect(clear).toBeFocused();

	await clear.press('Enter');
	await page.keyboard.press('Control+Shift+W');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await expect(clear).toHaveAccessibleName('Clear screen and scrollback, Ctrl+Shift+W. Change');
	await expect(keyOf(page, 'Close tab or split')).toHaveAccessibleName(/no key/);

	await page.getByRole('button', { name: 'Usual key for Close tab or split' }).press('Enter');
	await expect(page.getByText('“Clear screen and scrollback” has the same key.')).toBeVisible();
	await page.getByRole('button', { name: 'Usual keys' }).press('Enter');
	await expect(clear).toHaveAccessibleName(/no key/);
	await expect(page.getByText('has the same key.')).toBeHidden();
	await page.getByRole('button', { name: 'Undo' }).press('Enter');
	await expect(clear).toHaveAccessibleName(/Ctrl\+Shift\+W/);

	await clear.press('Enter');
	await page.keyboard.press('Backspace');
	await expect(clear).toHaveAccessibleName(/no key/);
});

test('palette and menus show the keys that work now', async ({ signIn }) => {
	const page = await signIn('alice');
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible();
	await openKeys(page);
	await keyOf(page, 'New window').press('Enter');
	await page.keyboard.press('F9');
	await page.keyboard.press('Control+Shift+P');
	await page.keyboard.type('new window');
	await expect(page.getByRole('option', { name: /New window/ })).toContainText('F9');
});

/** Everything that Tab stops at in one round, by its accessible name or text. */
async function tabStops(page: Page): Promise<readonly string[]> {
	const stops: string[] = [];
	// From wherever the keyboard is to the page's end, then from its beginning.
	for (let rounds = 0; rounds < 2;) {
		await page.keyboard.press('Tab');
		const name = await page.evaluate(() => {
			const at = document.activeElement;
			if (at === null || at === document.body) return null;
			const labelledBy = at.getAttribute('aria-labelledby');
			const label = labelledBy === null ? null : document.getElementById(labelledBy)?.textContent;
			return (at.getAttribute('aria-label') ?? label ?? at.textContent).trim();
		});
		if (name === null) rounds += 1;
		else stops.push(name);
		expect(stops.length, 'stops of Tab, over and over').toBeLessThan(200);
	}
	return stops;
}

test('every control of launcher and settings is a stop of Tab, and shows that it has the keyboard', async ({
	signIn
}) => {
	const page = await signIn('alice');
	await expect(page.getByRole('list', { name: 'Machines' })).toContainText('web-1');
	// The inspector follows the list a frame later.
	await expect(page.getByRole('button', { name: 'Connect…' })).toBeVisible();
	const launcher = await tabStops(page);
	for (const name of [
		'Machines',
		'New tab',
		'Account and settings',
		'Search machines',
		'Connect…'
	]) {
		expect(launcher).toContain(name);
	}
	await page.keyboard.press('Control+Comma');
	await page.getByRole('button', { name: 'Connections', exact: true }).press('Enter');
	await expect(page.getByRole('region', { name: 'Connections' })).toBeVisible();
	const settings = await tabStops(page);
	expect(settings).toContain('Connections');
	expect(settings).toContain('Shortcuts and links open a new window');
	await page.getByRole('switch').focus();
	await page.keyboard.press('Shift+Tab');
	await page.keyboard.press('Tab');
	await expect(page.getByRole('switch')).toHaveCSS('outline-style', 'solid');
	await page.keyboard.press('Space');
	await expect(page.getByRole('switch')).toHaveAttribute('aria-checked', 'true');
});

test('the actions without a test of their own: text and split sizes, rename, copy, clear, reset, reconnect', async ({
	signIn,
	stack,
	context
}) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	const page = await signIn('alice');
	const name = `${stack.login}@web-1`;
	// Among the machines the short key leads to their search, elsewhere to the palette.
	const search = page.getByRole('combobox', { name: 'Search machines' });
	const palette = page.getByRole('combobox', { name: 'Find a command, tab or machine' });
	await expect(search).toBeFocused();
	await page.keyboard.press('Tab');
	await page.keyboard.press('Control+K');
	await expect(search).toBeFocused();
	await page.keyboard.press('Control+Shift+K');
	await expect(palette).toBeFocused();
	await page.keyboard.press('Escape');
	await expect(palette).toBeHidden();
	const command = async (label: string) => {
		await page.keyboard.press('Control+Shift+P');
		await palette.fill(`>${label}`);
		await expect(page.getByRole('option', { name: label }).first()).toBeVisible();
		await palette.press('Enter');
		await expect(palette).toBeHidden();
	};
	const shell = await openShell(page, name);
	const columns = async () => {
		const mark = `cols${String(Math.floor(Math.random() * 1e6))}`;
		await shell.type(`echo ${mark}=$(tput cols)`);
		await shell.expectText(new RegExp(`${mark}=\\d`));
		return Number(new RegExp(`${mark}=(\\d+)`).exec(await shell.text())?.[1]);
	};
	const usual = await columns();
	const press = async (key: string) => {
		// A cell is a whole number of pixels: one step need not change it.
		for (let times = 0; times < 3; times++) await page.keyboard.press(key);
	};
	await press('Control+Shift+Equal');
	await expect.poll(columns).toBeLessThan(usual * 0.9);
	await page.keyboard.press('Control+Shift+Digit0');
	await expect.poll(columns).toBe(usual);
	await press('Control+Shift+Minus');
	await expect.poll(columns).toBeGreaterThan(usual);
	await page.keyboard.press('Control+Shift+Digit0');

	await command('Clear screen and scrollback');
	await expect(shell.log).not.toContainText('cols');
	// A program that has left its own screen behind.
	await shell.type(String.raw`printf '\e[?1049h\e[2Jalternate'`);
	await shell.expectText('alternate');
	await command('Reset terminal');
	await expect(shell.log).not.toContainText('alternate');
	await shell.run('echo after-reset');

	await command('Clear screen and scrollback');
	await shell.run(`printf 'copied\\n%.0s' 1 2 3`);
	const box = await shell.region.boundingBox();
	if (box === null) throw new Error('not in view');
	// What is selected while the prompt still comes is let go: selected again then.
	await expect(async () => {
		await page.mouse.move(box.x + 20, box.y + 22);
		await page.mouse.down();
		await page.mouse.move(box.x + 400, box.y + 80, { steps: 8 });
		await page.mouse.up();
		await page.keyboard.press('Control+Shift+C');
		expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('copied');
	}).toPass();

	await command('Rename tab');
	await page.keyboard.type('by key');
	await page.keyboard.press('Enter');
	await expect(page.getByRole('tab')).toHaveAccessibleName(`by key, ${name}`);

	await page.keyboard.press('Control+Shift+D');
	const right = await Shell.opened(page, name, 1);
	const divider = page.getByRole('separator', { name: 'Divider' });
	await expect(divider).toHaveAttribute('aria-valuenow', '50');
	await command('Grow split');
	await expect(divider).not.toHaveAttribute('aria-valuenow', '50');
	await command('Shrink split');
	await expect(divider).toHaveAttribute('aria-valuenow', '50');
	await right.type('exit');
	await expect(right.region).toHaveAttribute('data-phase', 'closed');
	await command('Reconnect');
	await expect(right.region).toHaveAttribute('data-phase', 'open');
	// The button of a note goes away as it is pressed: the keyboard is the terminal's again.
	await right.type('exit');
	await right.region.getByRole('button', { name: /^Reconnect/ }).click();
	await expect(right.region.locator(':focus')).toHaveAttribute('aria-label', /^Input of/);
	await expect(right.region).toHaveAttribute('data-phase', 'open');
});
