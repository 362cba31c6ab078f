// What terminals draw, by their pixels in a real session: CJK, emoji, icons, box drawing, ligatures, and
// the text's size, height and font.
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/test';
import { Pixels } from './pixels';
import { openShell, type Shell } from './shell';

/** For `printf` of any shell, whatever its locale. */
const octal = (text: string): string =>
	[...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');

interface Grid {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
	readonly cols: number;
	readonly rows: number;
}

/** Where the cells of a terminal are; the status bar says how many. */
async function gridOf(page: Page, shell: Shell): Promise<Grid> {
	const box = await shell.region.locator('canvas').first().boundingBox();
	const status = await page.getByRole('contentinfo', { name: 'Status' }).innerText();
	const [, cols = '', rows = ''] = /(\d+)×(\d+)/.exec(status) ?? [];
	if (box === null) throw new Error('no canvas');
	return {
		x: box.x,
		y: box.y,
		width: Math.floor(box.width / Number(cols)),
		height: Math.floor(box.height / Number(rows)),
		cols: Number(cols),
		rows: Number(rows)
	};
}

/** Cells of one row. */
const cells = (page: Page, grid: Grid, at: { row: number; col: number; span: number }) =>
	Pixels.of(page, {
		x: grid.x + at.col * grid.width,
		y: grid.y + at.row * grid.height,
		width: at.span * grid.width,
		height: grid.height
	});

const BACKGROUND = '#14171b';
const ink = (pixels: Pixels): number =>
	[...pixels.colors()].reduce((sum, [color, n]) => sum + (color === BACKGROUND ? 0 : n), 0);
/** The lowest row that is mostly ink somewhere: where a letter stands. */
function lowest(pixels: Pixels): number {
	for (let y = pixels.height - 1; y >= 0; y -= 1)
		for (let x = 0; x < pixels.width; x += 1)
			if (parseInt(pixels.at(x, y).slice(1, 3), 16) > 128) return y;
	return -1;
}
/** What is drawn, wherever it lies: a sign is moved in its cell, its tofu as well. */
function shape(pixels: Pixels): string {
	const rows = Array.from({ length: pixels.height }, (_, y) =>
		Array.from({ length: pixels.width }, (_, x) =>
			pixels.at(x, y) === BACKGROUND ? ' ' : '#'
		).join('')
	);
	const left = Math.min(...rows.filter((row) => row.includes('#')).map((row) => row.indexOf('#')));
	return rows
		.map((row) => row.slice(left).trimEnd())
		.join('\n')
		.replace(/^\n+|\n+$/g, '');
}
/** Colours that are no shade of grey or of the text. */
const hues = (pixels: Pixels): number =>
	[...pixels.colors().keys()].filter((color) => {
		const parts = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
		return Math.max(...parts) - Math.min(...parts) > 60;
	}).length;

/** A screen of these lines, and nothing else but a prompt below. */
async function show(shell: Shell, lines: readonly string[]): Promise<void> {
	const text = lines.map((line) => octal(`${line}\r\n`)).join('');
	await shell.run(`clear; printf '${text}'`);
}

async function dark(page: Page): Promise<void> {
	await page.emulateMedia({ colorScheme: 'dark' });
}

test('CJK, emoji with ZWJ and flags, icons and powerline are drawn, none as tofu', async ({
	signIn,
	stack
}, info) => {
	const page = await signIn('alice');
	await dark(page);
	const shell = await openShell(page, `${stack.login}@web-1`);
	const kept = (path: string) =>
		page.evaluate(async (file) => (await caches.match(file)) !== undefined, path);
	const FALLBACKS = ['/fonts/cjk-fallback.ttf', '/fonts/twemoji.ttf'];
	for (const path of FALLBACKS) expect(await kept(path)).toBe(false);

	const GLYPHS = [
		...['漢', '中', '日', 'か', 'カ', '한', '글', 'Ａ', '。'].map((text) => ({ text, span: 2 })),
		...['\ue0a0', '\uf07c', '\uf17c', '\u{f0a0a}', '\ue0b0', '\ue0b2', '❯', '✓', '⠿', '★', '✔'].map(
			(text) => ({ text, span: 1 })
		)
	];
	const EMOJI = ['😀', '🚀', '👍🏽', '👨‍👩‍👧', '🇩🇪', '🏳️‍🌈', '🏃‍♂️', '❤️', '⚡', '1️⃣', '#️⃣'];
	// A code point that nobody has: what tofu looks like here.
	const TOFU = '\u0378';
	await show(shell, [
		TOFU,
		// Each in its own line, so that what the core makes of a width moves nothing else.
		...GLYPHS.map(({ text }) => text),
		...EMOJI
	]);
	const grid = await gridOf(page, shell);
	expect(grid.rows).toBeGreaterThan(GLYPHS.length + EMOJI.length + 2);

	const tofu = await cells(page, grid, { row: 0, col: 0, span: 2 });
	expect(ink(tofu)).toBeGreaterThan(20);
	const box = shape(tofu);
	const isTofu = (pixels: Pixels) => shape(pixels) === box;
	for (const [at, { text, span }] of GLYPHS.entries()) {
		await expect
			.poll(
				async () => {
					const pixels = await cells(page, grid, { row: 1 + at, col: 0, span: 2 });
					return !isTofu(pixels) && ink(pixels) >= 8;
				},
				{ message: `${text} is drawn`, timeout: 20_000 }
			)
			.toBe(true);
		const beyond = await cells(page, grid, { row: 1 + at, col: 2, span: 1 });
		expect(ink(beyond), `${text} stays in its cells, ${String(span)}`).toBe(0);
	}
	for (const [at, text] of EMOJI.entries()) {
		const row = 1 + GLYPHS.length + at;
		await expect
			.poll(async () => hues(await cells(page, grid, { row, col: 0, span: 2 })), {
				message: `${text} is drawn in colour`,
				timeout: 20_000
			})
			.toBeGreaterThan(8);
		// One picture for the whole sequence: nothing is left of its parts.
		const rest = await cells(page, grid, { row, col: 2, span: 6 });
		expect(ink(rest), `${text} is one picture`).toBe(0);
	}
	await page.screenshot({ path: info.outputPath('glyphs.png') });
	// Met once, they are kept.
	for (const path of FALLBACKS) await expect.poll(() => kept(path)).toBe(true);
});

test('box drawing has no gaps between cells, at any line height', async ({
	signIn,
	stack
}, info) => {
	const page = await signIn('alice');
	await dark(page);
	const shell = await openShell(page, `${stack.login}@web-1`);
	const setHeight = async (key: 'Home' | 'End') => {
		await page.keyboard.press('Control+Comma');
		await page.getByRole('spinbutton', { name: 'Line height' }).press(key);
		await page.keyboard.press('Escape');
		await expect(shell.region).toBeVisible();
	};
	const heights: number[] = [];
	for (const key of [null, 'End', 'Home'] as const) {
		if (key !== null) {
			const before = await gridOf(page, shell);
			await setHeight(key);
			await expect.poll(async () => (await gridOf(page, shell)).rows).not.toBe(before.rows);
		}
		await show(shell, ['┌─┬─┐', '│ │ │', '├─┼─┤', '│ │ │', '└─┴─┘', '████', '████', 'n1']);
		const grid = await gridOf(page, shell);
		heights.push(grid.height);
		await expect
			.poll(async () => {
				const rows = await Pixels.of(page, {
					x: grid.x,
					y: grid.y,
					width: grid.width * 5,
					height: grid.height * 7
				});
				const isInk = (x: number, y: number) => rows.at(x, y) !== BACKGROUND;
				const across = Array.from({ length: grid.width * 4 }, (_, i) => i + grid.width / 2);
				const down = Array.from({ length: grid.height * 4 }, (_, i) => i + grid.height / 2);
				// Some column of the first and the third cell, some row of the first line, without a gap.
				const columnOf = (cell: number) =>
					Array.from({ length: grid.width }, (_, i) => cell * grid.width + i).some((x) =>
						down.every((y) => isInk(x, Math.floor(y)))
					);
				const hasRow = Array.from({ length: grid.height }, (_, i) => i).some((y) =>
					across.every((x) => isInk(Math.floor(x), y))
				);
				const isBlockWhole = Array.from({ length: grid.height * 2 }, (_, i) => i).every((y) =>
					Array.from({ length: grid.width * 4 }, (_, x) => x).every((x) =>
						isInk(x, grid.height * 5 + y)
					)
				);
				return columnOf(0) && columnOf(2) && hasRow && isBlockWhole;
			})
			.toBe(true);
		// Letters stand on one line.
		const [short, tall] = await Promise.all(
			[0, 1].map(async (col) => lowest(await cells(page, grid, { row: 7, col, span: 1 })))
		);
		expect(short).toBe(tall);
		await page.screenshot({ path: info.outputPath(`boxes-${String(grid.height)}.png`) });
	}
	expect(heights).toEqual([18, 28, 14]);
	// The far end knows.
	const { cols, rows } = await gridOf(page, shell);
	await shell.run('stty size');
	await shell.expectText(`${String(rows)} ${String(cols)}`);
});

test('ligatures are drawn when a person wants them, and only then', async ({
	signIn,
	stack
}, info) => {
	const page = await signIn('alice');
	await dark(page);
	const shell = await openShell(page, `${stack.login}@web-1`);
	await show(shell, ['=> != === -> <=', 'plain text 123']);
	const grid = await gridOf(page, shell);
	const line = async (row: number) =>
		(await cells(page, grid, { row, col: 0, span: 16 })).data.join();
	const turn = async () => {
		await page.keyboard.press('Control+Comma');
		await page.getByRole('switch', { name: 'Ligatures' }).click();
		await page.keyboard.press('Escape');
		await expect(shell.region).toBeVisible();
	};
	await expect
		.poll(async () => ink(await cells(page, grid, { row: 1, col: 0, span: 5 })))
		.toBeGreaterThan(20);
	const apart = await line(0);
	await turn();
	await expect.poll(async () => (await line(0)) !== apart).toBe(true);
	await page.screenshot({ path: info.outputPath('ligatures.png') });
	await turn();
	await expect.poll(async () => (await line(0)) === apart).toBe(true);
});

test('the text size follows Ctrl and the wheel, and two fingers', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	const box = await shell.region.boundingBox();
	if (box === null) throw new Error('no pane');
	const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
	const size = async () => {
		await page.keyboard.press('Control+Comma');
		const text = await page.getByRole('spinbutton', { name: 'Text size' }).innerText();
		await page.keyboard.press('Escape');
		await expect(shell.region).toBeVisible();
		return text;
	};
	await page.mouse.move(middle.x, middle.y);
	await page.keyboard.down('Control');
	await page.mouse.wheel(0, -120);
	await page.keyboard.up('Control');
	await expect.poll(size).toBe('16 px');

	const client = await page.context().newCDPSession(page);
	const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', gap: number) =>
		client.send('Input.dispatchTouchEvent', {
			type,
			touchPoints:
				type === 'touchEnd'
					? []
					: [-1, 1].map((side, id) => ({ x: middle.x + (side * gap) / 2, y: middle.y, id }))
		});
	await touch('touchStart', 100);
	await touch('touchMove', 120);
	await touch('touchMove', 150);
	await touch('touchEnd', 0);
	await expect.poll(size).toBe('24 px');
	await shell.run('echo still-here');
});

