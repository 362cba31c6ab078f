// Reading back in a terminal: search over all of its scrollback, by keys alone and seen as pixels.
import type { Locator, Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { openShell, type Shell } from './shell';

/** Pixels of a token's colour in a box. */
async function pixelsOf(page: Page, box: Locator, token: string): Promise<number> {
	const shot = await box.screenshot({ type: 'png', animations: 'disabled' });
	return page.evaluate(
		async ([base64, name]) => {
			const probe = document.createElement('span');
			probe.style.color = `var(${name})`;
			document.body.append(probe);
			const [r, g, b] = (getComputedStyle(probe).color.match(/\d+/g) ?? []).map(Number);
			probe.remove();
			const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
			const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
			const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
			if (context === null) throw new Error('no 2d context');
			context.drawImage(bitmap, 0, 0);
			const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
			let count = 0;
			for (let i = 0; i < data.length; i += 4)
				if (data[i] === r && data[i + 1] === g && data[i + 2] === b) count += 1;
			return count;
		},
		[shot.toString('base64'), token] as const
	);
}

const findIn = (shell: Shell) => ({
	field: shell.region.getByRole('textbox', { name: 'Find in terminal' }),
	count: shell.region.getByRole('search').getByRole('status'),
	button: (name: string) => shell.region.getByRole('search').getByRole('button', { name })
});

test('search: 10,000 lines, next and previous, marked, and Esc leaves the view where it is', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	const canvas = shell.region.locator('[data-terminal]');
	await shell.run('for i in $(seq 1 10000); do echo "row $i"; done; clear -x');
	await page.keyboard.press('Control+Shift+F');
	const { field, count, button } = findIn(shell);
	await expect(field).toBeFocused();
	await page.keyboard.type('row 77');
	await expect(count).toHaveText('111 of 111');
	await shell.expectText('row 7799');
	await expect.poll(() => pixelsOf(page, canvas, '--term-match-on')).toBeGreaterThan(200);
	await expect.poll(() => pixelsOf(page, canvas, '--term-match')).toBeGreaterThan(2_000);
	await expectNoAxeFaults(page);

	await page.keyboard.press('Enter');
	await expect(count).toHaveText('1 of 111');
	await shell.expectText(/row 77\n/);
	await page.keyboard.press('F3');
	await expect(count).toHaveText('2 of 111');
	await shell.expectText('row 770\n');
	await page.keyboard.press('Shift+Enter');
	await page.keyboard.press('Shift+F3');
	await expect(count).toHaveText('111 of 111');
	await button('Previous match').click();
	await expect(count).toHaveText('110 of 111');
	await button('Next match').click();
	await expect(count).toHaveText('111 of 111');

	// The first of 10,000 is still there.
	await field.fill('row 1');
	await page.keyboard.press('Enter');
	await expect(count).toHaveText(/^1 of /);
	await shell.expectText(/row 1\n/);

	const seen = await shell.text();
	await field.press('Escape');
	await expect(field).toBeHidden();
	await expect.poll(() => pixelsOf(page, canvas, '--term-match-on')).toBe(0);
	expect(await shell.text()).toBe(seen);
	// The keyboard is the shell's again.
	await shell.run('echo back-$((40+2))');
	await shell.expectText('back-42');
});

test('search: case and regular expressions are remembered; none, and no pattern, are told', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run(
		"printf 'Took 812 ms\\ntook 9 ms\\ntook a while\\n'; PS1='$ '; clear -x; printf 'Took 812 ms\\ntook 9 ms\\ntook a while\\n'"
	);
	await page.keyboard.press('Control+Shift+F');
	const { field, count, button } = findIn(shell);
	await field.fill('took a while');
	await button('Match case').click();
	await field.fill('Took 812 ms');
	const sensitive = Number((await count.innerText()).split(' of ')[1]);
	await field.fill('TOOK 812 MS');
	await expect(count).toHaveText('0 of 0');
	const edge = await field.locator('..').evaluate((element) => getComputedStyle(element).boxShadow);
	const warn = await page.evaluate(() => {
		const probe = document.createElement('span');
		probe.style.color = 'var(--warn)';
		document.body.append(probe);
		const { color } = getComputedStyle(probe);
		probe.remove();
		return color;
	});
	expect(edge).toContain(warn);
	await button('Match case').click();
	await expect(count).toHaveText(`${String(sensitive)} of ${String(sensitive)}`);

	await field.fill('took \\d+ ms$');
	await expect(count).toHaveText('0 of 0');
	await button('Regular expression').click();
	await expect(count).toHaveText(/^(\d+) of \1$/);
	await field.fill('took (');
	await expect(count).toHaveText('No regular expression');
	await expect(field).toHaveAttribute('aria-invalid', 'true');

	// The choice outlives the bar, the pane and the window.
	await field.press('Escape');
	await page.reload();
	const again = await openShell(page, `${stack.login}@db-1`);
	await page.keyboard.press('Control+Shift+F');
	const later = findIn(again);
	await expect(later.button('Regular expression')).toHaveAttribute('aria-pressed', 'true');
	await expect(later.button('Match case')).toHaveAttribute('aria-pressed', 'false');
});

test('search: what comes while it is open is found, and each pane has its own', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('echo needle-$((1+1)); clear -x');
	await page.keyboard.press('Control+Shift+F');
	const { field, count } = findIn(shell);
	await field.fill('needle-2');
	await expect(count).toHaveText('1 of 1');
	await shell.region.locator('canvas').click();
	await shell.run('echo needle-$((3-1))');
	await expect(count).toHaveText('1 of 2');
	await page.keyboard.press('Control+Shift+D');
	const twins = page.getByRole('region', { name: new RegExp(`web-1, split`) });
	await expect(twins).toHaveCount(2);
	await expect(page.getByRole('search')).toHaveCount(1);
	await expect(twins.first().getByRole('search')).toBeVisible();
});
