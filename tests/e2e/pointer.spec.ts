// The pointer in a terminal: menu, selection, middle click; what goes to a program that has the mouse.
import type { Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { Pixels } from './pixels';
import { openShell, type Shell } from './shell';

test.use({ hasServiceWorker: false });

interface Cell {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

/** Where text stands on the screen: its row and column in the visible lines, in px of the window. */
async function cellOf(page: Page, shell: Shell, text: string): Promise<Cell> {
	const lines = (await shell.text()).split('\n');
	const row = lines.findLastIndex((line) => line.includes(text));
	expect(row, `the row of ${text}`).toBeGreaterThanOrEqual(0);
	const column = (lines[row] ?? '').indexOf(text);
	const [cols = 0, rows = 0] = (await page.getByText(/^\d+×\d+$/).innerText())
		.split('×')
		.map(Number);
	const box = await shell.region.locator('canvas').boundingBox();
	if (box === null) throw new Error('no canvas');
	// Cells are whole device pixels, so a rest may lie right and below.
	const width = Math.floor(box.width / cols);
	const height = Math.floor(box.height / rows);
	return {
		x: box.x + (column + 0.5) * width,
		y: box.y + (row + 0.5) * height,
		width,
		height
	};
}

const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

test.beforeEach(async ({ context }) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
});

test('the menu opens by right click and by key, copies, pastes, splits, clears and sends keys', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('echo first-word second-word');
	const menu = page.getByRole('menu', { name: 'Terminal' });
	const item = (name: string) => menu.getByRole('menuitem', { name });
	const at = await cellOf(page, shell, 'second-word');
	await page.mouse.click(at.x, at.y, { button: 'right' });
	await expect(item('Copy selection')).toHaveAttribute('aria-disabled', 'true');
	await expectNoAxeFaults(page);
	await page.keyboard.press('Escape');
	await expect(menu).toBeHidden();

	await page.mouse.dblclick(at.x, at.y);
	await page.mouse.click(at.x, at.y, { button: 'right' });
	await item('Copy selection').click();
	await expect(menu).toBeHidden();
	await expect.poll(() => clipboard(page)).toBe('second-word');
	await page.keyboard.type('echo [');
	await page.keyboard.press('Shift+F10');
	await expect(item('Paste')).toBeVisible();
	await item('Paste').press('Enter');
	await shell.expectText('echo [second-word');
	await page.keyboard.type(']');
	await page.keyboard.press('Enter');
	await shell.expectText(/^\[second-word\]$/m);

	// Ctrl+W takes the last word away in any shell, and a tab in any browser.
	await page.keyboard.type('echo kept gone');
	await page.keyboard.press('Shift+F10');
	await item('Send key').press('ArrowRight');
	const keys = page.getByRole('menu', { name: 'Send key' });
	await expectNoAxeFaults(page);
	await keys.getByRole('menuitem', { name: 'Ctrl+W' }).press('Enter');
	await expect(menu).toBeHidden();
	await page.keyboard.type('sent');
	await page.keyboard.press('Enter');
	await shell.expectText(/^kept sent$/m);

	await page.keyboard.press('Shift+F10');
	await item('Find in terminal').press('Enter');
	await expect(menu).toBeHidden();
	await expect(shell.region.getByRole('textbox', { name: 'Find in terminal' })).toBeFocused();
	await page.keyboard.press('Escape');
	await expect(shell.region.getByRole('textbox', { name: 'Find in terminal' })).toBeHidden();

	await page.keyboard.press('ContextMenu');
	await item('Clear screen and scrollback').press('Enter');
	await expect(shell.log).not.toContainText('kept sent');
	await page.keyboard.press('Shift+F10');
	await item('Split right').press('Enter');
	await expect(page.getByRole('region', { name: /, split 2$/ })).toBeVisible();
});

