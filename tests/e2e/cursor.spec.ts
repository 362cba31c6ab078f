// The cursor's style, the bell, reduced motion and high contrast, as a person chooses them.
import type { Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { Pixels } from './pixels';
import { openShell, type Shell } from './shell';

test.use({ hasServiceWorker: false });

const CURSOR = '#62bbf5';

/** Where the cursor's colour is seen: its box, and how much of it is filled. */
async function cursorOf(page: Page, shell: Shell) {
	const box = await shell.region.boundingBox();
	if (box === null) throw new Error('no pane');
	const clip = { ...box, height: 120 };
	const pixels = await Pixels.of(page, clip);
	let [left, top, right, bottom, count] = [pixels.width, pixels.height, -1, -1, 0];
	// The accent line of a pane among several is not there: one pane.
	for (let y = 0; y < pixels.height; y += 1) {
		for (let x = 0; x < pixels.width; x += 1) {
			if (pixels.at(x, y) !== CURSOR) continue;
			[left, top] = [Math.min(left, x), Math.min(top, y)];
			[right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
			count += 1;
		}
	}
	const [width, height] = [right - left + 1, bottom - top + 1];
	if (count === 0) return 'none';
	if (width >= 6 && height >= 14) return 'block';
	return width < height ? 'bar' : 'underline';
}

async function choose(page: Page, shell: Shell, run: () => Promise<void>): Promise<void> {
	await page.keyboard.press('Control+Comma');
	await expect(page.getByRole('heading', { name: 'Appearance', exact: true })).toBeVisible();
	await run();
	await page.keyboard.press('Escape');
	await expect(shell.region).toBeVisible();
}

test('the cursor is the person’s; a program changes it and gives it back', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	await page.emulateMedia({ colorScheme: 'dark' });
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('clear');
	const cursor = () => cursorOf(page, shell);
	await expect.poll(cursor).toBe('block');
	await choose(page, shell, () => page.getByRole('radio', { name: 'Bar' }).check({ force: true }));
	await expect.poll(cursor).toBe('bar');
	await shell.run("clear; printf '\\033[4 q'");
	await expect.poll(cursor).toBe('underline');
	// What a person chooses waits until the program gives the cursor back.
	await choose(page, shell, () =>
		page.getByRole('radio', { name: 'Block' }).check({ force: true })
	);
	await expect.poll(cursor).toBe('underline');
	await shell.run("clear; printf '\\033[0 q'");
	await expect.poll(cursor).toBe('block');
	await choose(page, shell, () =>
		page.getByRole('radio', { name: 'Underline' }).check({ force: true })
	);
	await expect.poll(cursor).toBe('underline');
	// A full reset leaves the person's own, too, and so does a new tab.
	await shell.run("printf '\\033[2 q\\033c'");
	await expect.poll(cursor).toBe('underline');
	const second = await openShell(page, `${stack.login}@web-1`, 1);
	await second.run('clear');
	await expect.poll(() => cursorOf(page, second)).toBe('underline');
});

test('the cursor blinks, and rests where the system asks for reduced motion', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'no-preference' });
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run("clear; printf '\\033[0 q'");
	const seen = new Set<string>();
	const bothSeen = async () => {
		seen.add(await cursorOf(page, shell));
		return seen.size;
	};
	await expect.poll(bothSeen, { intervals: [100] }).toBe(2);
	expect(seen).toEqual(new Set(['block', 'none']));

	await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
	// Even where a program asks for it.
	await shell.run("clear; printf '\\033[1 q'");
	await expect.poll(() => cursorOf(page, shell)).toBe('block');
	const isSteady = await page.evaluate(
		() => matchMedia('(prefers-reduced-motion: reduce)').matches
	);
	expect(isSteady).toBe(true);
	for (let look = 0; look < 12; look += 1) expect(await cursorOf(page, shell)).toBe('block');
});

