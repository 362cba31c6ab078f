// What programs ask of the window: to copy (OSC 52), to say something (OSC 9, OSC 777), to link (OSC 8). The
// person decides, and sees what it is.
import type { Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { Notifications } from './notifications';
import { openShell, type Shell, tabsOf, waitForFile } from './shell';

/** Prints one operating system command. */
const osc = (text: string) => String.raw`printf '\e]` + text + String.raw`\a'`;
const copying = (text: string) => osc(`52;c;${Buffer.from(text).toString('base64')}`);
const onClipboard = (page: Page) => () => page.evaluate(() => navigator.clipboard.readText());

async function chooseSetting(page: Page, section: string, group: string, choice: string) {
	await page.keyboard.press('Control+Comma');
	await page
		.getByRole('navigation', { name: 'Settings' })
		.getByRole('button', { name: section, exact: true })
		.click();
	await page.getByRole('radiogroup', { name: group }).getByText(choice, { exact: true }).click();
}

async function backTo(shell: Shell) {
	await tabsOf(shell.page).first().click();
	await expect(shell.region).toBeVisible();
}

test('a program copies once the person lets its machine, and is refused when they do not', async ({
	signIn,
	stack,
	context
}) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	const asked = shell.region.getByRole('alert');
	await page.evaluate(() => navigator.clipboard.writeText('mine'));

	await shell.run(copying('<b>first</b>'));
	await expect(asked).toContainText('A program on web-1 wants to copy 12 characters.');
	await expect(asked).toContainText('<b>first</b>');
	expect(await onClipboard(page)()).toBe('mine');
	await expectNoAxeFaults(page);
	// It has taken no key from the shell; F6 leads to it.
	await shell.run('echo typed-on');
	await page.keyboard.press('F6');
	await expect(asked.getByRole('button', { name: 'Copy once' })).toBeFocused();
	await page.keyboard.press('Enter');
	await expect.poll(onClipboard(page)).toBe('<b>first</b>');
	await expect(shell.region.getByText('A program on web-1 copied 12 characters.')).toBeVisible();

	// The keyboard is the shell's again.
	await shell.run(copying('second'));
	await asked.getByRole('button', { name: 'Always' }).click();
	await expect.poll(onClipboard(page)).toBe('second');
	await shell.run(copying('third'));
	await expect.poll(onClipboard(page)).toBe('third');
	await expect(asked).toBeHidden();

	// An answer can be taken back, and be no.
	await page.keyboard.press('Control+Comma');
	await page
		.getByRole('navigation', { name: 'Settings' })
		.getByRole('button', { name: 'Terminal', exact: true })
		.click();
	await expect(page.getByText('may always copy')).toBeVisible();
	await expectNoAxeFaults(page);
	await page.getByRole('button', { name: 'Ask again for web-1' }).click();
	await expect(page.getByText('may always copy')).toBeHidden();
	// The keyboard has not got lost with the button.
	await page.keyboard.press('Escape');
	await expect(shell.region).toBeVisible();
	await shell.run(copying('fourth'));
	await asked.getByRole('button', { name: 'Never' }).click();
	await shell.run(copying('fifth'));
	await expect(shell.region.getByText('Refused to a program on web-1.')).toBeVisible();
	await shell.region.getByRole('button', { name: 'Ask again next time' }).click();
	await shell.run(copying('sixth'));
	await expect(asked).toContainText('sixth');
	await asked.getByRole('button', { name: 'Dismiss' }).click();
	expect(await onClipboard(page)()).toBe('third');

	// What is on the clipboard is told to nobody, and that somebody asked is said.
	await shell.run(`clear; ${osc('52;c;?')}`);
	await expect(shell.region.getByText('which no program is told')).toBeVisible();
	await shell.run('echo end');
	expect(await shell.text()).not.toContain('dGhpcmQ');
});

test('no program copies where the settings say never', async ({ signIn, stack, context }) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await page.evaluate(() => navigator.clipboard.writeText('mine'));
	await chooseSetting(page, 'Terminal', 'Programs may copy to the clipboard', 'Never');
	await backTo(shell);
	await shell.run(copying('theirs'));
	await expect(shell.region.getByText('Programs may not copy to the clipboard')).toBeVisible();
	expect(await onClipboard(page)()).toBe('mine');
});