test('two clicks select a word, three a line, a middle click pastes, and what is selected is copied when wanted', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	// What is selected elsewhere a browser on Linux pastes by itself, at a middle click.
	const search = page.getByRole('combobox', { name: 'Search machines' });
	await search.fill('elsewhere');
	await search.dblclick();
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run("PS1='ready> '; echo one-word of /a/path-of.txt here");
	let at = await cellOf(page, shell, '/a/path-of.txt here');
	/** Presses are counted together at one cell only. */
	const countAnew = () => page.mouse.click(at.x + 18 * at.width, at.y);
	await page.mouse.dblclick(at.x + 3 * at.width, at.y);
	await page.keyboard.press('Control+Shift+C');
	await expect.poll(() => clipboard(page)).toBe('/a/path-of.txt');
	await countAnew();
	await page.mouse.click(at.x + 3 * at.width, at.y, { clickCount: 3 });
	await page.keyboard.press('Control+Shift+C');
	await expect.poll(() => clipboard(page)).toBe('one-word of /a/path-of.txt here');
	// A drag after two clicks takes words, and a click with Shift makes them reach farther.
	const word = await cellOf(page, shell, 'one-word of');
	await page.mouse.click(word.x + word.width, word.y);
	await page.mouse.down();
	await page.mouse.move(at.x + 3 * at.width, at.y, { steps: 4 });
	await page.mouse.up();
	await page.keyboard.press('Control+Shift+C');
	await expect.poll(() => clipboard(page)).toBe('one-word of /a/path-of.txt');
	await page.mouse.move(at.x + 16 * at.width, at.y);
	await page.keyboard.down('Shift');
	await page.mouse.down();
	await page.mouse.up();
	await page.keyboard.up('Shift');
	await page.keyboard.press('Control+Shift+C');
	await expect.poll(() => clipboard(page)).toBe('one-word of /a/path-of.txt he');

	await page.evaluate(() => navigator.clipboard.writeText('echo mid""dle'));
	await page.mouse.click(at.x, at.y, { button: 'middle' });
	await shell.expectText(/^ready> echo mid""dle$/m);
	await page.keyboard.press('Enter');
	await shell.expectText(/^middle$/m);

	// Off until somebody wants it.
	at = await cellOf(page, shell, 'one-word of');
	await page.mouse.dblclick(at.x, at.y);
	expect(await clipboard(page)).toBe('echo mid""dle');
	await page.keyboard.press('Control+Comma');
	await page.getByRole('button', { name: 'Terminal', exact: true }).click();
	await page.getByRole('switch', { name: 'Copy what is selected' }).click();
	await page.keyboard.press('Escape');
	await expect(shell.region.locator(':focus')).toBeAttached();
	await countAnew();
	await page.mouse.move(at.x, at.y);
	await page.mouse.down();
	await page.mouse.move(at.x + 7 * at.width, at.y, { steps: 4 });
	await page.mouse.up();
	await expect.poll(() => clipboard(page)).toBe('one-word');
	await countAnew();
	await page.keyboard.down('Alt');
	await page.mouse.move(at.x, at.y);
	await page.mouse.down();
	await page.mouse.move(at.x + 2 * at.width, at.y, { steps: 4 });
	await page.mouse.up();
	await page.keyboard.up('Alt');
	await expect.poll(() => clipboard(page)).toBe('one');
});

