// A slow way: keys appear before the machine answers, underlined, and never those of a password or of a full-screen
// program.
import { expect, test } from '../fixtures/test';
import { openShell } from './shell';

test.use({ hasServiceWorker: false });

/** What was shown ahead at some moment. */
interface Shown {
	readonly text: string;
	/** Of it what was typed; the rest is pushed along. */
	readonly keys: string;
	readonly isUnderlined: boolean;
	/** The line of the cursor as the machine had shown it until then. */
	readonly line: string;
}

declare global {
	interface Window {
		shownAhead: Shown[];
	}
}

/** Each way; an echo takes twice that. */
const LATENCY_MS = 400;

test('keys on a slow way are shown at once, and a password never is', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	const ahead = shell.region.locator('.headtab-predicted');
	await shell.run("PS1='$ '; clear");
	// All that is ever shown ahead: it is gone before a test could look at it twice.
	await page.evaluate(() => {
		const seen: Shown[] = [];
		window.shownAhead = seen;
		const look = () => {
			for (const box of document.querySelectorAll('.headtab-predicted')) {
				const keys = [...box.querySelectorAll('.key')];
				const log = box.closest('section')?.querySelector('[role=log]')?.textContent ?? '';
				seen.push({
					text: box.textContent.trimEnd(),
					keys: keys.map((key) => key.textContent).join(''),
					isUnderlined: keys.every(
						(key) => getComputedStyle(key).textDecorationLine === 'underline'
					),
					line: log.trimEnd().split('\n').at(-1) ?? ''
				});
			}
		};
		new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
	});
	const shown = () => page.evaluate(() => window.shownAhead);
	const forget = () =>
		page.evaluate(() => {
			window.shownAhead.length = 0;
		});

	stack.appProxy.setFaults({ latencyMs: LATENCY_MS });
	try {
		await expect(page.getByRole('button', { name: /^Latency .*(slow|poor)/ })).toBeVisible({
			timeout: 60_000
		});
		await page.keyboard.type('e');
		await shell.expectText(/^\$ e$/m);
		await page.keyboard.type('cho predicted');
		await expect.poll(shown).toContainEqual({
			text: 'cho predicted',
			keys: 'cho predicted',
			isUnderlined: true,
			line: expect.not.stringContaining('echo predicted')
		});
		// The echo comes, and is what is seen from then on.
		await expect(ahead).toHaveCount(0);
		await shell.expectText(/^\$ echo predicted$/m);
		await page.keyboard.type('xx');
		await page.keyboard.press('Backspace');
		await page.keyboard.press('Backspace');
		await page.keyboard.type('-$((1+1))');
		await page.keyboard.press('Enter');
		await shell.expectText(/^predicted-2$/m);
		await expect(ahead).toHaveCount(0);

		// In the middle of a line, once it has been seen to push along what stands behind.
		await page.keyboard.type('echo ae');
		await shell.expectText(/^\$ echo ae$/m);
		await page.keyboard.press('ArrowLeft');
		for (const [key, line] of [
			['b', /^\$ echo abe$/m],
			['c', /^\$ echo abce$/m]
		] as const) {
			await page.keyboard.type(key);
			await shell.expectText(line);
		}
		await page.keyboard.type('d');
		await expect
			.poll(shown)
			.toContainEqual(expect.objectContaining({ text: 'de', keys: 'd', isUnderlined: true }));
		await page.keyboard.press('Enter');
		await shell.expectText(/^abcde$/m);
		await expect(ahead).toHaveCount(0);

		await shell.run('clear');
		await forget();
		await shell.type("read -rs -p 'Secret: ' secret; echo; echo ${#secret}-long");
		await shell.expectText(/^Secret:$/m);
		await forget();
		await page.keyboard.type('hunter2');
		await page.keyboard.press('Enter');
		await shell.expectText(/^7-long$/m);
		expect(await shown()).toEqual([]);

		await shell.type('vi -u NONE x.txt');
		await shell.expectText(/^~$/m);
		await forget();
		await page.keyboard.type('ivisible to nobody ahead');
		await shell.expectText(/^visible to nobody ahead$/m);
		expect(await shown()).toEqual([]);
		await page.keyboard.press('Escape');
		await page.keyboard.type(':q!');
		await page.keyboard.press('Enter');
		// The screen of before is back. What is typed while vi ends is vi's, so nothing is.
		await shell.expectText(/^\$ vi -u NONE x\.txt$/m);
	} finally {
		stack.appProxy.setFaults({});
	}
});

test('keys are never shown ahead where the person does not want it', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await page.keyboard.press('Control+Comma');
	await page
		.getByRole('navigation', { name: 'Settings' })
		.getByRole('button', { name: 'Terminal', exact: true })
		.click();
	const group = page.getByRole('radiogroup', { name: 'Keys before the machine answers' });
	await group.getByText('Never', { exact: true }).click();
	await page.keyboard.press('Escape');
	await expect(shell.region).toBeVisible();
	stack.appProxy.setFaults({ latencyMs: LATENCY_MS });
	try {
		await expect(page.getByRole('button', { name: /^Latency .*(slow|poor)/ })).toBeVisible({
			timeout: 60_000
		});
		await page.keyboard.type('e');
		await shell.expectText(/\$ e$/m);
		await page.keyboard.type('cho');
		await expect(shell.region.locator('.headtab-predicted')).toHaveCount(0);
		await shell.expectText(/\$ echo$/m);
	} finally {
		stack.appProxy.setFaults({});
	}
});
