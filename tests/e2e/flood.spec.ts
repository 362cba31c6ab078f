// A flood of output: Ctrl-C ends it, the prompt comes, and the terminal goes on as before.
import { expect, test } from '../fixtures/test';
import { openShell } from './shell';

test.use({ hasServiceWorker: false });

test('H8 H10 Ctrl-C under a flood gives the prompt back, several times over', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run("PS1='READY> '");
	for (let round = 0; round < 4; round += 1) {
		const before = await shell.receivedBytes();
		await shell.type('yes');
		await expect
			.poll(() => shell.receivedBytes(), { timeout: 30_000 })
			.toBeGreaterThan(before + 3_000_000);
		await page.keyboard.press('Control+C');
		await expect
			.poll(async () => (await shell.text()).trimEnd().split('\n').at(-1)?.trim())
			.toBe('READY>');
		await shell.run(`echo round-${String(round)}`);
	}
});