test('a drag selects text that scrolls, Alt with it a rectangle, Select all the whole scrollback; a key ends each', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	// Each x brings lines, another key a prompt.
	const more = 'while read -rsn1 key && [ "$key" = x ]; do seq 1001 1005; done';
	await shell.type(`seq 1 200; printf 'aaa one 111\\nbbb two 222\\nccc thr 333\\n'; ${more}`);
	await shell.expectText(/^ccc thr 333$/m);
	/** The colour behind the text at a place. */
	const behind = async (text: string, column = 0) => {
		const { x, y, width, height } = await cellOf(page, shell, text);
		const left = Math.round(x + (column - 0.5) * width) + 1;
		const clip = { x: left, y: Math.round(y - height / 2) + 1, width: 2, height: 2 };
		return (await Pixels.of(page, clip)).at(0, 0);
	};
	const drag = async (isBlock: boolean) => {
		const { x, y, width, height } = await cellOf(page, shell, 'aaa one 111');
		if (isBlock) await page.keyboard.down('Alt');
		await page.mouse.move(x + 6 * width, y);
		await page.mouse.down();
		await page.mouse.move(x + 4 * width, y + 2 * height, { steps: 4 });
		await page.mouse.up();
		if (isBlock) await page.keyboard.up('Alt');
	};
	const plain = await behind('aaa one 111');
	await drag(false);
	await expect.poll(() => behind('bbb two 222')).not.toBe(plain);
	const selected = await behind('bbb two 222');
	// It stays on its text while output scrolls that.
	const before = await cellOf(page, shell, 'bbb two 222');
	await page.evaluate(() => navigator.clipboard.writeText('x'));
	await page.mouse.click(before.x, before.y, { button: 'middle' });
	await shell.expectText(/^1005$/m);
	expect((await cellOf(page, shell, 'bbb two 222')).y).toBeLessThan(before.y);
	await expect.poll(() => behind('bbb two 222')).toBe(selected);
	expect(await behind('aaa one 111', 5)).toBe(plain);
	expect(await behind('ccc thr 333', 4)).toBe(selected);
	expect(await behind('ccc thr 333', 5)).toBe(plain);
	await page.keyboard.press('Control+Shift+C');
	await expect.poll(() => clipboard(page)).toBe('e 111\nbbb two 222\nccc t');
	await page.keyboard.press('q');
	await expect.poll(() => behind('bbb two 222')).toBe(plain);
	await drag(true);
	await expect.poll(() => behind('bbb two 222')).toBe(plain);
	await expect.poll(() => behind('ccc thr 333', 4)).toBe(selected);
	for (const text of ['aaa one 111', 'bbb two 222', 'ccc thr 333']) {
		expect(await behind(text, 3)).toBe(plain);
		expect(await behind(text, 4)).toBe(selected);
		expect(await behind(text, 6)).toBe(selected);
		expect(await behind(text, 7)).toBe(plain);
	}
	await page.keyboard.press('Control+Shift+C');
	await expect.poll(() => clipboard(page)).toBe('one\ntwo\nthr');

	// A rectangle stays on its text, too, and the menu knows of it.
	const at = await cellOf(page, shell, 'aaa one 111');
	await page.mouse.wheel(0, -at.height);
	await expect.poll(async () => (await cellOf(page, shell, 'aaa one 111')).y).not.toBe(at.y);
	await expect.poll(() => behind('aaa one 111', 4)).toBe(selected);
	expect(await behind('aaa one 111', 3)).toBe(plain);
	const menu = page.getByRole('menu', { name: 'Terminal' });
	const item = (name: string) => menu.getByRole('menuitem', { name });
	await page.mouse.click(at.x, at.y, { button: 'right' });
	await expect(item('Copy selection')).not.toHaveAttribute('aria-disabled', 'true');
	await page.keyboard.press('Escape');
	await expect(menu).toBeHidden();
	await page.keyboard.press('Escape');
	await expect.poll(() => behind('aaa one 111', 4)).toBe(plain);
	await page.mouse.click(at.x, at.y, { button: 'right' });
	await expect(item('Copy selection')).toHaveAttribute('aria-disabled', 'true');

	await item('Select all').click();
	await expect(shell.region.getByText(/^Selected 2\d\d lines$/)).toBeVisible();
	await expect.poll(() => behind('aaa one 111')).toBe(selected);
	await page.keyboard.press('Control+Shift+C');
	await expect.poll(() => clipboard(page)).toMatch(/\n1\n2\n3\n(\d+\n){197}aaa one 111\n/);
	await page.keyboard.type('x');
	await expect.poll(() => behind('aaa one 111')).toBe(plain);
	await page.keyboard.press('Control+Shift+A');
	await expect.poll(() => behind('aaa one 111')).toBe(selected);
	await page.mouse.click(at.x, at.y);
	await expect.poll(() => behind('aaa one 111')).toBe(plain);
});

