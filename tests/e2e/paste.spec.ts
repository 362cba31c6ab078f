// Pasting: what is asked and for how long, how far a long one is, and how it is broken off.
import { createHash } from 'node:crypto';
import type { Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { PASTE_10_MB_MS } from '../fixtures/waits';
import { openShell, type Shell } from './shell';

test.use({ hasServiceWorker: false });

/** What the script below keeps on the window. */
declare global {
	interface Window {
		/** Longest task of the page since it was asked for, in ms. */
		takeWorstTaskMs?: () => number;
	}
}

const LINE =
	'a line of a hundred characters and a number in front of it, so that ttys take it as a whole line';
const text = (lines: number): string =>
	Array.from({ length: lines }, (_, at) => `${String(at).padStart(6, '0')} ${LINE}\n`).join('');

async function copy(page: Page, value: string): Promise<void> {
	await page.evaluate((copied) => navigator.clipboard.writeText(copied), value);
}

/** A program that keeps all lines and tells their hash at the end. */
async function startKeeping(shell: Shell): Promise<void> {
	await shell.run("bind 'set enable-bracketed-paste off'; stty -echo");
	await shell.type(
		'echo reads""now; cat > /tmp/kept-$$; sha256sum < /tmp/kept-$$; rm /tmp/kept-$$'
	);
	await shell.expectText('readsnow');
}

test.describe('a paste', () => {
	test.beforeEach(async ({ context }) => {
		await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	});

	test('of 10 MB arrives whole, shows how far it is, and never holds the page up', async ({
		signIn,
		stack
	}) => {
		test.setTimeout(2 * PASTE_10_MB_MS);
		const page = await signIn('alice');
		const shell = await openShell(page, `${stack.login}@web-1`);
		const pasted = text(100_000);
		expect(pasted.length).toBeGreaterThan(10_000_000);
		await startKeeping(shell);
		await copy(page, pasted);
		await page.evaluate(() => {
			let worstMs = 0;
			const note = (entries: readonly PerformanceEntry[]) => {
				for (const { duration } of entries) worstMs = Math.max(worstMs, duration);
			};
			const observer = new PerformanceObserver((list) => {
				note(list.getEntries());
			});
			observer.observe({ type: 'longtask' });
			window.takeWorstTaskMs = () => {
				note(observer.takeRecords());
				const taken = worstMs;
				worstMs = 0;
				return taken;
			};
		});
		const worstTaskMs = () => page.evaluate(() => window.takeWorstTaskMs?.() ?? NaN);
		await page.keyboard.press('Control+Shift+V');
		const guard = page.getByRole('dialog');
		await expect(guard).toContainText('100000 lines');
		await guard.getByRole('button', { name: /^Paste/ }).click();
		const progress = shell.region.getByRole('progressbar', { name: 'Paste' });
		await expect(progress).toHaveAttribute('aria-valuetext', /^\d.* of 10\.\d MB$/);
		const firstMs = await worstTaskMs();
		await expectNoAxeFaults(page);
		// What axe did in the page.
		await worstTaskMs();
		await expect(progress).toBeHidden({ timeout: PASTE_10_MB_MS });
		const worstMs = Math.max(firstMs, await worstTaskMs());
		test.info().annotations.push({ type: 'worst task', description: `${String(worstMs)} ms` });
		// A page that stands still while it cleans 10 MB at once does so for seconds.
		expect(worstMs).toBeLessThan(1_000);
		await page.keyboard.press('Control+D');
		await shell.expectText(createHash('sha256').update(pasted).digest('hex'), PASTE_10_MB_MS);
	});

	test('is broken off by Cancel, by Ctrl+C, and the shell goes on', async ({ signIn, stack }) => {
		const page = await signIn('alice');
		const shell = await openShell(page, `${stack.login}@web-1`);
		const progress = shell.region.getByRole('progressbar', { name: 'Paste' });
		const pasted = text(100_000);
		await copy(page, pasted);
		for (const way of ['button', 'key'] as const) {
			await startKeeping(shell);
			await page.keyboard.press('Control+Shift+V');
			await page
				.getByRole('dialog')
				.getByRole('button', { name: /^Paste/ })
				.click();
			await expect(progress).toBeVisible();
			if (way === 'button') {
				await shell.region.getByRole('button', { name: /^Cancel/ }).click();
				await expect(progress).toBeHidden();
				await expect(shell.region.locator(':focus')).toHaveAttribute('aria-label', /^Input of/);
			}
			// The key ends what reads, too.
			await page.keyboard.press('Control+C');
			await expect(progress).toBeHidden();
			// Typed at once, before the prompt: a tty that has not read Ctrl+C yet would forget it.
			await shell.run(`stty echo; clear; echo size=$(stat -c %s /tmp/kept-$$); rm /tmp/kept-$$`);
			await shell.expectText(/size=\d+/);
			const keptBytes = Number(/size=(\d+)/.exec(await shell.text())?.[1]);
			expect(keptBytes).toBeLessThan(pasted.length);
		}
	});

	test('is not asked about again once that was said, by reason, and always with control bytes', async ({
		signIn,
		stack
	}) => {
		const page = await signIn('alice');
		const shell = await openShell(page, `${stack.login}@web-1`);
		await shell.run("bind 'set enable-bracketed-paste off'; PS1='ready> '");
		const guard = page.getByRole('dialog');
		await copy(page, 'echo one-of-two\necho two-of-""two\n');
		await page.keyboard.press('Control+Shift+V');
		await expect(guard).toContainText('Paste 2 lines into');
		await guard
			.getByRole('checkbox', { name: /^Don’t ask again before a paste of several/ })
			.check();
		await expectNoAxeFaults(page);
		await guard.getByRole('button', { name: 'Cancel' }).click();
		await expect(guard).toBeHidden();

		// It was no yes: it asks again.
		await page.keyboard.press('Control+Shift+V');
		await guard.getByRole('checkbox').check();
		await guard.getByRole('button', { name: /^Paste/ }).click();
		await shell.expectText(/^two-of-two$/m);

		await copy(page, 'echo three-of-four\necho four-of-""four\n');
		await page.keyboard.press('Control+Shift+V');
		await shell.expectText(/^four-of-four$/m);

		await copy(page, 'echo five\u001b[201~\necho six\n');
		await page.keyboard.press('Control+Shift+V');
		await expect(guard).toContainText('control bytes');
		await expect(guard.getByRole('checkbox')).toBeHidden();
		await guard.getByRole('button', { name: 'Cancel' }).click();

		await page.keyboard.press('Control+Comma');
		await page.getByRole('button', { name: 'Terminal', exact: true }).click();
		const asked = page.getByRole('switch', { name: 'Ask before a paste of several lines' });
		await expect(asked).toHaveAttribute('aria-checked', 'false');
		await asked.click();
		await page.keyboard.press('Escape');
		await copy(page, 'echo seven\necho eight\n');
		await expect(shell.region.locator(':focus')).toBeAttached();
		await page.keyboard.press('Control+Shift+V');
		await expect(guard).toContainText('Paste 2 lines into');
	});
});
