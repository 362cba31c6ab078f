// A terminal for who does not see it: what is new is spoken once, the screen is there as text, the cursor's line
// comes on demand, and everything has a name.
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { openShell, tabsOf } from './shell';

test.use({ hasServiceWorker: false });

test('new output is spoken, without what was typed, and never more than can be listened to', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const name = `${stack.login}@web-1`;
	const shell = await openShell(page, name);
	const spoken = shell.region.locator('[aria-live="polite"][data-new-output]');
	const lines = spoken.locator('p');
	await shell.run("PS1='$ '");
	await shell.type('printf "one-%s\\n" $((40+2)); echo second-line');
	await expect(lines.filter({ hasText: 'one-42' })).toHaveCount(1);
	await expect(lines.filter({ hasText: /^second-line$/ })).toHaveCount(1);
	await expect(spoken).not.toContainText('printf');
	// Its own text is read at will and is not spoken anew with each change.
	await expect(shell.log).toHaveAttribute('aria-live', 'off');
	await expect(shell.log).toContainText('printf');

	await shell.type('seq 20000; echo the-end-$((1+1))');
	await expect(lines.filter({ hasText: 'the-end-2' })).toHaveCount(1);
	await expect(lines.filter({ hasText: 'Some lines were passed over.' })).not.toHaveCount(0);
	expect(await lines.count()).toBeLessThanOrEqual(24);

	await expect(tabsOf(page).first()).toHaveAccessibleName(name);
	await expect(page.getByRole('textbox', { name: `Input of ${name}` })).toBeFocused();
	await expectNoAxeFaults(page);
});

test('the line that the cursor is on is read on demand, also without a text view', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice', { hasScreenReaderSupport: false });
	const shell = await openShell(page, `${stack.login}@web-1`);
	const said = shell.region.locator('[aria-live="assertive"][data-read-out]');
	await page.keyboard.type("PS1='> '; clear");
	await page.keyboard.press('Enter');
	await expect(async () => {
		await page.keyboard.press('Control+Shift+L');
		expect((await said.innerText()).trim()).toBe('Row 1, column 3: >');
	}).toPass();
	await page.keyboard.type('half a word');
	await expect(async () => {
		await page.keyboard.press('Control+Shift+L');
		expect((await said.innerText()).trim()).toBe('Row 1, column 14: > half a word');
	}).toPass();
	// Asked for again it is told again.
	const first = await said.evaluate((element) => element.textContent);
	await page.keyboard.press('Control+Shift+L');
	await expect.poll(() => said.evaluate((element) => element.textContent)).not.toBe(first);
});