test('a program that has the mouse gets clicks, drags and wheel; with Shift they are the terminal’s', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.type("clear; stty raw -echo; printf '\\033[?1002h\\033[?1006hrea''dy\\r\\n'; cat -v");
	await shell.expectText('ready');
	const menu = page.getByRole('menu', { name: 'Terminal' });
	const at = await cellOf(page, shell, 'ready');
	const shown = async () => (await shell.text()).replaceAll('\n', '').replace(/^.*ready/, '');
	// The second row is empty; its third column.
	const x = at.x + 2 * at.width;
	const y = at.y + 10 * at.height;
	await page.mouse.click(x, y);
	await expect.poll(shown).toBe('^[[<0;3;11M^[[<0;3;11m');
	await page.mouse.click(x, y, { button: 'right' });
	await expect.poll(shown).toBe('^[[<0;3;11M^[[<0;3;11m^[[<2;3;11M^[[<2;3;11m');
	await expect(menu).toBeHidden();
	await page.mouse.move(x, y);
	await page.mouse.down();
	await page.mouse.move(x + 2 * at.width, y);
	await page.mouse.up();
	await expect.poll(shown).toContain('^[[<0;3;11M^[[<32;5;11M^[[<0;5;11m');
	await page.mouse.wheel(0, -3 * at.height);
	await expect.poll(shown).toMatch(/\^\[\[<64;5;11M/);

	const before = await shown();
	await page.keyboard.down('Shift');
	await page.mouse.click(x, y, { button: 'right' });
	await expect(menu).toBeVisible();
	await page.keyboard.up('Shift');
	await page.keyboard.press('Escape');
	await expect(menu).toBeHidden();
	expect(await shown()).toBe(before);

	// The oldest reports: a byte for each of button, column and row.
	const old = await openShell(page, `${stack.login}@db-1`);
	await old.type("clear; stty raw -echo; printf '\\033[?1000hrea''dy\\r\\n'; cat -v");
	await old.expectText('ready');
	const left = await cellOf(page, old, 'ready');
	await page.mouse.click(left.x + 100 * left.width, left.y + 2 * left.height);
	await expect
		.poll(async () => (await old.text()).replaceAll('\n', '').replace(/^.*ready/, ''))
		.toBe('^[[M M-^E#^[[M#M-^E#');
});

test('the wheel moves in a program on the alternate screen, and a program hears of the focus', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.type("clear; stty raw -echo; printf '\\033[?1049h\\033[Hrea''dy\\r\\n'; cat -v");
	await shell.expectText('ready');
	const at = await cellOf(page, shell, 'ready');
	const shown = async () => (await shell.text()).replaceAll('\n', '').replace(/^.*ready/, '');
	await page.mouse.move(at.x, at.y);
	await page.mouse.wheel(0, 3 * at.height);
	await expect.poll(shown).toMatch(/^(\^\[\[B)+$/);
	await page.mouse.wheel(0, -3 * at.height);
	await expect.poll(shown).toMatch(/^(\^\[\[B)+(\^\[\[A)+$/);
	await page.keyboard.type('abc');
	await page.keyboard.press('ArrowLeft');
	await expect.poll(shown).toMatch(/\^\[\[Aabc\^\[\[D$/);

	const other = await openShell(page, `${stack.login}@db-1`);
	await other.type("clear; stty raw -echo; printf '\\033[?1004hrea''dy\\r\\n'; cat -v");
	await other.expectText('ready');
	const heard = async () => (await other.text()).replaceAll('\n', '').replace(/^.*ready/, '');
	await page.getByRole('button', { name: 'Machines' }).click();
	await page.getByRole('tab', { name: /db-1/ }).click();
	await expect.poll(heard).toMatch(/\^\[\[O\^\[\[I$/);
});

test('a press on the scrollbar scrolls, and selects nothing', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('clear; seq 1 300');
	await expect(shell.log).toContainText(/^300$/m);
	const bar = shell.region.locator('.restty-native-scroll-thumb');
	await expect(bar).toBeVisible();
	const thumb = await bar.boundingBox();
	const canvas = await shell.region.locator('canvas').boundingBox();
	if (thumb === null || canvas === null) throw new Error('not on the screen');
	const x = thumb.x + thumb.width / 2;
	await page.mouse.move(x, thumb.y + thumb.height / 2);
	await page.mouse.down();
	await page.mouse.move(x, canvas.y, { steps: 20 });
	await page.mouse.up();
	// How far is restty's: it leaves out the step that comes with one of its own.
	await expect(shell.log).not.toContainText(/^300$/m);
	await page.keyboard.press('Shift+F10');
	await expect(page.getByRole('menuitem', { name: 'Copy selection' })).toHaveAttribute(
		'aria-disabled',
		'true'
	);
});
