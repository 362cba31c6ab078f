// How terminals look: themes for each scheme, their frame, files of other terminals.
import { readFileSync } from 'node:fs';
import type { Locator, Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { Pixels } from './pixels';
import { openShell } from './shell';

test.use({ hasServiceWorker: false });

const DRACULA = { background: '#282a36', green: '#50fa7b' };
const LATTE = { background: '#eff1f5' };

async function openAppearance(page: Page): Promise<void> {
	await expect(page.getByRole('button', { name: 'New tab' })).toBeVisible();
	await page.keyboard.press('Control+Comma');
	await expect(page.getByRole('heading', { name: 'Appearance', exact: true })).toBeVisible();
}
const card = (page: Page, name: string) => page.getByRole('radio', { name, exact: true });

async function boxOf(locator: Locator) {
	const box = await locator.boundingBox();
	if (box === null) throw new Error('it has no box');
	return box;
}

/** The colour that most of an element's middle shows: a million pixels of all of it take seconds to count. */
async function mostly(page: Page, locator: Locator): Promise<string> {
	const box = await boxOf(locator);
	const [width, height] = [Math.min(box.width, 320), Math.min(box.height, 200)];
	const x = box.x + (box.width - width) / 2;
	const y = box.y + (box.height - height) / 2;
	const pixels = await Pixels.of(page, { x, y, width, height });
	return [...pixels.colors()].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}

/** What CSS makes of `color-mix(in oklab, COLOR, black SHARE)`. */
const mixed = (page: Page, color: string, share: string) =>
	page.evaluate(
		([from, black]) => {
			const context = new OffscreenCanvas(1, 1).getContext('2d');
			if (context === null) throw new Error('no 2d context');
			context.fillStyle = `color-mix(in oklab, ${from}, black ${black})`;
			context.fillRect(0, 0, 1, 1);
			const { data } = context.getImageData(0, 0, 1, 1);
			return `#${[...data.slice(0, 3)].map((part) => part.toString(16).padStart(2, '0')).join('')}`;
		},
		[color, share] as const
	);

test('a theme for each scheme: seen in a real terminal, the frame follows, and it outlives a reload', async ({
	signIn,
	stack
}, info) => {
	const page = await signIn('alice');
	const keep = (name: string) => page.screenshot({ path: info.outputPath(`${name}.png`) });
	await page.emulateMedia({ colorScheme: 'dark' });
	const shell = await openShell(page, `${stack.login}@web-1`);
	await openAppearance(page);
	const preview = page.getByRole('complementary', { name: 'Preview' });
	await expect(preview).toContainText('Headtab Dark. All colours reach 4.5 : 1.');
	await card(page, 'Dracula').check({ force: true });
	await expect(preview).toContainText(/Dracula\. (\d+ of 16|All) colours .* 4\.5 : 1/);
	const picture = page.getByRole('img', { name: 'A terminal in Dracula' });
	await expect.poll(() => mostly(page, picture)).toBe(DRACULA.background);
	await expect
		.poll(async () => (await Pixels.of(page, await boxOf(picture))).colors().has(DRACULA.green))
		.toBe(true);
	// The page keeps its own frame: no terminal is in front.
	const bar = page.getByRole('banner');
	expect(await mostly(page, bar)).toBe('#0b0d10');

	await page.getByRole('radio', { name: 'In light' }).check({ force: true });
	await card(page, 'Catppuccin Latte').check({ force: true });
	await expect
		.poll(() => mostly(page, page.getByRole('img', { name: 'A terminal in Catppuccin Latte' })))
		.toBe(LATTE.background);
	await expectNoAxeFaults(page);
	await keep('settings-light-theme');

	await page.keyboard.press('Escape');
	await expect(shell.region).toBeVisible();
	const seen = { timeout: 15_000 };
	await expect.poll(() => mostly(page, shell.region), seen).toBe(DRACULA.background);
	expect(await mostly(page, bar)).toBe(await mixed(page, DRACULA.background, '26%'));
	await expect(shell.region).toHaveCSS('color-scheme', 'dark');
	const frames = page.locator('meta[name="theme-color"]').first();
	await expect(frames).toHaveAttribute('content', await mixed(page, DRACULA.background, '26%'));
	await expectNoAxeFaults(page);
	await keep('terminal-dracula');

	// The system turns light: the other theme, without a reload.
	await page.emulateMedia({ colorScheme: 'light' });
	await expect.poll(() => mostly(page, shell.region), seen).toBe(LATTE.background);
	expect(await mostly(page, bar)).toBe(await mixed(page, LATTE.background, '9%'));
	await expectNoAxeFaults(page);

	await keep('terminal-latte');

	// A dark theme in a light page: bars and notes over it are dark as well.
	await openAppearance(page);
	await card(page, 'Dracula').check({ force: true });
	await page.keyboard.press('Escape');
	await expect.poll(() => mostly(page, shell.region), seen).toBe(DRACULA.background);
	await expect(shell.region).toHaveCSS('color-scheme', 'dark');
	await expectNoAxeFaults(page);

	await keep('terminal-dracula-in-light');

	await page.reload();
	await openAppearance(page);
	await expect(card(page, 'Dracula')).toBeChecked();
	await keep('settings-light');
	await page.setViewportSize({ width: 390, height: 844 });
	await expect(preview).toBeVisible();
	await keep('settings-phone');
	await preview.scrollIntoViewIfNeeded();
	await keep('settings-phone-preview');
	const widest = await page.evaluate(() => document.documentElement.scrollWidth);
	expect(widest).toBe(390);
});

test('the contrast of a theme is raised when a person asks', async ({ signIn }) => {
	const page = await signIn('alice');
	await page.emulateMedia({ colorScheme: 'dark' });
	await openAppearance(page);
	const preview = page.getByRole('complementary', { name: 'Preview' });
	await card(page, 'Nord').check({ force: true });
	await expect(preview).toContainText('under 4.5 : 1');
	await page.getByRole('switch', { name: 'Raise the contrast of themes' }).click();
	await expect(preview).toContainText('Nord. All colours reach 4.5 : 1.');
});

test('[theme-file-invalid] a theme file is refused by its lines, looked at, imported, exported and removed', async ({
	signIn
}) => {
	const page = await signIn('alice');
	await page.emulateMedia({ colorScheme: 'dark' });
	await openAppearance(page);
	const input = page.getByLabel('Theme file');
	const give = (name: string, text: string) =>
		input.setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
	const palette = Array.from({ length: 16 }, (_, at) => `palette = ${String(at)}=#c0c0c0`);
	const good = ['background = #102030', 'foreground = #f0f0f0', ...palette].join('\n');

	await give('Deep.conf', good.replace('#f0f0f0', 'white').replace('palette = 5', 'pallet = 5'));
	const refusal = page.getByRole('alert');
	await expect(refusal).toHaveAttribute('data-code', 'theme-file-invalid');
	await expect(refusal).toContainText('Deep.conf cannot be read as a terminal theme.');
	await expect(refusal).toContainText('Line 2');
	await expect(refusal).toContainText('“white” is no colour like #1a2b3c');
	await expect(refusal).toContainText('Line 8');
	await expectNoAxeFaults(page);

	await give('Deep.conf', good);
	await expect(refusal).toBeHidden();
	const picture = page.getByRole('img', { name: 'A terminal in Deep' });
	await expect.poll(() => mostly(page, picture)).toBe('#102030');
	await page.getByRole('button', { name: 'Cancel' }).click();
	await expect(page.getByRole('img', { name: 'A terminal in Headtab Dark' })).toBeVisible();
	await expect(card(page, 'Deep')).toHaveCount(0);

	await give('Deep.conf', good);
	await page.getByRole('button', { name: 'Import', exact: true }).click();
	await expect(card(page, 'Deep')).toBeChecked();
	await expectNoAxeFaults(page);

	await page.getByRole('button', { name: 'Export and import' }).click();
	const saved = page.waitForEvent('download');
	await page.getByRole('button', { name: 'Save as a file' }).click();
	const text = readFileSync(await (await saved).path(), 'utf8');
	expect(JSON.parse(text)).toMatchObject({
		settings: { themeDark: { name: 'Deep' }, themes: [{ name: 'Deep', background: '#102030' }] }
	});

	await page.getByRole('button', { name: 'Appearance' }).click();
	await page.getByRole('button', { name: 'Remove Deep' }).click();
	await expect(card(page, 'Deep')).toHaveCount(0);
	await expect(card(page, 'Headtab Dark')).toBeChecked();
});
