// A phone: the key bar, the room above the on-screen keyboard, fingers on the terminal.
import type { CDPSession, Locator, Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { openShell, type Shell } from './shell';

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
test.use({ hasServiceWorker: false });

/** The on-screen keyboard, which a browser without a screen lacks: it covers the foot of the page. */
declare global {
	interface Window {
		coverFoot?: (px: number) => void;
	}
}
async function withKeyboard(page: Page): Promise<void> {
	await page.addInitScript(() => {
		const view = Object.assign(new EventTarget(), {
			scale: 1,
			offsetTop: 0,
			offsetLeft: 0,
			height: 0,
			width: 0
		});
		const size = (coveredPx: number) => {
			view.height = window.innerHeight - coveredPx;
			view.width = window.innerWidth;
		};
		Object.defineProperty(window, 'visualViewport', {
			get: () => {
				if (view.height === 0) size(0);
				return view;
			}
		});
		window.coverFoot = (px) => {
			size(px);
			view.dispatchEvent(new Event('resize'));
		};
	});
}

async function startReader(shell: Shell, modes = ''): Promise<void> {
	await shell.type(`clear; stty raw -echo; printf '${modes}rea''dy\\r\\n'; cat -vt`);
	await shell.expectText('ready');
}
const shown = async (shell: Shell): Promise<string> => {
	const text = await shell.text();
	return text.slice(text.lastIndexOf('ready') + 'ready'.length).replaceAll('\n', '');
};

async function middleOf(at: Locator): Promise<{ x: number; y: number }> {
	const box = await at.boundingBox();
	if (box === null) throw new Error('not on the screen');
	return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}
const touch = (
	cdp: CDPSession,
	type: 'touchStart' | 'touchMove' | 'touchEnd',
	at?: { x: number; y: number }
) => cdp.send('Input.dispatchTouchEvent', { type, touchPoints: at === undefined ? [] : [at] });

/** A letter of the on-screen keyboard: no key has a name, and the text comes by itself. */
async function softKey(page: Page, cdp: CDPSession, text: string): Promise<void> {
	await cdp.send('Input.dispatchKeyEvent', {
		type: 'rawKeyDown',
		key: 'Unidentified',
		code: '',
		windowsVirtualKeyCode: 229
	});
	await page.keyboard.insertText(text);
	await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'Unidentified', code: '' });
}

