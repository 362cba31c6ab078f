// Reading back in a terminal: search over all of its scrollback, prompts and outputs, its text as a file;
// by keys alone, and seen as pixels.
import { readFile } from 'node:fs/promises';
import type { Locator, Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { SHELL_MARKS } from '../../src/lib/client/terminal/shell-marks';
import { openShell, type Shell } from './shell';

test.use({ permissions: ['clipboard-read', 'clipboard-write'], hasServiceWorker: false });

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

	// A single character is marked, too.
	await field.fill('7');
	await expect.poll(() => pixelsOf(page, canvas, '--term-match-on')).toBeGreaterThan(60);

	const seen = await shell.text();
	await field.press('Escape');
	await expect(field).toBeHidden();
	await expect.poll(() => pixelsOf(page, canvas, '--term-match-on')).toBe(0);
	expect(await shell.text()).toBe(seen);
	// The keyboard is the shell's again.
	await shell.run('echo back-$((40+2))');
	await shell.expectText('back-42');

	// A tab that closes while it is searched takes the search with it; an error would fail this test.
	await page.keyboard.press('Control+Shift+F');
	await expect(field).toBeFocused();
	await page.getByRole('tab', { name: shell.name }).press('Delete');
	await page.getByRole('alertdialog').getByRole('button', { name: 'Close tab' }).click();
	await expect(shell.region).toHaveCount(0);
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible();
});