test('a font of this computer by permission; refused and unsupported are said', async ({
	signIn
}) => {
	const page = await signIn('alice', {
		before: (blank) =>
			blank.addInitScript(() => {
				const asked = { answer: 'refuse' };
				Object.assign(window, {
					fontsOfTest: asked,
					queryLocalFonts: () =>
						asked.answer === 'refuse'
							? Promise.reject(new DOMException('no', 'NotAllowedError'))
							: Promise.resolve([
									{
										family: 'Test Mono',
										style: 'Regular',
										// A face that is told from the usual one.
										blob: async () => (await fetch('/fonts/headtab-mono-bold-italic.ttf')).blob()
									}
								])
				});
			})
	});
	await dark(page);
	await expect(page.getByRole('button', { name: 'New tab' })).toBeVisible();
	await page.keyboard.press('Control+Comma');
	expect((await page.request.get('/')).headers()['permissions-policy']).toContain(
		'local-fonts=(self)'
	);
	const ask = page.getByRole('button', { name: 'Fonts of this computer…' });
	await ask.click();
	await expect(page.getByText('The browser did not let Headtab read the fonts')).toBeVisible();

	await page.evaluate(() => {
		Object.assign((window as unknown as { fontsOfTest: object }).fontsOfTest, { answer: 'give' });
	});
	const picture = page.getByRole('img', { name: 'A terminal in Headtab Dark' });
	const pixels = async () => {
		const box = await picture.boundingBox();
		if (box === null) throw new Error('no preview');
		return Pixels.of(page, box);
	};
	const look = async () => (await pixels()).data.join();
	await ask.click();
	// Once there is more than its background.
	await expect.poll(async () => (await pixels()).colors().size).toBeGreaterThan(8);
	const usual = await look();
	const select = page.getByRole('combobox', { name: 'Font' });
	await select.selectOption('Test Mono');
	await expect.poll(async () => (await look()) !== usual).toBe(true);
	await select.selectOption('JetBrains Mono Nerd Font');
	await expect.poll(async () => (await look()) === usual).toBe(true);

	await page.evaluate(() => {
		Reflect.deleteProperty(window, 'queryLocalFonts');
		Object.defineProperty(window, 'queryLocalFonts', { value: undefined });
	});
	await page.getByRole('button', { name: 'Terminal', exact: true }).click();
	await page.getByRole('button', { name: 'Appearance' }).click();
	await ask.click();
	await expect(page.getByText('This browser hands over no fonts')).toBeVisible();
});
