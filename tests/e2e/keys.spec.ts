// What keys send in a real session, read by a program that shows every byte; input methods; mouse reports.
import type { CDPSession, Page } from '@playwright/test';
import { expect, test } from '../fixtures/test';
import { openShell, type Shell } from './shell';

test.use({ hasServiceWorker: false });

/** A program that shows each byte as it comes, after it has set these modes. */
async function startReader(shell: Shell, modes = ''): Promise<void> {
	await shell.run('export -n PS1; stty -echo');
	await shell.type(`clear; stty raw -echo; printf '${modes}rea''dy\\r\\n'; cat -vt`);
	await shell.expectText('ready');
}

/** What the reader has shown, in one line. */
async function shown(shell: Shell): Promise<string> {
	const text = await shell.text();
	return text.slice(text.lastIndexOf('ready') + 'ready'.length).replaceAll('\n', '');
}

/** Presses keys, a comma after each. */
async function expectKeys(
	page: Page,
	shell: Shell,
	keys: readonly (readonly [string, string])[]
): Promise<void> {
	const before = await shown(shell);
	for (const [key] of keys) {
		await page.keyboard.press(key);
		await page.keyboard.press('Comma');
	}
	const sent = keys.map(([, bytes]) => `${bytes},`).join('');
	await expect.poll(() => shown(shell)).toBe(before + sent);
}

const LEGACY: readonly (readonly [string, string])[] = [
	['a', 'a'],
	['Shift+A', 'A'],
	['Enter', '^M'],
	['Shift+Enter', '^M'],
	['Tab', '^I'],
	['Shift+Tab', '^[[Z'],
	['Escape', '^['],
	['Backspace', '^?'],
	['Control+Backspace', '^H'],
	['Alt+Backspace', '^[^?'],
	['Alt+b', '^[b'],
	['Control+w', '^W'],
	['Control+t', '^T'],
	['Control+n', '^N'],
	['Control+c', '^C'],
	['Control+v', '^V'],
	['Control+Space', '^@'],
	['Control+[', '^['],
	['Control+\\', '^\\'],
	['Control+]', '^]'],
	['Control+6', '^^'],
	['Control+/', '^_'],
	['Control+Alt+b', '^[^B'],
	['ArrowUp', '^[[A'],
	['Control+ArrowLeft', '^[[1;5D'],
	['Shift+Alt+ArrowDown', '^[[1;4B'],
	['Home', '^[[H'],
	['End', '^[[F'],
	['Shift+End', '^[[1;2F'],
	['Insert', '^[[2~'],
	['Delete', '^[[3~'],
	['Control+Delete', '^[[3;5~'],
	['PageUp', '^[[5~'],
	['Control+PageDown', '^[[6;5~'],
	['F1', '^[OP'],
	['F2', '^[OQ'],
	['F3', '^[OR'],
	['F4', '^[OS'],
	['Shift+F1', '^[[1;2P'],
	['F5', '^[[15~'],
	['F7', '^[[18~'],
	['F8', '^[[19~'],
	['F9', '^[[20~'],
	['F10', '^[[21~'],
	['F11', '^[[23~'],
	['F12', '^[[24~'],
	['Control+F12', '^[[24;5~'],
	['Alt+F5', '^[[15;3~'],
	['Numpad7', '^[[H'],
	['NumpadAdd', '+'],
	['NumpadEnter', '^M']
];

const APPLICATION: readonly (readonly [string, string])[] = [
	['ArrowUp', '^[OA'],
	['ArrowLeft', '^[OD'],
	['Home', '^[OH'],
	['End', '^[OF'],
	['Control+ArrowUp', '^[[1;5A'],
	['PageUp', '^[[5~'],
	['Shift+PageDown', '^[[6;2~'],
	['NumpadEnter', '^[OM'],
	['NumpadMultiply', '^[Oj'],
	['Numpad7', '^[OH']
];

const KITTY: readonly (readonly [string, string])[] = [
	['a', 'a'],
	['Escape', '^[[27u'],
	['Enter', '^M'],
	['Shift+Enter', '^[[13;2u'],
	['Control+Enter', '^[[13;5u'],
	['Shift+Tab', '^[[9;2u'],
	['Backspace', '^?'],
	['Control+Backspace', '^[[127;5u'],
	['Control+c', '^[[99;5u'],
	['Control+i', '^[[105;5u'],
	['Alt+b', '^[[98;3u'],
	['Control+Shift+X', '^[[120;6u'],
	['ArrowUp', '^[[A'],
	['Control+ArrowUp', '^[[1;5A'],
	['F1', '^[[P'],
	['F3', '^[[13~'],
	['F12', '^[[24~'],
	['Numpad7', '^[[57423u'],
	['NumpadEnter', '^[[57414u']
];

/** xterm's modifyOtherKeys, level 2. */
const OTHER: readonly (readonly [string, string])[] = [
	['a', 'a'],
	['Control+i', '^[[27;5;105~'],
	['Control+Shift+X', '^[[27;6;88~'],
	['Shift+Enter', '^[[27;2;13~'],
	['Alt+b', '^[[27;3;98~'],
	['Control+Space', '^[[27;5;32~'],
	['Tab', '^I'],
	['Control+ArrowUp', '^[[1;5A']
];

test('keys send what xterm documents, in normal and in application mode', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await startReader(shell);
	await expectKeys(page, shell, LEGACY);

	const app = await openShell(page, `${stack.login}@db-1`);
	await startReader(app, '\\033[?1049h\\033[H\\033[?1h\\033=');
	await expectKeys(page, app, APPLICATION);
});

