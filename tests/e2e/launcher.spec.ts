// The launcher and the connect dialog by keyboard, and input that must be refused in the form.
import { expect, test } from '../fixtures/test';
import { connect, openShell, Shell, tabsOf } from './shell';

test('everything by keyboard: search, dialog, user remembered, next time Enter connects', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	const search = page.getByRole('combobox', { name: 'Search machines' });
	await expect(search).toBeFocused();
	await page.keyboard.type('db-1');
	await page.keyboard.press('Enter');
	const dialog = page.getByRole('dialog', { name: 'Connect to db-1' });
	await expect(dialog).toBeVisible();
	const user = dialog.getByRole('textbox', { name: 'User' });
	await expect(user).toBeFocused();
	await user.fill(stack.login);
	await page.keyboard.press('Enter');
	await Shell.opened(page, `${stack.login}@db-1`);

	await page.getByRole('button', { name: 'New tab' }).click();
	await expect(search).toBeFocused();
	await page.keyboard.type('db-1');
	await page.keyboard.press('Enter');
	await Shell.opened(page, `${stack.login}@db-1`, 1);

	// Back before the next frame, in which the machines would have gone: the search begins anew all the same.
	await page.getByRole('button', { name: 'New tab' }).click();
	await page.keyboard.type('db-1');
	await search.evaluate(async (field) => {
		field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
		await Promise.resolve();
		document.querySelector<HTMLElement>('button[aria-label="New tab"]')?.click();
	});
	await expect(page.getByRole('tab')).toHaveCount(3);
	await expect(search).toBeFocused();
	await expect(search).toHaveValue('');
});

test('on a Mac, Cmd+D stars and Cmd+Enter asks for another user, as the status bar says', async ({
	signIn
}) => {
	const page = await signIn('alice', {
		before: (blank) =>
			blank.addInitScript(() => {
				Object.defineProperty(navigator, 'userAgent', { value: 'Macintosh; Intel Mac OS X' });
			})
	});
	const list = page.getByRole('list', { name: 'Machines' });
	await expect(list).toContainText('db-1');
	await expect(page.getByRole('contentinfo', { name: 'Status' })).toContainText('⌘');
	const search = page.getByRole('combobox', { name: 'Search machines' });
	await search.fill('db-1');
	await search.press('Meta+D');
	await expect(list.getByRole('heading', { name: 'Favourites' })).toBeVisible();
	await search.press('Meta+Enter');
	await expect(page.getByRole('dialog', { name: 'Connect to db-1' })).toBeVisible();
});

test('a field of text has its redo; an empty search reopens the last closed tab', async ({
	signIn
}) => {
	const page = await signIn('alice');
	await connect(page, 'a@old-1');
	await expect(tabsOf(page)).toHaveCount(1);
	await page.keyboard.press('Control+Shift+W');
	await expect(tabsOf(page)).toHaveCount(0);
	const search = page.getByRole('combobox', { name: 'Search machines' });
	await search.pressSequentially('web');
	await search.press('Control+Shift+Z');
	await expect(search).toHaveValue('web');
	await expect(tabsOf(page)).toHaveCount(0);
	await search.fill('');
	await search.press('Control+Shift+Z');
	await expect(tabsOf(page)).toHaveCount(1);
});

test('a remembered user is taken by arrows or a click; Tab and a press only pass over it', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice');
	await openShell(page, `${stack.login}@db-1`);
	await page.getByRole('button', { name: 'New tab' }).click();
	const search = page.getByRole('combobox', { name: 'Search machines' });
	await search.fill('db-1');
	await search.press('Control+Enter');
	const dialog = page.getByRole('dialog', { name: 'Connect to db-1' });
	const user = dialog.getByRole('textbox', { name: 'User' });
	const before = dialog
		.getByRole('group', { name: 'Used here before' })
		.getByRole('button', { name: stack.login });
	await user.fill('deploy');
	await user.press('Tab');
	await expect(before).toBeFocused();
	await expect(user).toHaveValue('deploy');
	await user.focus();
	await before.hover();
	await page.mouse.down();
	await expect(before).toBeFocused();
	await expect(user).toHaveValue('deploy');
	await user.hover();
	await page.mouse.up();
	await user.focus();
	await user.press('ArrowDown');
	await expect(before).toBeFocused();
	await expect(user).toHaveValue(stack.login);
	await user.fill('deploy');
	await user.press('Tab');
	await expect(before).toBeFocused();
	await dialog.getByRole('button', { name: 'Connect', exact: true }).press('Enter');
	await expect(page.getByRole('region', { name: 'deploy@db-1' })).toBeVisible();
});