test('the key bar sends, holds and repeats, above the on-screen keyboard, and goes beside real keys', async ({
	signIn,
	stack,
	context
}) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	const page = await signIn('alice', { before: withKeyboard });
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible();
	const shell = await openShell(page, `${stack.login}@web-1`);
	await startReader(shell);
	const cdp = await context.newCDPSession(page);
	await shell.region.locator('canvas').tap();
	// What was typed came from keys with names; from here on a finger types.
	await softKey(page, cdp, 'x');
	await expect.poll(() => shown(shell)).toBe('x');
	const bar = shell.region.getByRole('toolbar', { name: 'Keys' });
	await expect(bar).toBeVisible();
	await expectNoAxeFaults(page);
	const press = (name: string) => bar.getByRole('button', { name, exact: true }).tap();
	const ctrl = bar.getByRole('button', { name: 'Ctrl' });

	for (const name of ['Esc', 'Tab', '|', '~', 'Up']) await press(name);
	await expect.poll(() => shown(shell)).toBe('x^[^I|~^[[A');
	await ctrl.tap();
	await expect(ctrl).toHaveAttribute('aria-pressed', 'true');
	await softKey(page, cdp, 'c');
	await expect(ctrl).toHaveAttribute('aria-pressed', 'false');
	await softKey(page, cdp, 'c');
	await expect.poll(() => shown(shell)).toBe('x^[^I|~^[[A^Cc');
	await ctrl.tap();
	await ctrl.tap();
	await expect(ctrl).toHaveAccessibleName('Ctrl, held');
	for (const name of ['Left', 'Right']) await press(name);
	await softKey(page, cdp, 'a');
	await ctrl.tap();
	await press('Alt');
	await softKey(page, cdp, 'b');
	await expect.poll(() => shown(shell)).toBe('x^[^I|~^[[A^Cc^[[1;5D^[[1;5C^A^[b');

	const more = bar.getByRole('button', { name: 'More keys' });
	await more.tap();
	await expectNoAxeFaults(page);
	for (const name of ['F1', 'F12', 'PgDn', 'Home']) await press(name);
	await more.tap();
	await expect(bar.getByRole('button', { name: 'F1', exact: true })).toBeHidden();
	await expect.poll(() => shown(shell)).toMatch(/\^\[b\^\[OP\^\[\[24~\^\[\[6~\^\[\[H$/);

	// A finger that stays on an arrow.
	const before = await shown(shell);
	await touch(cdp, 'touchStart', await middleOf(bar.getByRole('button', { name: 'Down' })));
	await expect.poll(() => shown(shell)).toMatch(/(\^\[\[B){4,}$/);
	await touch(cdp, 'touchEnd');
	await press('/');
	await expect.poll(() => shown(shell)).toMatch(/B\/$/);
	expect((await shown(shell)).slice(before.length)).toMatch(/^(\^\[\[B)+\/$/);

	await page.evaluate(() => navigator.clipboard.writeText('pasted'));
	await press('Paste');
	await expect.poll(() => shown(shell)).toMatch(/\/pasted$/);
	await press('Find in terminal');
	const find = shell.region.getByRole('textbox', { name: 'Find in terminal' });
	await expect(find).toBeFocused();
	await shell.region.getByRole('button', { name: 'Close search' }).tap();
	await expect(find).toBeHidden();
	await expect(shell.region.locator(':focus')).toBeAttached();

	await page.evaluate(() => window.coverFoot?.(344));
	await expect
		.poll(async () => {
			const box = await bar.boundingBox();
			return box === null ? 0 : box.y + box.height;
		})
		.toBeLessThanOrEqual(500);
	expect((await shell.region.boundingBox())?.height).toBeGreaterThan(250);
	await page.evaluate(() => window.coverFoot?.(0));
	await expect.poll(async () => (await bar.boundingBox())?.y).toBeGreaterThan(600);

	await page.keyboard.press('ArrowUp');
	await expect(bar).toBeHidden();
	await softKey(page, cdp, 'y');
	await expect(bar).toBeVisible();
});

/** A shell in which a finger has typed `x`, and the key bar that came. */
async function openReader(page: Page, name: string) {
	const cdp = await page.context().newCDPSession(page);
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible();
	const shell = await openShell(page, name);
	await startReader(shell);
	await shell.region.locator('canvas').tap();
	await softKey(page, cdp, 'x');
	await expect.poll(() => shown(shell)).toBe('x');
	const bar = shell.region.getByRole('toolbar', { name: 'Keys' });
	await expect(bar).toBeVisible();
	return { cdp, shell, bar, ctrl: bar.getByRole('button', { name: 'Ctrl' }) };
}

test('a modifier of the key bar waits for a key of the terminal while the person searches', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const { cdp, shell, bar, ctrl } = await openReader(page, `${stack.login}@web-1`);
	await ctrl.tap();
	await bar.getByRole('button', { name: 'Find in terminal' }).tap();
	const find = shell.region.getByRole('textbox', { name: 'Find in terminal' });
	await expect(find).toBeFocused();
	await softKey(page, cdp, 'c');
	await page.keyboard.press('d');
	await expect(find).toHaveValue('cd');
	await expect(ctrl).toHaveAttribute('aria-pressed', 'true');
	await shell.region.getByRole('button', { name: 'Close search' }).tap();
	await expect(find).toBeHidden();
	await expect(shell.region.locator(':focus')).toBeAttached();
	await softKey(page, cdp, 'a');
	await expect.poll(() => shown(shell)).toBe('x^A');
	await expect(ctrl).toHaveAttribute('aria-pressed', 'false');
});

test('held modifiers of the key bar end when it goes beside real keys', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const { cdp, shell, bar, ctrl } = await openReader(page, `${stack.login}@web-1`);
	const alt = bar.getByRole('button', { name: 'Alt' });
	for (const modifier of [ctrl, ctrl, alt, alt]) await modifier.tap();
	await expect(ctrl).toHaveAccessibleName('Ctrl, held');
	await expect(alt).toHaveAccessibleName('Alt, held');
	await page.keyboard.press('ArrowUp');
	await expect(bar).toBeHidden();
	await page.keyboard.press('b');
	await expect.poll(() => shown(shell)).toBe('x^[[Ab');
	await softKey(page, cdp, 'y');
	await expect(bar).toBeVisible();
	for (const modifier of [ctrl, alt])
		await expect(modifier).toHaveAttribute('aria-pressed', 'false');
	await expect.poll(() => shown(shell)).toBe('x^[[Aby');
});

/** A row of the text as it is set at first. */
const ROW_PX = 18;

test('a finger scrolls the output, selects a word by a long press, and moves in a pager', async ({
	signIn,
	stack,
	context
}) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	const page = await signIn('alice');
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible();
	const shell = await openShell(page, `${stack.login}@web-1`);
	await context.route('https://real.example/**', (route) => route.fulfill({ body: 'there' }));
	await shell.run(
		"PS1='> '; clear; seq 1 200; echo https://real.example/path; echo chosen-word beside"
	);
	await expect(shell.log).not.toContainText(/^100$/m);
	const cdp = await context.newCDPSession(page);
	const boxOf = async () => {
		const box = await shell.region.locator('canvas').boundingBox();
		if (box === null) throw new Error('no canvas');
		return box;
	};
	/** Where a row is now: the key bar goes beside real keys, and the rows follow the height later. */
	const rowOf = async (text: string | RegExp) => {
		let at = { x: 0, y: 0 };
		await expect(async () => {
			const canvas = await boxOf();
			const rows = Number(/\d+×(\d+)/.exec(await page.getByText(/^\d+×\d+$/).innerText())?.[1]);
			const lines = (await shell.text()).split('\n');
			const row = lines.findLastIndex((line) => line.search(text) >= 0);
			expect(rows).toBe(Math.floor(canvas.height / ROW_PX));
			// The log follows the screen later still.
			expect(lines).toHaveLength(rows);
			expect(row).toBeGreaterThanOrEqual(0);
			at = { x: canvas.x + 20, y: canvas.y + (row + 0.5) * ROW_PX };
		}).toPass();
		return at;
	};

	/** The finger stays until the selection has begun; a frame is drawn for each look. */
	const longPress = async (at: { readonly x: number; readonly y: number }) => {
		await touch(cdp, 'touchStart', at);
		await page.evaluate(async () => {
			const began = performance.now();
			while (performance.now() - began < 600) await new Promise(requestAnimationFrame);
		});
		await touch(cdp, 'touchEnd');
	};
	const word = await rowOf(/^chosen-word/);
	await longPress(word);
	const menu = page.getByRole('menu', { name: 'Terminal' });
	await menu.getByRole('menuitem', { name: 'Copy selection' }).tap();
	await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('chosen-word');
	await expect(menu).toBeHidden();
	// A tap offers nothing, and ends the selection.
	await touch(cdp, 'touchStart', word);
	await touch(cdp, 'touchEnd');
	await page.keyboard.press('Shift+F10');
	await expect(menu.getByRole('menuitem', { name: 'Copy selection' })).toHaveAttribute(
		'aria-disabled',
		'true'
	);
	await page.keyboard.press('Escape');
	await expect(menu).toBeHidden();
	// The key bar goes beside real keys, and with it the rows move.
	await expect(shell.region.getByRole('toolbar', { name: 'Keys' })).toBeHidden();
	// A finger opens a link by the menu of a long press.
	await longPress(await rowOf(/^https:/));
	await menu.getByRole('menuitem', { name: 'Open link' }).tap();
	const question = page.getByRole('dialog', { name: 'Open this link?' });
	await expect(question).toContainText('https://real.example/path');
	const opened = context.waitForEvent('page');
	await question.getByRole('button', { name: 'Open link' }).tap();
	expect((await opened).url()).toBe('https://real.example/path');
	await (await opened).close();
	const canvas = await boxOf();
	// In the middle it has no room for all of itself on either side, and shows the rest by scrolling.
	await page.mouse.click(canvas.x + 20, canvas.y + canvas.height * 0.55, { button: 'right' });
	await expect(menu).toBeVisible();
	const foot = async (part: Locator) => {
		const box = await part.boundingBox();
		return box === null ? Number.POSITIVE_INFINITY : box.y + box.height;
	};
	const end = await foot(page.getByRole('main'));
	await expect.poll(() => foot(menu)).toBeLessThanOrEqual(end);
	const last = menu.getByRole('menuitem', { name: 'Reset terminal' });
	await last.scrollIntoViewIfNeeded();
	await expect.poll(() => foot(last)).toBeLessThanOrEqual(end);
	await page.keyboard.press('Escape');
	await expect(menu).toBeHidden();

	const drag = async (fromY: number, toY: number) => {
		const x = canvas.x + 100;
		await touch(cdp, 'touchStart', { x, y: fromY });
		for (let step = 1; step <= 10; step += 1)
			await touch(cdp, 'touchMove', { x, y: fromY + ((toY - fromY) * step) / 10 });
		await touch(cdp, 'touchEnd');
	};
	await drag(canvas.y + 60, canvas.y + 400);
	await expect(shell.log).not.toContainText('chosen-word');
	await drag(canvas.y + 400, canvas.y + 60);
	await drag(canvas.y + 400, canvas.y + 60);
	await expect(shell.log).toContainText('chosen-word');

	await shell.type('seq 1 500 | less');
	await shell.expectText(/^1$/m);
	await drag(canvas.y + 400, canvas.y + 60);
	await expect(shell.log).not.toContainText(/^1$/m);
	await drag(canvas.y + 60, canvas.y + 400);
	await shell.expectText(/^1$/m);
});