test('search: case and regular expressions are remembered; none, and no pattern, are told', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run(
		"printf 'Took 812 ms\\ntook 9 ms\\ntook a while\\n'; PS1='$ '; clear -x; printf 'Took 812 ms\\ntook 9 ms\\ntook a while\\n'; printf 'x%.0s' $(seq 60); echo '!'"
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
	const warn = await field.evaluate((element) => {
		const probe = document.createElement('span');
		probe.style.color = 'var(--warn)';
		element.before(probe);
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

	// One that would backtrack for ever is broken off, and the window goes on meanwhile and afterwards.
	await field.fill('(x+)+$');
	await expect(count).toHaveText('Takes too long');
	await expect(field).toHaveAttribute('aria-invalid', 'true');
	await field.fill('took \\d+ ms$');
	await expect(count).toHaveText(/^(\d+) of \1$/);
	await expect(field).not.toHaveAttribute('aria-invalid');

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
	await shell.run('echo needle-$((1+1))');
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

/** A plain bash with what Settings, Terminal gives out for it. */
async function withMarks(shell: Shell): Promise<void> {
	await shell.type("exec env HISTFILE= PS1='$ ' bash --norc");
	await shell.expectText(/^\$\s*$/m);
	const text = SHELL_MARKS.find(({ shell: name }) => name === 'bash')?.text ?? '';
	const encoded = Buffer.from(text).toString('base64');
	await shell.run(`eval "$(echo ${encoded} | base64 -d)"; clear`);
}

const clipboard = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

test('prompts: how the last command ended, jumps, the last output copied, a mark for each', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await page.keyboard.press('Control+Shift+Y');
	await expect(shell.region.getByText('This shell marks no prompts.')).toBeVisible();

	await withMarks(shell);
	const status = page.getByRole('contentinfo', { name: 'Status' });
	await shell.type('seq 1 200');
	await shell.expectText('200');
	await shell.type("sh -c 'echo bad-$((40+2)); exit 3'");
	await expect(status.getByRole('button', { name: /^Exit 3, [\d.]+ m?s$/ })).toBeVisible();
	const marks = shell.region.getByRole('button', { name: /^Prompt/ });
	await expect(marks.filter({ visible: true })).toHaveCount(2);
	const failed = shell.region.getByRole('button', { name: /^Prompt: exit 3, .*copy output$/ });
	await expect(failed).toBeVisible();
	await expectNoAxeFaults(page);

	await page.keyboard.press('Control+Shift+Y');
	await expect(shell.region.getByText('Copied 1 line')).toBeVisible();
	expect(await clipboard(page)).toBe('bad-42\n');

	// To the failed one, which stays in view, then to the one before, at the top.
	await page.keyboard.press('Control+Shift+Comma');
	await page.keyboard.press('Control+Shift+Comma');
	await shell.expectText(/^\s*\$ seq 1 200/);
	await page.keyboard.press('Control+Shift+Period');
	await shell.expectText('bad-42');

	// By the mark: of any command.
	await page.keyboard.press('Control+Shift+Comma');
	await shell.region
		.getByRole('button', { name: /^Prompt: [\d.]+ m?s, copy output$/ })
		.first()
		.click();
	await expect(shell.region.getByText('Copied 200 lines')).toBeVisible();
	expect((await clipboard(page)).split('\n').slice(0, 2)).toEqual(['1', '2']);

	// A key to the shell brings the end back, and a good end takes the red away.
	await shell.region.locator('canvas').click();
	await shell.type('true');
	await expect(status.getByRole('button', { name: /^Exit 3/ })).toBeHidden();
	await expect(status.getByRole('button', { name: /^[\d.]+ m?s$/ }).last()).toBeVisible();
});

test('prompts: each is still found after a new width, and after a program with a screen of its own', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await withMarks(shell);
	await shell.type(
		'printf "%0300d\\n" 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25'
	);
	await shell.expectText('025');
	await page.setViewportSize({ width: 700, height: 600 });
	await shell.type(
		'until [ $(stty size | cut -d" " -f2) -lt 100 ]; do sleep 0.1; done; echo narrow-$((1+1))'
	);
	await shell.expectText('narrow-2');
	await page.keyboard.press('Control+Shift+Comma');
	await page.keyboard.press('Control+Shift+Comma');
	await shell.expectText(/^\s*\$ printf/);
	await shell.type('seq 1000 | less');
	await shell.expectText(/^2\n3\n/m);
	await expect(shell.region.getByRole('button', { name: /^Prompt/ })).toHaveCount(0);
	const size = page.getByText(/^\d+×\d+$/);
	const before = await size.innerText();
	await page.setViewportSize({ width: 900, height: 560 });
	await expect(size).not.toHaveText(before);
	// A key that comes while it takes its new size is lost to it.
	await expect
		.poll(async () => {
			const rows = Number((await size.innerText()).split('×')[1]);
			return (await shell.log.textContent())?.includes(`\n${String(rows - 1)}\n:`);
		})
		.toBe(true);
	await page.keyboard.press('q');
	await expect(shell.log).not.toContainText(/^2\n3\n/m);
	await page.keyboard.press('Control+Shift+Comma');
	await page.keyboard.press('Control+Shift+Comma');
	await page.keyboard.press('Control+Shift+Comma');
	await shell.expectText(/^\s*\$ printf/);
});

test('text: saved as a file, screen and scrollback cleared, a garbled terminal reset', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	const act = async (name: string) => {
		await page.keyboard.press('Control+Shift+P');
		await page.keyboard.type(name);
		await page.keyboard.press('Enter');
	};
	await shell.run('for i in $(seq 1 3000); do echo "kept $i"; done');
	const downloading = page.waitForEvent('download');
	await act('Save text to a file');
	const download = await downloading;
	expect(download.suggestedFilename()).toMatch(/^[\w.-]+@web-1-\d{8}-\d{6}\.txt$/);
	const saved = await readFile(await download.path(), 'utf8');
	const rows = saved.split('\n').filter((line) => /^kept \d+$/.test(line));
	expect(rows).toHaveLength(3_000);
	expect(rows.at(-1)).toBe('kept 3000');

	await act('Clear screen and scrollback');
	await expect(shell.log).not.toContainText('kept');
	await page.keyboard.press('Control+Shift+F');
	const { field, count } = findIn(shell);
	await field.fill('kept');
	await expect(count).toHaveText('0 of 0');
	await field.press('Escape');

	// Line drawing instead of letters, and colours that stay.
	await shell.type("printf '\\033(0\\033[7mqqq'");
	await shell.expectText('───');
	await act('Reset terminal');
	await shell.run('echo letters-$((40+2))');
	await shell.expectText('letters-42');
});

test('settings: what turns the marks on, for each shell, to be copied', async ({ signIn }) => {
	const page = await signIn('alice');
	await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible();
	await page.keyboard.press('Control+Comma');
	const sections = page.getByRole('navigation', { name: 'Settings' });
	await sections.getByRole('button', { name: 'Terminal' }).click();
	const marks = page.getByRole('region', { name: 'Prompts and commands' });
	for (const { shell, file, text } of SHELL_MARKS) {
		await marks.getByRole('radio', { name: shell }).check();
		await expect(marks).toContainText(file);
		await marks.getByRole('button', { name: 'Copy' }).click();
		await expect(marks.getByRole('button', { name: 'Copied' })).toBeVisible();
		expect(await clipboard(page)).toBe(text);
		await expect(marks.getByRole('button', { name: 'Copy', exact: true })).toBeVisible();
	}
	await expectNoAxeFaults(page);
});