test('the bell is seen, heard or neither, as chosen', async ({ signIn, stack }) => {
	const page = await signIn('alice', {
		before: (blank) =>
			blank.addInitScript(() => {
				const heard = { tones: 0 };
				Object.assign(window, { heardByTest: heard });
				const { prototype } = AudioScheduledSourceNode;
				const start: unknown = Object.getOwnPropertyDescriptor(prototype, 'start')?.value;
				if (typeof start !== 'function') throw new Error('no sound');
				prototype.start = function (...args) {
					heard.tones += 1;
					Reflect.apply(start, this, args);
				};
			})
	});
	const shell = await openShell(page, `${stack.login}@web-1`);
	const tones = () =>
		page.evaluate(
			() => (window as unknown as { heardByTest: { tones: number } }).heardByTest.tones
		);
	/** Counts flashes from now on. */
	const watch = () =>
		page.evaluate(() => {
			const flashes = { count: 0 };
			Object.assign(window, { flashesOfTest: flashes });
			new MutationObserver((changes) => {
				for (const { addedNodes } of changes)
					for (const node of addedNodes)
						if (node instanceof Element && node.matches('[data-bell]')) flashes.count += 1;
			}).observe(document.body, { subtree: true, childList: true });
		});
	const flashes = () =>
		page.evaluate(
			() => (window as unknown as { flashesOfTest: { count: number } }).flashesOfTest.count
		);
	const bell = async (name: string) => {
		await page.keyboard.press('Control+Comma');
		await page.getByRole('button', { name: 'Terminal', exact: true }).click();
		const choice = page.getByRole('radiogroup', { name: 'Bell' });
		await choice.getByRole('radio', { name, exact: true }).check({ force: true });
		await page.keyboard.press('Escape');
		await expect(shell.region).toBeVisible();
	};
	await watch();
	await shell.run("printf '\\007'");
	await expect.poll(flashes).toBe(1);
	await expect(shell.region.locator('[data-bell]')).toHaveCount(0);
	expect(await tones()).toBe(0);

	await bell('Sound');
	await shell.run("printf '\\007'");
	await expect.poll(tones).toBe(1);
	expect(await flashes()).toBe(1);

	await bell('Off');
	await shell.run("printf '\\007'");
	expect(await tones()).toBe(1);
	expect(await flashes()).toBe(1);
});

for (const how of ['the setting', 'the system'] as const) {
	test(`high contrast by ${how}: terminal colours reach 7 : 1`, async ({ signIn, stack }) => {
		const page = await signIn('alice');
		await page.emulateMedia({
			colorScheme: 'dark',
			contrast: how === 'the system' ? 'more' : 'no-preference'
		});
		const shell = await openShell(page, `${stack.login}@web-1`);
		if (how === 'the setting')
			await choose(page, shell, async () => {
				await page.getByRole('radio', { name: 'High', exact: true }).check({ force: true });
				await expectNoAxeFaults(page);
			});
		const contrasts = await page.evaluate(() => {
			const region = document.querySelector('[data-terminal]');
			if (region === null) throw new Error('no terminal');
			const probe = document.createElement('span');
			region.append(probe);
			const light = (token: string) => {
				probe.style.color = `var(--term-${token})`;
				const parts = (getComputedStyle(probe).color.match(/\d+/g) ?? []).map(Number);
				const [r = 0, g = 0, b = 0] = parts.map((part) => {
					const share = part / 255;
					return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
				});
				return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
			};
			const background = light('bg');
			const found = ['fg', ...Array.from({ length: 15 }, (_, at) => String(at + 1))].map((token) =>
				Math.max(light(token) / background, background / light(token))
			);
			probe.remove();
			return found;
		});
		for (const found of contrasts) expect(found).toBeGreaterThanOrEqual(7);
		await expect(page.locator('html')).toHaveAttribute('data-contrast', 'more');
		await expectNoAxeFaults(page);
	});
}
