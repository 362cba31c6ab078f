// Several shells in one tab: dividing, moving between them, resizing, closing, coming back.
import { expect, test } from '../fixtures/test';
import { openShell, Shell, tabsOf } from './shell';

test.use({ hasServiceWorker: false });

/** Which of the shells has the keyboard. */
async function expectKeyboard(shell: Shell): Promise<void> {
	await expect(shell.region.locator(':focus')).toBeAttached();
}

async function boxOf(
	shell: Shell
): Promise<{ x: number; y: number; width: number; height: number }> {
	const box = await shell.region.boundingBox();
	if (box === null) throw new Error('not in view');
	return box;
}

/** Columns and rows as the far end has them. */
async function sizeOf(shell: Shell): Promise<readonly [number, number]> {
	const marker = `size${String(Math.floor(Math.random() * 1e6))}`;
	await shell.type(`echo "${marker}=$(stty size)"`);
	await shell.expectText(new RegExp(`${marker}=\\d+ \\d+`));
	const [, rows, cols] = new RegExp(`${marker}=(\\d+) (\\d+)`).exec(await shell.text()) ?? [];
	return [Number(cols), Number(rows)];
}

test('split right and down: own shells over one node; directions, zoom, close and reopen by key', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const name = `${stack.login}@web-1`;
	const left = await openShell(page, name);
	await page.keyboard.press('Control+Shift+D');
	const right = await Shell.opened(page, name, 1);
	await expectKeyboard(right);
	await page.keyboard.press('Control+Shift+E');
	const below = await Shell.opened(page, name, 2);
	await expectKeyboard(below);
	await expect(tabsOf(page)).toHaveCount(1);
	await expect(tabsOf(page)).toHaveAttribute('aria-description', /3 splits/);
	expect((await stack.ownNodes()).length).toBe(1);

	const [a, b, c] = [await boxOf(left), await boxOf(right), await boxOf(below)];
	expect(b.x).toBeGreaterThan(a.x + a.width - 2);
	expect(c.y).toBeGreaterThan(b.y + b.height - 2);
	expect(c.x).toBe(b.x);

	// Each is a shell of its own, and keys go to the one with the keyboard.
	await below.run('echo below-$((1+1))');
	await below.expectText('below-2');
	await page.keyboard.press('Control+Shift+ArrowUp');
	await expectKeyboard(right);
	await right.run('echo right-$((2+2))');
	await right.expectText('right-4');
	await page.keyboard.press('Control+Shift+ArrowLeft');
	await expectKeyboard(left);
	await expect(left.log).not.toContainText('right-4');
	await page.keyboard.press('Control+Shift+ArrowRight');
	await expectKeyboard(right);
	await page.keyboard.press('Control+Shift+ArrowDown');
	await expectKeyboard(below);

	// Zoom: one has the area, the others keep their shells.
	await page.keyboard.press('Control+Shift+Enter');
	await expect(left.region).toBeHidden();
	expect((await boxOf(below)).width).toBe(1280);
	await page.keyboard.press('Control+Shift+Enter');
	await expect(left.region).toBeVisible();
	expect(await boxOf(below)).toEqual(c);

	// Close asks for this one alone; it comes back at its place.
	await page.keyboard.press('Control+Shift+ArrowUp');
	await page.keyboard.press('Control+Shift+W');
	await page.getByRole('alertdialog').getByRole('button', { name: 'Close split' }).click();
	await expect(page.getByRole('region', { name: /, split [12]$/ })).toHaveCount(2);
	expect((await boxOf(Shell.named(page, name, 1))).height).toBe(a.height);
	await page.keyboard.press('Control+Shift+Z');
	const back = await Shell.opened(page, name, 2);
	expect(await boxOf(back)).toEqual(b);
	await expectKeyboard(back);

	// The tab as a whole: one question, and all of it comes back.
	await tabsOf(page).focus();
	await page.keyboard.press('Delete');
	await page
		.getByRole('alertdialog', { name: 'Close 3 splits?' })
		.getByRole('button', { name: 'Close tab' })
		.click();
	await expect(tabsOf(page)).toHaveCount(0);
	await page.keyboard.press('Control+Shift+Z');
	for (const index of [0, 1, 2]) await Shell.opened(page, name, index);
	await expect(tabsOf(page)).toHaveCount(1);
});

test('a divider moves by drag and by key, and the shells know their sizes', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const name = `${stack.login}@web-1`;
	const left = await openShell(page, name);
	const [wholeCols] = await sizeOf(left);
	await page.keyboard.press('Control+Shift+D');
	const right = await Shell.opened(page, name, 1);
	const [halfCols] = await sizeOf(right);
	expect(halfCols).toBeLessThan(wholeCols / 2 + 1);

	const divider = page.getByRole('separator', { name: 'Divider' });
	await divider.hover();
	await page.mouse.down();
	await page.mouse.move(320, 300, { steps: 4 });
	await page.mouse.up();
	await expect(divider).toHaveAttribute('aria-valuenow', '25');
	await expectKeyboard(right);
	await expect.poll(async () => (await sizeOf(right))[0]).toBeGreaterThan(halfCols * 1.4);

	await divider.focus();
	await page.keyboard.press('ArrowRight');
	await expect(divider).toHaveAttribute('aria-valuenow', '30');
	await page.keyboard.press('End');
	await expect(divider).toHaveAttribute('aria-valuenow', '90');
	await divider.dblclick();
	await expect(divider).toHaveAttribute('aria-valuenow', '50');
	await expect.poll(async () => (await sizeOf(right))[0]).toBe(halfCols);
});

test('a phone shows one split at a time', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	const name = `${stack.login}@web-1`;
	const first = await openShell(page, name);
	await page.keyboard.press('Control+Shift+D');
	const second = await Shell.opened(page, name, 1);
	await page.setViewportSize({ width: 390, height: 780 });
	await expect(first.region).toBeHidden();
	expect((await boxOf(second)).width).toBe(390);
	await page.getByRole('button', { name: 'Next split, 2 of 2' }).click();
	await expect(second.region).toBeHidden();
	await expect(first.region).toBeVisible();
	await expect(page.getByRole('separator')).toHaveCount(0);
	await page.setViewportSize({ width: 1280, height: 800 });
	await expect(second.region).toBeVisible();
});
