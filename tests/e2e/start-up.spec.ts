// What a machine's shells begin with: command, folder and environment from the connect dialog, remembered with
// the machine, shown before a link runs it; and a tab duplicated in its folder.
import type { Page } from '@playwright/test';
import { expectNoAxeFaults } from '../fixtures/axe';
import { expect, test } from '../fixtures/test';
import { withOtherSite } from '../fixtures/other-site';
import { JOIN_MS } from '../fixtures/waits';
import { connect, openShell, Shell } from './shell';

test.use({ hasServiceWorker: false });

/** The dialog of a machine, with the user typed. */
async function ask(page: Page, node: string, user: string) {
	const search = page.getByRole('combobox', { name: 'Search machines' });
	const newTab = page.getByRole('button', { name: 'New tab' });
	await expect(newTab).toBeVisible();
	if (!(await search.isVisible())) await newTab.click();
	await expect(page.getByRole('list', { name: 'Machines' })).toContainText(node, {
		timeout: JOIN_MS
	});
	await search.fill(node);
	await search.press('Control+Enter');
	const dialog = page.getByRole('dialog', { name: `Connect to ${node}` });
	await dialog.getByRole('textbox', { name: 'User' }).fill(user);
	return {
		dialog,
		fold: dialog.getByRole('button', { name: /^Start-up/ }),
		command: dialog.getByRole('textbox', { name: 'Command' }),
		folder: dialog.getByRole('textbox', { name: 'Folder' }),
		environment: dialog.getByRole('textbox', { name: 'Environment' })
	};
}

test('command, folder and environment begin each shell, and are shown before a link runs them', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const node = 'web-1';
	const user = stack.login;
	const first = await ask(page, node, user);
	await expect(first.command).toBeHidden();
	await first.fold.click();
	await first.command.fill('echo "begun-$((40+2)) in $PWD with $GIVEN"; exec bash --norc');
	await first.folder.fill('/usr/share');
	await first.environment.fill('GIVEN');
	await first.environment.press('Enter');
	await expect(first.dialog.getByRole('alert')).toContainText('NAME=value');
	await expectNoAxeFaults(page);
	await first.environment.fill('GIVEN=me');
	await first.environment.press('Enter');
	const shell = await Shell.opened(page, `${user}@${node}`);
	await shell.expectText('begun-42 in /usr/share with me');

	// By the remembered user as well, after a reload.
	await page.reload();
	await connect(page, `${user}@${node}`);
	const again = await Shell.opened(page, `${user}@${node}`);
	await again.expectText('begun-42 in /usr/share with me');

	// A link of another site asks first, and shows what would run.
	const target = `${stack.appUrl}/connect/${node}?user=${user}&screenreader=1`;
	await withOtherSite(`<a href="${target}">link</a>`, async (site) => {
		await page.goto(site);
		await page.getByRole('link').click();
		const dialog = page.getByRole('dialog');
		await expect(dialog).toContainText('A link asked for this');
		await expect(dialog.getByRole('textbox', { name: 'Command' })).toHaveValue(/^echo "begun/);
		await dialog.getByRole('button', { name: 'Cancel' }).click();
	});

	// Taken back, it is a plain login shell again.
	const last = await ask(page, node, user);
	await last.fold.click();
	for (const field of [last.command, last.folder, last.environment]) await field.fill('');
	await last.dialog.getByRole('button', { name: 'Connect', exact: true }).click();
	const plain = await Shell.opened(page, `${user}@${node}`);
	await plain.run('echo "plain-$((1+1)) $GIVEN."');
	await plain.expectText('plain-2 .');
});

test('a tab is duplicated in the folder that its shell tells', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	const name = `${stack.login}@web-1`;
	const shell = await openShell(page, name);
	await shell.run("cd /usr/share; printf '\\033]7;file://web-1/usr/share\\007'");
	await page.keyboard.press('Control+Shift+P');
	await page.keyboard.type('Duplicate tab here');
	await page.keyboard.press('Enter');
	const other = await Shell.opened(page, name, 1);
	await other.run('pwd; shopt -q login_shell && echo login-$((1+1))');
	await other.expectText('/usr/share');
	await other.expectText('login-2');
});
