// The keys that browsers keep for themselves, pressed at a real keyboard: synthetic ones never meet the
// browser's own shortcuts. An ordinary tab loses them (its way round is the menu's: pointer.spec.ts).
import { expect, test } from '../fixtures/installed';
import { INSTALLED_TEST_MS } from '../fixtures/waits';
import { openShell } from './shell';

test.describe.configure({ timeout: INSTALLED_TEST_MS });
test.use({ isHeaded: true });

test('in the installed window Ctrl+W, Ctrl+T and Ctrl+N reach the shell, in a tab of a browser the browser', async ({
	signIn,
	stack,
	context,
	display,
	install
}) => {
	const tab = await signIn('alice');
	await tab.bringToFront();
	// These keys do meet the browser.
	const opened = context.waitForEvent('page');
	await display.press('ctrl+t');
	await (await opened).close();
	const { page } = await install(tab, '/?screenreader=1');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('export -n PS1; stty -echo');
	await shell.type(`clear; stty raw -echo; printf 'rea''dy\\r\\n'; cat -vt`);
	await shell.expectText('ready');
	await page.bringToFront();
	const shown = async () => (await shell.text()).split('ready').at(-1)?.trim();
	for (const [keys, all] of [
		['a', 'a'],
		['ctrl+w', 'a^W'],
		['ctrl+t', 'a^W^T'],
		['ctrl+n', 'a^W^T^N'],
		['b', 'a^W^T^Nb']
	] as const) {
		await display.press(keys);
		await expect.poll(shown).toBe(all);
	}
	expect(context.pages()).toEqual([page]);
});
