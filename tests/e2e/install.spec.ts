// The installed app: what makes it installable, its menu in the OS, and what launches from there do.
import { expect, test } from '../fixtures/installed';
import { OS_MENU_MS } from '../fixtures/waits';
import { openShell, Shell } from './shell';

const SPEAKING = '/?screenreader=1';

test('nothing keeps the browser from installing the app', async ({ signIn, context }) => {
	const page = await signIn('alice');
	await expect(page.getByRole('list', { name: 'Machines' })).toContainText('web-1');
	const cdp = await context.newCDPSession(page);
	const { errors, manifest } = await cdp.send('Page.getAppManifest');
	expect(errors).toEqual([]);
	expect(manifest).toBeDefined();
	const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
	expect(installabilityErrors).toEqual([]);
	expect(await cdp.send('Page.getAppId')).toMatchObject({ recommendedId: '/' });
});

test('the menu lists the recents, each entry opens a shell in the same window, and signing out empties it', async ({
	signIn,
	stack,
	context,
	install
}) => {
	const user = stack.login;
	const app = await install(await signIn('alice', { isOwnLogin: true }), SPEAKING);
	const { page } = app;
	const names = () => app.menu()?.map(({ name }) => name) ?? null;
	await expect.poll(names, { timeout: OS_MENU_MS }).toEqual(['New connection']);

	const web = await openShell(page, `${user}@web-1`);
	await web.run('first=still-here');
	await openShell(page, `${user}@db-1`);
	await expect
		.poll(names, { timeout: OS_MENU_MS })
		.toEqual([`${user}@db-1`, `${user}@web-1`, 'New connection']);

	for (const { name, url } of app.menu() ?? []) {
		await app.launch(url);
		if (name === 'New connection') {
			await expect(page.getByRole('combobox', { name: 'Search machines' })).toBeVisible();
			continue;
		}
		const shell = await Shell.opened(page, name, 1);
		await shell.run('echo from-the-menu');
	}
	expect(context.pages()).toEqual([page]);
	await page
		.getByRole('tab', { name: `${user}@web-1` })
		.first()
		.click();
	await web.run('echo $first');
	await web.expectText('still-here');

	await page.getByRole('button', { name: 'Account and settings' }).click();
	await page.getByRole('menuitem', { name: 'Sign out' }).click();
	await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click();
	await expect.poll(names, { timeout: OS_MENU_MS }).toEqual(['New connection']);
});