test('a note of a program rings; its words are shown as plain text, and notified, by choice only', async ({
	signIn,
	stack,
	context
}) => {
	await context.grantPermissions(['notifications']);
	const page = await signIn('alice');
	const name = `${stack.login}@web-1`;
	const shell = await openShell(page, name);
	const notifications = await Notifications.of(page);
	await page.keyboard.press('Control+Comma');
	await page.getByRole('button', { name: 'Notifications', exact: true }).click();
	await page.getByRole('switch', { name: /^Notify/ }).click();
	await backTo(shell);

	/** Sends the note from a tab that is not in view. */
	const sendUnseen = async (note: string, step: number) => {
		const go = `/tmp/headtab-note-${String(Date.now())}-${String(step)}`;
		await tabsOf(page).first().click();
		await shell.type(`${waitForFile(go)}; ${note}`);
		await tabsOf(page).nth(1).click();
		await other.run(`touch ${go}`);
	};
	const other = await openShell(page, `${stack.login}@db-1`);
	const words = shell.region.getByRole('status').filter({ hasText: 'A program on web-1 says' });
	await sendUnseen(osc('9;secret words'), 1);
	await notifications.expectNext({ title: name, body: 'A program sent a note.' });
	await expect(tabsOf(page).first()).toHaveAttribute('aria-description', /bell/i);
	await tabsOf(page).first().click();
	await expect(words).toHaveCount(0);

	const group = 'A note that a program sends';
	await chooseSetting(page, 'Notifications', group, 'Show');
	await expectNoAxeFaults(page);
	await backTo(shell);
	await sendUnseen(osc('777;notify;<i>Build</i>;done <img src=x>'), 2);
	await notifications.expectNext({ title: name, body: 'A program sent a note.' });
	await tabsOf(page).first().click();
	await expect(words).toContainText('<i>Build</i>');
	await expect(words).toContainText('done <img src=x>');
	await words.getByRole('button', { name: 'Dismiss the note' }).click();
	await expect(words).toBeHidden();

	await chooseSetting(page, 'Notifications', group, 'Notify');
	await backTo(shell);
	await sendUnseen(osc('777;notify;Build;done'), 3);
	await notifications.expectNext({ title: name, body: 'Build: done' });

	await chooseSetting(page, 'Notifications', group, 'Nothing');
	await tabsOf(page).first().click();
	await notifications.expectNone();
	await sendUnseen(`${osc('9;quiet')}; printf '\\a'`, 4);
	// The bell after it is what is told.
	await notifications.expectNext({ title: name, body: 'The bell rang.' });
});

test('a link says where it really leads before it opens, and leads nowhere else', async ({
	signIn,
	stack,
	context
}) => {
	await context.route('https://real.example/**', (route) => route.fulfill({ body: 'there' }));
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	const linked = (target: string) =>
		String.raw`clear; printf '\e]8;;` +
		target +
		String.raw`\e\\https://bank.example/login\e]8;;\e\\\n'`;
	const click = () =>
		shell.region.locator('canvas').click({ position: { x: 60, y: 8 }, modifiers: ['Control'] });
	await shell.run(linked('https://real.example/path?x=1'));
	const target = shell.region.locator('[data-link-target]');
	const hover = (x: number) => shell.region.locator('canvas').hover({ position: { x, y: 8 } });
	await hover(60);
	await expect(target).toContainText('https://real.example/path?x=1');
	await expect(target).not.toContainText('bank.example');
	await hover(500);
	await expect(target).toBeHidden();
	await click();
	const dialog = page.getByRole('dialog', { name: 'Open this link?' });
	await expect(dialog).toContainText('https://real.example/path?x=1');
	await expect(dialog).not.toContainText('bank.example');
	await page.keyboard.press('Escape');
	await expect(dialog).toBeHidden();
	await click();
	const opened = context.waitForEvent('page');
	await dialog.getByRole('button', { name: 'Open link' }).click();
	expect((await opened).url()).toBe('https://real.example/path?x=1');
	await (await opened).close();

	// A target that is no safe address is no link: what is read is then what opens.
	await shell.run(linked('javascript:alert(1)'));
	await hover(60);
	await expect(target).toContainText('https://bank.example/login');
	// Another text under a pointer that rests is another target, or none.
	await page.keyboard.type('clear');
	await page.keyboard.press('Enter');
	await expect(target).toBeHidden();
	await shell.run(linked('javascript:alert(1)'));
	await click();
	await expect(dialog).toContainText('https://bank.example/login');
});
