// The tab strip by keyboard, pointer and menu. Tabs of the machine that is off cost no shell: they wait,
// and close without a question.
import type { Locator, Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { openShell, openWaiting, Shell, tabsOf, waitForFile } from './shell';

test.use({ hasServiceWorker: false });

const names = (page: Page): Promise<readonly string[]> =>
	tabsOf(page).evaluateAll((tabs) =>
		tabs.map((tab) => tab.querySelector('.sr')?.textContent ?? '')
	);

const active = (page: Page): Locator => page.getByRole('tab', { selected: true });

/** Tabs that wait for the machine that is off. */
async function openTabs(page: Page, ...logins: readonly string[]): Promise<void> {
	for (const login of logins) await openWaiting(page, `${login}@old-1`);
}

async function runCommand(page: Page, name: string): Promise<void> {
	await page.keyboard.press('Control+Shift+P');
	const palette = page.getByRole('combobox', { name: 'Find a command, tab or machine' });
	await palette.fill(`>${name}`);
	await expect(page.getByRole('option', { name }).first()).toBeVisible();
	await palette.press('Enter');
	await expect(palette).toBeHidden();
}

test('each key of the tabs: by number, next, previous, move, close, reopen, duplicate, new', async ({
	signIn
}) => {
	const page = await signIn('alice');
	await openTabs(page, 'a', 'b', 'c');
	await page.keyboard.press('Control+Shift+1');
	await expect(active(page)).toHaveAccessibleName('a@old-1');
	await page.keyboard.press('Control+Tab');
	await expect(active(page)).toHaveAccessibleName('b@old-1');
	await page.keyboard.press('Control+Shift+Tab');
	await page.keyboard.press('Control+Shift+Tab');
	await expect(active(page)).toHaveAccessibleName('c@old-1');
	await page.keyboard.press('Control+Shift+9');
	await expect(active(page)).toHaveAccessibleName('c@old-1');

	await page.keyboard.press('Control+Shift+PageUp');
	expect(await names(page)).toEqual(['a@old-1', 'c@old-1', 'b@old-1']);
	await page.keyboard.press('Control+Shift+PageDown');
	expect(await names(page)).toEqual(['a@old-1', 'b@old-1', 'c@old-1']);

	await page.keyboard.press('Control+Shift+2');
	await page.keyboard.press('Control+Shift+W');
	expect(await names(page)).toEqual(['a@old-1', 'c@old-1']);
	await expect(active(page)).toHaveAccessibleName('c@old-1');
	await page.keyboard.press('Control+Shift+Z');
	expect(await names(page)).toEqual(['a@old-1', 'b@old-1', 'c@old-1']);
	await expect(active(page)).toHaveAccessibleName('b@old-1');

	await runCommand(page, 'Duplicate tab');
	expect(await names(page)).toEqual(['a@old-1', 'b@old-1', 'b@old-1', 'c@old-1']);

	await page.keyboard.press('Control+Shift+T');
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeFocused();
	await page.keyboard.press('Escape');
	await expect(active(page)).toHaveAccessibleName('b@old-1');
});

test('on a tab: arrows move the keyboard, Delete closes, F2 renames, the menu has the rest', async ({
	signIn
}) => {
	const page = await signIn('alice');
	await openTabs(page, 'a', 'b', 'c');
	await active(page).focus();
	await page.keyboard.press('Home');
	await expect(tabsOf(page).first()).toBeFocused();
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('Delete');
	expect(await names(page)).toEqual(['a@old-1', 'c@old-1']);

	await tabsOf(page).first().focus();
	await page.keyboard.press('F2');
	const field = page.getByRole('textbox', { name: 'Name of the tab' });
	await expect(field).toBeFocused();
	await field.fill('night shift');
	await field.press('Enter');
	await expect(tabsOf(page).first()).toHaveAccessibleName('night shift, a@old-1');
	await expect(page).toHaveTitle(/^night shift/);

	// Esc leaves it; an empty name gives the machine's back.
	await tabsOf(page).first().dblclick();
	await field.fill('other');
	await field.press('Escape');
	await expect(tabsOf(page).first()).toHaveAccessibleName('night shift, a@old-1');
	await tabsOf(page).first().dblclick();
	await field.fill('');
	await field.press('Enter');
	await expect(tabsOf(page).first()).toHaveAccessibleName('a@old-1');

	await tabsOf(page).first().focus();
	await page.keyboard.press('Shift+F10');
	const menu = page.getByRole('menu', { name: 'Tab a@old-1' });
	await menu.getByRole('menuitem', { name: 'Close others' }).click();
	await expect(tabsOf(page)).toHaveCount(1);
});

test('with the pointer: middle click closes, dragging moves, a colour stays with the machine', async ({
	signIn
}) => {
	const page = await signIn('alice');
	await openTabs(page, 'a', 'b', 'c');
	await tabsOf(page).nth(1).click({ button: 'middle' });
	expect(await names(page)).toEqual(['a@old-1', 'c@old-1']);

	await tabsOf(page)
		.nth(0)
		.dragTo(tabsOf(page).nth(1), { targetPosition: { x: 180, y: 12 } });
	expect(await names(page)).toEqual(['c@old-1', 'a@old-1']);
	await tabsOf(page)
		.nth(1)
		.dragTo(tabsOf(page).nth(0), { targetPosition: { x: 10, y: 12 } });
	expect(await names(page)).toEqual(['a@old-1', 'c@old-1']);

	await tabsOf(page).first().click({ button: 'right' });
	await page.getByRole('menuitem', { name: 'magenta' }).click();
	await expect(tabsOf(page).first().locator('.machine')).toBeVisible();
	// Of the machine, not of the tab: its other tab has it, and a later one.
	await expect(tabsOf(page).nth(1).locator('.machine')).toBeVisible();
	await tabsOf(page).first().click({ button: 'right' });
	await page.getByRole('menuitem', { name: 'No colour' }).click();
	await expect(tabsOf(page).first().locator('.machine')).toBeHidden();
});

test('more tabs than fit scroll, and a menu lists all', async ({ signIn }) => {
	const page = await signIn('alice');
	await page.setViewportSize({ width: 720, height: 600 });
	await openTabs(page, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
	await expect(active(page)).toBeInViewport({ ratio: 1 });
	await page.getByRole('button', { name: 'All tabs' }).click();
	await page.getByRole('menuitem', { name: /^a@old-1/ }).click();
	await expect(active(page)).toHaveAccessibleName('a@old-1');
	await expect(active(page)).toBeInViewport({ ratio: 1 });
});

test('output and bells of a tab that is not seen are marked, and seen', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const first = await openShell(page, `${stack.login}@web-1`);
	const go = `/tmp/headtab-go-${String(Date.now())}`;
	await first.type(`${waitForFile(go)}; printf 'ring\\a\\n'`);
	const second = await openShell(page, `${stack.login}@db-1`);
	await second.run(`touch ${go}`);
	const tab = tabsOf(page).first();
	await expect(tab).toHaveAttribute('aria-description', /bell, new output/);
	await tab.click();
	await expect(tab).toHaveAttribute('aria-description', 'connected');
	await first.expectText('ring');
	await expect(Shell.named(page, `${stack.login}@web-1`).region.locator(':focus')).toBeAttached();
});

test('the others close after one question about all that are live, or not at all', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const [kept, web, db] = ['a@old-1', `${stack.login}@web-1`, `${stack.login}@db-1`];
	await openTabs(page, 'a', 'b');
	await openShell(page, web);
	await openShell(page, db);
	const question = page.getByRole('alertdialog', { name: 'Close 2 other tabs?' });
	const closeOthers = async () => {
		await tabsOf(page).first().click({ button: 'right' });
		await page.getByRole('menuitem', { name: 'Close others' }).click();
		await expect(question).toContainText('2 shells and what runs in them end.');
		await expect(question).toContainText(`${web}, ${db}`);
	};
	await closeOthers();
	await expectNoAxeFaults(page);
	await question.getByRole('button', { name: 'Cancel' }).click();
	await expect(question).toBeHidden();
	expect(await names(page)).toEqual([kept, web, db]);
	await expect(active(page)).toHaveAccessibleName(db);
	await expect(Shell.named(page, db).region.locator(':focus')).toBeAttached();
	await closeOthers();
	await question.getByRole('button', { name: 'Close tabs' }).click();
	await expect(tabsOf(page)).toHaveCount(1);
	await expect(active(page)).toHaveAccessibleName(kept);
});

test('no key for a tab, a menu or a name reaches the shell that it brings up', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	const expectKeyboard = () => expect(shell.region.locator(':focus')).toBeAttached();
	await page.keyboard.type('echo lea""ked');
	await active(page).focus();
	await page.keyboard.press('Enter');
	await expectKeyboard();
	await active(page).focus();
	await page.keyboard.press('Shift+F10');
	await expect(page.getByRole('menu')).toBeVisible();
	await page.keyboard.press('Escape');
	await expectKeyboard();
	await active(page).focus();
	await page.keyboard.press('F2');
	await expect(page.getByRole('textbox', { name: 'Name of the tab' })).toBeFocused();
	await page.keyboard.press('Escape');
	await expectKeyboard();
	await page.keyboard.press('Control+Shift+P');
	await expect(page.getByRole('dialog')).toBeVisible();
	await page.keyboard.press('Escape');
	await expectKeyboard();
	await shell.type(' on""ce');
	await shell.expectText('leaked once');
	expect((await shell.text()).match(/leaked/g)).toHaveLength(1);
});