test('[login-invalid] H17 user names that nobody should send are refused in the form', async ({
	signIn
}) => {
	const page = await signIn('alice');
	const search = page.getByRole('combobox', { name: 'Search machines' });
	await expect(page.getByRole('list', { name: 'Machines' })).toContainText('web-1');
	await search.fill('web-1');
	await search.press('Control+Enter');
	const user = page.getByRole('textbox', { name: 'User' });
	for (const bad of ['root;id', '-oProxy', 'x'.repeat(300), '']) {
		await user.fill(bad);
		await page.keyboard.press('Enter');
		await expect(user).toHaveAttribute('aria-invalid', 'true');
		await expect(page.getByRole('dialog', { name: 'Connect to web-1' })).toBeVisible();
	}
	await user.fill('DOMAIN\\me');
	await page.keyboard.press('Enter');
	await expect(page.getByRole('region', { name: 'DOMAIN\\me@web-1' })).toBeVisible();
});

test('no match says so and clears', async ({ signIn }) => {
	const page = await signIn('alice');
	const search = page.getByRole('combobox', { name: 'Search machines' });
	await search.fill('xyzzy');
	await expect(page.getByText('No machine like “xyzzy”')).toBeVisible();
	await page.keyboard.press('Escape');
	await expect(page.getByRole('list', { name: 'Machines' })).toContainText('web-1');
});

test('H12 a paste with control bytes or several lines asks, and cancel sends nothing', async ({
	signIn,
	stack,
	context
}) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run("bind 'set enable-bracketed-paste off'; PS1='ready> '");
	await page.evaluate(() => navigator.clipboard.writeText('echo one\u001b[201~\necho two\n'));
	await page.keyboard.press('Control+Shift+V');
	const guard = page.getByRole('dialog');
	await expect(guard).toContainText('echo one');
	await guard.getByRole('button', { name: 'Cancel' }).click();
	await shell.run('echo after-cancel');
	expect(await shell.text()).not.toMatch(/^one$/m);
	await page.keyboard.press('Control+Shift+V');
	await guard.getByRole('button', { name: /^Paste/ }).click();
	await shell.expectText(/^two$/m);
});

test('H9 hostile output neither answers, nor navigates, nor takes the clipboard', async ({
	signIn,
	stack,
	context
}) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await page.evaluate(() => navigator.clipboard.writeText('private-thing'));
	const url = page.url();
	await shell.run(
		"printf '\\033]52;c;?\\007\\033[21t\\033]2;evil\\007\\033[20t\\033]0;$(id)\\007'; head -c 300000 /dev/urandom; printf '\\033]9999;'; head -c 4000000 /dev/zero | tr '\\0' A; printf '\\033\\\\'; reset"
	);
	await shell.run('echo still-here');
	await shell.expectText('still-here');
	expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('private-thing');
	expect(page.url()).toBe(url);
	expect(await shell.text()).not.toContain('private-thing');
});

test('H7 a session that ends by itself says how', async ({ signIn, stack }) => {
	const page = await signIn('alice');
	const shell = await openShell(page, `${stack.login}@web-1`);
	await shell.run('echo lines-that-stay');
	await shell.type('kill -HUP $$');
	await expect(shell.region).toHaveAttribute('data-phase', 'closed', { timeout: 20_000 });
	await expect(shell.region).toContainText(/HUP|exit/);
	await expect(shell.log).toContainText('lines-that-stay');
});

test('a launch from the OS menu asks in the window that is open, and its tabs stay', async ({
	signIn,
	stack
}) => {
	const page = await signIn('alice', {
		before: async (blank) => {
			// The queue of an installed app; a plain tab has none that is filled.
			await blank.addInitScript(() => {
				Object.defineProperty(window, 'launchQueue', {
					value: {
						setConsumer(consume: (params: { targetURL: string }) => void): void {
							addEventListener('test-launch', (event) => {
								if (event instanceof CustomEvent) consume({ targetURL: String(event.detail) });
							});
						}
					}
				});
			});
		}
	});
	const launch = (path: string) =>
		page.evaluate((to) => {
			dispatchEvent(new CustomEvent('test-launch', { detail: new URL(to, location.origin).href }));
		}, path);
	const web = await openShell(page, `${stack.login}@web-1`);
	await launch('/');
	await web.run('echo nothing-happened');

	await launch(`/connect/db-1?user=${stack.login}`);
	const dialog = page.getByRole('dialog', { name: 'Connect to db-1' });
	await expect(dialog.getByRole('textbox', { name: 'User' })).toHaveValue(stack.login);
	await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
	await Shell.opened(page, `${stack.login}@db-1`);
	await expect(web.region).toHaveAttribute('data-phase', 'open');
});