test('keys send what the kitty protocol documents, releases and every key when that is asked for', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await startReader(shell, '\\033[>1u');
	await expectKeys(page, shell, KITTY);

	const all = await openShell(page, `${stack.login}@db-1`);
	await startReader(all, '\\033[>11u');
	await page.keyboard.press('Shift+A');
	await page.keyboard.press('Enter');
	await expect
		.poll(() => shown(all))
		.toBe(['^[[57441;2u^[[97;2u^[[97;2:3u^[[57441;1:3u', '^[[13u^[[13;1:3u'].join(''));
});

/** A key as a layout other than the US one makes it, with or without its text. */
async function key(
	cdp: CDPSession,
	of: { key: string; code: string; text?: string; modifiers?: number; keyCode?: number }
): Promise<void> {
	const { keyCode = 0, ...named } = of;
	const event = { ...named, windowsVirtualKeyCode: keyCode };
	await cdp.send('Input.dispatchKeyEvent', { type: 'keyDown', ...event });
	await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', ...event });
}

test('characters of other layouts arrive: AltGr, umlauts, dead keys, another script', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.type('cat > /tmp/layout-$$');
	await shell.expectText('cat > /tmp/layout');
	const cdp = await page.context().newCDPSession(page);
	await key(cdp, { key: '@', code: 'KeyQ', text: '@', keyCode: 81 });
	await key(cdp, { key: 'ü', code: 'BracketLeft', text: 'ü', keyCode: 186 });
	await key(cdp, { key: '{', code: 'Digit7', text: '{', keyCode: 55 });
	await key(cdp, { key: '€', code: 'KeyE', text: '€', keyCode: 69, modifiers: 3 });
	// A dead acute, then e: the browser makes one character of both.
	await key(cdp, { key: 'Dead', code: 'Equal', keyCode: 229 });
	await cdp.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'é', code: 'KeyE' });
	await cdp.send('Input.insertText', { text: 'é' });
	await cdp.send('Input.dispatchKeyEvent', { type: 'keyUp', key: 'é', code: 'KeyE' });
	await key(cdp, { key: 'ж', code: 'Semicolon', text: 'ж', keyCode: 186 });
	await page.keyboard.press('Enter');
	// Ctrl+D, by its place on a Cyrillic keyboard.
	await key(cdp, { key: 'в', code: 'KeyD', modifiers: 2, keyCode: 68 });
	await shell.run('echo "[$(cat /tmp/layout-$$)]"; rm /tmp/layout-$$');
	await shell.expectText('[@ü{€éж]');
});

test('function keys beyond F12 arrive; other keys come with what is held where a program asks', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await startReader(shell, '\\033[>4;2m\\033[?4m');
	// What it asked is answered: which level it has.
	await expect.poll(() => shown(shell)).toBe('^[[>4;2m');
	await expectKeys(page, shell, OTHER);
	const before = await shown(shell);
	const cdp = await page.context().newCDPSession(page);
	const codes = [25, 26, 28, 29, 31, 32, 33, 34, 42, 43, 44, 45];
	for (let number = 13; number <= 24; number += 1)
		await key(cdp, {
			key: `F${String(number)}`,
			code: `F${String(number)}`,
			keyCode: 111 + number
		});
	await expect
		.poll(() => shown(shell))
		.toBe(before + codes.map((code) => `^[[${String(code)}~`).join(''));
});

test('an input method composes beside the cursor and sends once, what was chosen', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('clear');
	await shell.type(
		'echo be""gun; cat > /tmp/composed-$$; echo "[$(cat /tmp/composed-$$)]"; rm /tmp/composed-$$'
	);
	await shell.expectText('begun');
	const cdp = await page.context().newCDPSession(page);
	const field = shell.region.locator('textarea');
	/** What has been composed so far: nothing of it may be sent. */
	const compose = async (...steps: readonly string[]) => {
		const before = await shell.receivedBytes();
		for (const text of steps)
			await cdp.send('Input.imeSetComposition', {
				text,
				selectionStart: text.length,
				selectionEnd: text.length
			});
		expect(await shell.receivedBytes()).toBe(before);
	};
	const commit = async (text: string) => {
		await cdp.send('Input.insertText', { text });
		await shell.expectText(text);
	};
	await compose('に', 'にほ', 'にほん', '日本');
	// The candidates of an input method stand where the field is: in the row and column of the cursor.
	const [canvas, place] = [
		await shell.region.locator('canvas').boundingBox(),
		await field.boundingBox()
	];
	const [cols = 0, rows = 0] = (await page.getByText(/^\d+×\d+$/).innerText())
		.split('×')
		.map(Number);
	if (canvas === null || place === null) throw new Error('nothing to measure');
	// Below the last line that is not empty.
	const row = (await shell.text()).split('\n').length;
	expect((place.y - canvas.y) / (canvas.height / rows)).toBeCloseTo(row, 0);
	expect(Math.abs(place.x - canvas.x)).toBeLessThan(canvas.width / cols);
	await commit('日本');
	await compose('zhong', '中文');
	await commit('中文');
	await compose('ㅎ', '하', '한');
	await commit('한');
	await page.keyboard.press('Enter');
	await page.keyboard.press('Control+D');
	await shell.expectText('[日本中文한]');
});

test('Shift with a page key scrolls, and the next key comes back', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('seq 1 300');
	await expect(shell.log).not.toContainText(/^200$/m);
	await page.keyboard.press('Shift+PageUp');
	await page.keyboard.press('Shift+PageUp');
	await shell.expectText(/^200$/m);
	await expect(shell.log).not.toContainText(/^300$/m);
	await page.keyboard.press('Shift+PageDown');
	await page.keyboard.press('Shift+PageDown');
	await shell.expectText(/^300$/m);
	await page.keyboard.press('Shift+PageUp');
	await expect(shell.log).not.toContainText(/^300$/m);
	await page.keyboard.press('x');
	await shell.expectText(/^300$/m);
});
